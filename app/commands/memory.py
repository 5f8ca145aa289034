"""``alo memory``: điều đã biết về khách hàng, tìm trong các cuộc hội thoại, gộp và tách khách hàng."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.folder import DataDir, existing_store

if TYPE_CHECKING:
    from core.settings import Settings
    from memory.search import Found, Wanted
    from memory.store import Store

app = typer.Typer(help="Trí nhớ về khách hàng: xem, sửa, quên, tìm kiếm, gộp, tách.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Số điện thoại, Zalo id, email hoặc mã khách hàng (cus_…).")]
By = Annotated[str, typer.Option("--by", help="Ai thực hiện, ghi vào nhật ký.", envvar="USER")]


@app.command("show")
def show(who: Who, data_dir: DataDir = None) -> None:
    """Điều đã biết về một khách hàng: định danh, sở thích, việc còn dở, các cuộc hội thoại gần đây."""
    from rich.markup import escape

    from app.commands.output import console, table
    from app.people_view import card_of

    out = console()
    with _opened(data_dir) as (_, store, now):
        for card in (card_of(store, one, now) for one in _customers(store, who)):
            out.print(f"[bold]{escape(card.name)}[/bold] · {card.id}")
            for joined in card.joined:
                out.print(f"  đã gộp · joined: {joined}")
            identities = table("Định danh", "Loại", "Giá trị", "Xác thực", "Nguồn")
            for one in card.identities:
                identities.add_row(*map(escape, (one.kind, one.value, "có" if one.verified else "chưa", one.source)))
            facts = table("Điều đã biết", "Loại", "Tên", "Giá trị", "Từ", "Lúc", "Hết hạn")
            for fact in card.facts:
                until = fact.expires if fact.live else "đã hết"
                facts.add_row(*map(escape, (fact.kind, fact.key, fact.value, fact.source, fact.at, until)))
            talks = table("Hội thoại gần đây", "Lúc", "Kênh", "Kịch bản", "Kết quả", "Tóm tắt")
            for talk in card.talks:
                talks.add_row(*map(escape, (talk.at, talk.channel, talk.flow, talk.disposition, talk.summary)))
            for part in (identities, facts, talks):
                if part.row_count:
                    out.print(part)


@app.command("set")
def set_command(
    who: Who,
    key: Annotated[str, typer.Argument(help="pronoun, dialect, channel, hours; hoặc note.")],
    value: Annotated[str, typer.Argument(help="Ví dụ: cô, south, zalo, evening.")],
    by: By = "operator",
    data_dir: DataDir = None,
) -> None:
    """Ghi một sở thích hoặc ghi chú; điều nhân viên ghi đứng trên điều bot tự học."""
    from memory.learning import set_fact

    with _opened(data_dir) as (_, store, now):
        customer_id = _one(store, who)
        what, name = ("note", "note") if key == "note" else ("preference", key)
        with store.write() as session:
            set_fact(session, customer_id, what, name, {"value": value}, by=by, at=now)
    typer.echo("Đã ghi · Written")


@app.command("forget")
def forget(
    who: Who,
    kind: Annotated[
        str | None, typer.Argument(help="Loại: promise, preference, complaint …; bỏ trống: tất cả.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", help="Chỉ tên này, ví dụ pronoun.")] = None,
    by: By = "operator",
    data_dir: DataDir = None,
) -> None:
    """Quên điều đã biết. Hội thoại vẫn còn; để xóa cả hội thoại hãy dùng alo privacy erase."""
    from memory.learning import forget_facts

    with _opened(data_dir) as (_, store, now):
        customer_id = _one(store, who)
        with store.write() as session:
            count = forget_facts(session, customer_id, kind, key, by=by, at=now)
    typer.echo(f"Đã quên {count} điều · {count} facts forgotten")


@app.command("search")
def search_command(
    words: Annotated[str, typer.Argument(help='Từ cần tìm, có dấu hay không; "cụm từ" trong ngoặc kép.')],
    who: Annotated[str | None, typer.Option("--customer", help="Chỉ khách hàng này (số điện thoại hoặc mã).")] = None,
    campaign: Annotated[str | None, typer.Option("--campaign", help="Chỉ chiến dịch này.")] = None,
    disposition: Annotated[str | None, typer.Option("--outcome", help="Chỉ kết quả này, ví dụ PTP.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="customer, bot hoặc summary.")] = None,
    since: Annotated[datetime | None, typer.Option("--since", help="Từ ngày (giờ Việt Nam).")] = None,
    until: Annotated[datetime | None, typer.Option("--until", help="Trước ngày (giờ Việt Nam).")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200)] = 10,
    data_dir: DataDir = None,
) -> None:
    """Tìm trong lời đã nói của mọi cuộc hội thoại."""
    from core.clock import VIETNAM
    from memory.search import Wanted

    with _opened(data_dir) as (settings, store, _):
        wanted = Wanted(
            customer_ids=_members(store, who) if who else None,
            campaign_id=campaign,
            disposition=disposition,
            role=role,
            since=since.replace(tzinfo=VIETNAM) if since else None,
            until=until.replace(tzinfo=VIETNAM) if until else None,
            limit=limit,
        )
        _print(_found(settings, store, words, wanted))


@app.command("index")
def index(data_dir: DataDir = None) -> None:
    """Bổ sung chỉ mục tìm kiếm còn thiếu, và véc-tơ nếu đã cấu hình mô hình nhúng (ALO_EMBEDDING_URL hoặc _DIR)."""
    from app.finding import embedder_of
    from memory.indexing import fill_index
    from memory.vectors import embed_missing

    with _opened(data_dir) as (settings, store, _):
        with store.write() as session:
            added = fill_index(session.connection())
        typer.echo(f"Chỉ mục từ: thêm {added} · {added} passages indexed")
        embedder = embedder_of(settings)
        if embedder is not None:
            count = embed_missing(store, embedder)
            typer.echo(f"Véc-tơ ({embedder.name}): thêm {count} · {count} vectors added")


@app.command("matches")
def matches(data_dir: DataDir = None) -> None:
    """Những cặp khách hàng có thể là một người, chờ nhân viên quyết định."""

    from app.commands.output import console, table
    from app.people_view import DIFFERS
    from memory.joining import possible_matches

    with _opened(data_dir) as (_, store, _now), store.read() as session:
        pairs = possible_matches(session)
    shown = table("Có thể trùng", "Khách hàng", "Khách hàng khác", "Vì sao còn nghi ngờ")
    for pair in pairs:
        why = ", ".join(DIFFERS.get(one, one) for one in pair.reasons)
        shown.add_row(
            f"{pair.customer.name or '?'}\n{pair.customer.id}", f"{pair.other.name or '?'}\n{pair.other.id}", why
        )
    console().print(shown if pairs else "Không có cặp nào · None")


@app.command("join")
def join_command(
    keep: Annotated[str, typer.Argument(help="Mã khách hàng đứng chung.")],
    other: Annotated[str, typer.Argument(help="Mã khách hàng gộp vào.")],
    reason: Annotated[str, typer.Option("--reason", help="Vì sao; đừng ghi tên ai.")] = "",
    by: By = "operator",
    data_dir: DataDir = None,
) -> None:
    """Gộp hai khách hàng là một người. Có thể tách lại."""
    from memory.joining import join

    with _opened(data_dir) as (_, store, now), store.write() as session:
        join(session, keep, other, by=by, reason=_masked(reason), at=now)
    typer.echo("Đã gộp · Joined")


@app.command("split")
def split_command(
    customer: Annotated[str, typer.Argument(help="Mã khách hàng đã bị gộp.")],
    reason: Annotated[str, typer.Option("--reason", help="Vì sao; đừng ghi tên ai.")] = "",
    by: By = "operator",
    data_dir: DataDir = None,
) -> None:
    """Tách một khách hàng đã gộp; mỗi người nhận lại đúng phần của mình."""
    from memory.joining import split

    with _opened(data_dir) as (_, store, now), store.write() as session:
        split(session, customer, by=by, reason=_masked(reason), at=now)
    typer.echo("Đã tách · Split")


@app.command("apart")
def apart(
    one: Annotated[str, typer.Argument(help="Mã khách hàng.")],
    other: Annotated[str, typer.Argument(help="Mã khách hàng khác.")],
    reason: Annotated[str, typer.Option("--reason", help="Vì sao; đừng ghi tên ai.")] = "",
    by: By = "operator",
    data_dir: DataDir = None,
) -> None:
    """Hai khách hàng là hai người khác nhau: không hỏi lại và không tự gộp."""
    from memory.joining import keep_apart

    with _opened(data_dir) as (_, store, now), store.write() as session:
        keep_apart(session, one, other, by=by, reason=_masked(reason), at=now)
    typer.echo("Đã ghi: hai người khác nhau · Kept apart")


@contextmanager
def _opened(data_dir: Any) -> Iterator[tuple[Settings, Store, datetime]]:
    from core.clock import SystemClock

    with existing_store(data_dir) as (settings, store):
        yield settings, store, SystemClock().now()


def _customers(store: Store, who: str) -> list[str]:
    from app.finding import customers_known_as

    return customers_known_as(store, who)


def _one(store: Store, who: str) -> str:
    from core.errors import InputError

    found = _customers(store, who)
    if len(found) > 1:
        shown = ", ".join(found[:10])
        raise InputError(
            f"Nhiều khách hàng có định danh này. Hãy dùng mã của đúng người: {shown}.",
            f"Several customers have this identity. Use the id of the right one: {shown}.",
        )
    return found[0]


def _members(store: Store, who: str) -> tuple[str, ...]:
    from memory.joining import members_of

    with store.read() as session:
        return tuple(member for one in _customers(store, who) for member in members_of(session, one))


def _found(settings: Settings, store: Store, words: str, wanted: Wanted) -> Found:
    from app.finding import find

    found, problem = find(settings, store, words, wanted)
    if problem is not None:
        typer.echo(problem.vi, err=True)
    return found


def _print(found: Found) -> None:
    from rich.text import Text

    from app.commands.output import console
    from core.clock import vietnam_time

    out = console()
    if not found.hits:
        out.print("Không tìm thấy · Nothing found")
        return
    if found.loose:
        out.print("Không có chỗ nào đủ mọi từ; đây là chỗ có vài từ · Some of the words", style="dim")
    for hit in found.hits:
        talk = hit.conversation
        when = vietnam_time(talk.started_at).strftime("%d/%m/%Y %H:%M")
        more = f" (+{hit.more})" if hit.more else ""
        out.print(f"{when} · {talk.channel} · {talk.disposition or '?'} · {talk.id}{more}", style="dim", markup=False)
        line = Text("  ")
        for part, matched in hit.snippet.parts():
            line.append(part.replace("\n", " "), style="bold yellow" if matched else "")
        out.print(line)


def _masked(reason: str) -> str:
    from speech.text.privacy import mask

    return mask(reason).text

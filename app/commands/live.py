"""The demo's terminal: a live table of calls, and the summary at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text
from sqlalchemy import select

from app.commands.board import Board, CallLine
from app.console.i18n import Language, Translator
from app.console.text import mood, outcome_detail, outcome_label, tone
from memory import events as kind
from memory.events import Event
from memory.schema import Contact, Conversation, Customer
from memory.store import Store

_COLOURS = {"good": "green", "accent": "cyan", "info": "blue", "warn": "yellow", "bad": "red", "muted": "bright_black"}
_MOODS = {"positive": "green", "neutral": "bright_black", "negative": "red"}

_REFRESH_PER_S = 4
_FRAME_LINES = 9
"""Terminal lines that the title, header, borders and totals take."""

_LEAST_ROWS = 5

_LAST_EVENTS_S = 5.0
"""How long the end waits for the last events to be written and shown."""


class LiveTable:
    """``with LiveTable(store, campaign_id):`` shows the campaign's calls while the block runs.

    Without a terminal it prints one line per ended call instead.
    """

    def __init__(
        self, store: Store, campaign_id: str, console: Console | None = None, language: Language = "vi"
    ) -> None:
        self._store = store
        self._campaign_id = campaign_id
        self._console = console or Console()
        self._t = Translator(language)
        self._board = Board()
        self._lock = threading.Lock()
        self._people: dict[str, tuple[str, str | None]] = {}
        self._strangers: set[str] = set()
        self._total = 0
        self._unfollow: Callable[[], None] | None = None
        self._live: Live | None = None

    def __enter__(self) -> LiveTable:
        with self._store.read() as session:
            mine = select(Contact.id).where(Contact.campaign_id == self._campaign_id)
            self._total = len(session.scalars(mine).all())
        if self._console.is_terminal:
            self._live = Live(
                console=self._console, refresh_per_second=_REFRESH_PER_S, get_renderable=self._frame, transient=False
            )
            self._live.start()
        self._unfollow = self._store.follow(self.on_events)
        return self

    def __exit__(
        self, kind_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._store.flush(_LAST_EVENTS_S)
        if self._unfollow:
            self._unfollow()
        if self._live:
            self._live.stop()

    def on_events(self, events: Sequence[Event]) -> None:
        """A committed batch of events, from any thread."""
        with self._lock:
            ended = [line for e in events if (line := self._board.apply(e)) and e.type == kind.CALL_ENDED]
        if not self._live:
            for line in ended:
                self._console.print(self._plain_line(line), soft_wrap=True, highlight=False)

    def _who(self, conversation_id: str) -> tuple[str, str | None] | None:
        """(name, region) of a conversation of this campaign; None if it belongs to another."""
        if conversation_id not in self._people and conversation_id not in self._strangers:
            query = (
                select(Customer.name, Conversation.region, Customer.region)
                .select_from(Conversation)
                .join(Contact, Contact.id == Conversation.contact_id)
                .join(Customer, Customer.id == Contact.customer_id)
                .where(Conversation.id == conversation_id, Conversation.campaign_id == self._campaign_id)
            )
            with self._store.read() as session:
                found = session.execute(query).first()
            if found is None:
                self._strangers.add(conversation_id)
            else:
                self._people[conversation_id] = (found[0] or "—", found[1] or found[2])
        return self._people.get(conversation_id)

    def _frame(self) -> RenderableType:
        with self._lock:
            lines, outcomes = self._board.in_order(), self._board.outcomes()
        mine = [(line, who) for line in lines if (who := self._who(line.conversation_id))]
        room = max(self._console.height - _FRAME_LINES, _LEAST_ROWS)
        table = Table(expand=True, header_style="bold", border_style="bright_black", pad_edge=False)
        for name, options in _COLUMNS:
            table.add_column(self._t(f"col.{name}"), **options)
        for line, who in mine[:room]:
            table.add_row(*self._cells(line, who))
        done = sum(1 for line, _ in mine if not line.active)
        return Group(table, self._totals(done, len(mine) - done, outcomes))

    def _cells(self, line: CallLine, who: tuple[str, str | None]) -> list[Text]:
        t = self._t
        words = Text()
        if line.last_words:
            words.append(f"{t('role.' + line.last_role)}: ", style="bold")
            words.append(line.last_words)
        feeling = mood(line.sentiment)
        return [
            Text(who[0]),
            Text(t.or_raw("region", who[1])),
            Text(t.or_raw("state", line.state), style="cyan" if line.active else "bright_black"),
            words,
            Text(t(f"mood.{feeling}") if feeling else "", style=_MOODS.get(feeling, "")),
            self._outcome(line),
        ]

    def _outcome(self, line: CallLine) -> Text:
        if not line.outcome or line.active:
            return Text("")
        text = Text(outcome_label(line.outcome, self._t), style=_COLOURS[tone(line.outcome)])
        detail = outcome_detail(line.details, self._t)
        return text.append(f" ({detail})", style="default") if detail else text

    def _totals(self, done: int, active: int, outcomes: Mapping[str, int]) -> Text:
        text = Text(self._t("live.totals", done=done, active=active, contacts=self._total), style="bold")
        for code, count in sorted(outcomes.items(), key=lambda item: -item[1]):
            text.append("  ")
            text.append(f"{outcome_label(code, self._t)} {count}", style=_COLOURS[tone(code)])
        return text

    def _plain_line(self, line: CallLine) -> str:
        who = self._who(line.conversation_id)
        if who is None:
            return ""
        detail = outcome_detail(line.details, self._t)
        label = outcome_label(line.outcome, self._t) or self._t("outcome.open")
        return f"{who[0]} ({self._t.or_raw('region', who[1])}): {label}{f', {detail}' if detail else ''}"


_COLUMNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("who", {"ratio": 3, "no_wrap": True}),
    ("region", {"width": 6, "no_wrap": True}),
    ("state", {"ratio": 3, "no_wrap": True}),
    ("words", {"ratio": 9, "no_wrap": True}),
    ("sentiment", {"width": 11, "no_wrap": True}),
    ("outcome", {"ratio": 6, "no_wrap": True}),
)


def summary(
    console: Console, data: Mapping[str, Any], language: Language = "vi"
) -> None:
    """Print the end of a demo: outcomes, promises, escalations, latency, recognition, and where the console is.

    ``data`` is app.summary's, with ``address`` if the console stays up, else ``folder`` to look at it again.
    """
    t = Translator(language)
    contacts: Sequence[Mapping[str, Any]] = data.get("contacts", ())
    console.print()
    console.print(_outcomes(contacts, t))
    promises = _promises(contacts, t)
    if promises.row_count:
        console.print(promises)
    if data.get("latency_ms"):
        console.print(_latency(data["latency_ms"], t))
    if data.get("recognition"):
        console.print(_recognition(data["recognition"], t))
    for line in _facts(data, contacts, t):
        console.print(line)
    console.print(Text(t("honest.small"), style="yellow"))
    if address := data.get("address"):
        console.print(Text(t("summary.console") + " ", style="bold").append(address, style="bold cyan underline"))
    elif folder := data.get("folder"):
        console.print(t("summary.again", folder=folder), markup=False, highlight=False, soft_wrap=True)


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", border_style="bright_black")
    for name, side in columns:
        table.add_column(name, justify=side)  # type: ignore[arg-type]
    return table


def _outcomes(contacts: Sequence[Mapping[str, Any]], t: Translator) -> Table:
    counts: dict[str, int] = {}
    for contact in contacts:
        counts[contact.get("disposition") or ""] = counts.get(contact.get("disposition") or "", 0) + 1
    table = _table(t("summary.outcomes"), (t("col.outcome"), "left"), (t("summary.count"), "right"))
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        label = outcome_label(code, t) if code else t("outcome.open")
        table.add_row(Text(label, style=_COLOURS[tone(code)]), str(count))
    return table


def _promises(contacts: Sequence[Mapping[str, Any]], t: Translator) -> Table:
    table = _table(t("tile.promises"), (t("col.name"), "left"), (t("summary.promise"), "left"))
    for contact in contacts:
        if contact.get("disposition") == "PTP":
            table.add_row(str(contact.get("name", "—")), outcome_detail(contact.get("details"), t))
    return table


def _latency(stages: Mapping[str, Any], t: Translator) -> Table:
    """``stages``: stage → {p50, p95, …}, or the percentiles of the whole directly."""
    by_stage = {name: value for name, value in stages.items() if isinstance(value, Mapping)}
    if not by_stage:
        by_stage = {"total_ms": stages}
    names = list(dict.fromkeys(p for values in by_stage.values() for p in values if p.startswith("p")))
    table = _table(t("summary.latency"), (t("summary.stage"), "left"), *((name, "right") for name in names))
    for stage, values in by_stage.items():
        cells = ("—" if values.get(n) is None else f"{values[n]:.0f} ms" for n in names)
        table.add_row(t.or_raw("call.latency", stage if stage.endswith("_ms") else f"{stage}_ms"), *cells)
    return table


def _recognition(by_dialect: Mapping[str, Mapping[str, Any]], t: Translator) -> Table:
    table = _table(
        t("summary.recognition"), (t("col.region"), "left"), (t("summary.error"), "right"),
        (t("summary.syllables"), "right"),
    )  # fmt: skip
    for dialect, found in by_dialect.items():
        error = found.get("syllable_error")
        shown = "—" if error is None else f"{100 * error:.1f} %"
        table.add_row(t.or_raw("region", dialect), shown, str(found.get("syllables", "—")))
    return table


def _facts(data: Mapping[str, Any], contacts: Sequence[Mapping[str, Any]], t: Translator) -> list[Text]:
    totals: Mapping[str, Any] = data.get("totals", {})
    escalated = sum(bool(c.get("escalated")) for c in contacts)
    right_party = totals.get("right_party", sum(bool(c.get("verified")) for c in contacts))
    facts = [(t("tile.rpc"), right_party), (t("tile.escalated"), escalated)]
    known = [c for c in contacts if c.get("truth")]
    if known:
        right = sum(c["truth"] == c.get("disposition") for c in known)
        facts.append((t("summary.truth"), f"{right}/{len(known)}"))
    if data.get("realtime_factor"):
        facts.append((t("summary.realtime"), f"{data['realtime_factor']:.1f}×"))
    return [Text(f"{label}: ", style="bold").append(str(value), style="default") for label, value in facts]

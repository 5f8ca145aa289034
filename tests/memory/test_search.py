"""What was said is found again: with and without marks, with filters, by meaning, and never through query syntax."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.errors import ConfigurationError, InputError
from memory import events as kind
from memory.conversations import ConversationStart
from memory.embedding import EmbeddingError, HttpEmbedder, open_embedder
from memory.erasure import erase_person
from memory.folding import fold
from memory.indexing import fill_index
from memory.people import Person
from memory.schema import Campaign
from memory.search import Found, Wanted, parse, search
from memory.snippets import snippet
from memory.store import DEFAULT_BUSINESS, Store
from memory.tables import Passage, PassageVector
from memory.vectors import embed_missing, search_by_meaning

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

SAID = {
    "conv_1": ("+84900000081", "PTP", "Thứ sáu này anh trả nợ đủ hai triệu rưỡi em nhé"),
    "conv_2": ("+84900000082", "HARDSHIP", "chị bán con bò rồi mà chưa đủ tiền, tháng này mất việc"),
    "conv_3": ("+84900000083", "DISPUTE", "tôi không vay, ai cho vay mà đòi tiền tôi, nợ nần gì"),
    "conv_4": ("+84900000081", "CALLBACK", "bạn gọi lại sau tám giờ tối, anh đang bận họp"),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as opened:
        fill(opened)
        yield opened


def fill(store: Store) -> None:
    store.ensure_business(DEFAULT_BUSINESS, "Công ty Sao Mai", NOW)
    with store.write() as session:
        session.add(Campaign(id="camp", business_id=DEFAULT_BUSINESS, name="T11", purpose="collection", flow="f",
                             status="done", settings={}, created_at=NOW))  # fmt: skip
    for number, (name, (phone, code, words)) in enumerate(SAID.items()):
        at = NOW + timedelta(days=number)
        who = store.ensure_customer(DEFAULT_BUSINESS, Person(phone), at)
        channel, campaign = "voice" if number % 2 else "chat", "camp" if number < 2 else None
        start = ConversationStart(name, channel, "outbound", at, "f", DEFAULT_BUSINESS, who.id, campaign)
        store.begin_conversation(start)
        emit = store.emitter(name, lambda at=at: at)  # type: ignore[misc]
        greeting = "Dạ em chào anh chị, em gọi từ Công ty Sao Mai"
        emit(kind.BOT_SAID, 0, {"turn": 0, "text": greeting, "heard_text": "Dạ em chào", "interrupted": number == 3})
        emit(kind.CUSTOMER_SAID, 4000, {"turn": 1, "text": words})
        emit(kind.SILENCE, 8000, {"count": 1})
        emit(kind.DISPOSITION, 9000, {"code": code, "details": {}})
        emit(kind.SUMMARIZED, 9000, {"text": f"Khách: kết quả {code}."})
    store.flush()


def look(store: Store, typed: str, **wanted: object) -> Found:
    with store.read() as session:
        return search(session, typed, Wanted(**wanted))  # type: ignore[arg-type]


def names(found: Found) -> list[str]:
    return [hit.conversation.id for hit in found.hits]


def test_marks_may_be_left_out_and_count_where_they_are_typed(store: Store) -> None:
    assert names(look(store, "hai trieu ruoi")) == ["conv_1"]
    assert names(look(store, "HAI TRIỆU rưỡi")) == ["conv_1"]
    assert names(look(store, "bán"))[0] == "conv_2"
    assert names(look(store, "bạn"))[0] == "conv_4"
    assert set(names(look(store, "ban"))) == {"conv_2", "conv_4"}


def test_all_words_then_some(store: Store) -> None:
    assert (names(look(store, "mất việc")), look(store, "mất việc").loose) == (["conv_2"], False)
    found = look(store, "mất việc khủng long")
    assert (names(found)[0], found.loose) == ("conv_2", True)
    assert look(store, "khủng").hits == ()
    assert names(look(store, '"trả nợ"')) == ["conv_1"]
    assert look(store, '"nợ trả"').hits == ()


def test_snippets_show_what_was_found(store: Store) -> None:
    hit = look(store, "tra no").hits[0]
    assert hit.snippet.parts() == [("Thứ sáu này anh ", False), ("trả nợ", True), (" đủ hai triệu rưỡi em nhé", False)]
    assert (hit.role, hit.at_ms, hit.seq) == ("customer", 4000, 1)
    long = " ".join(f"từ{n}" for n in range(60)) + " trả nợ " + " ".join(f"sau{n}" for n in range(60))
    shown = snippet(long, ("tra", "no"))
    assert [part for part, found in shown.parts() if found] == ["trả nợ"]
    assert shown.text.startswith("… ")
    assert shown.text.endswith(" …")
    assert snippet("", ("x",)).parts() == []


def test_filters(store: Store) -> None:
    assert names(look(store, "tiền", disposition="HARDSHIP")) == ["conv_2"]
    assert names(look(store, "nợ", campaign_id="camp")) == ["conv_1"]
    assert names(look(store, "tiền", since=NOW + timedelta(days=2))) == ["conv_3"]
    assert names(look(store, "tiền", until=NOW + timedelta(days=2))) == ["conv_2"]
    with store.read() as session:
        row = search(session, "anh", Wanted(role="customer")).hits[0].conversation
        mine = search(session, "anh", Wanted(customer_ids=(row.customer_id or "",)))
    assert set(names(mine)) == {"conv_1", "conv_4"}
    assert set(names(look(store, "anh", channel="voice", role="customer"))) == {"conv_4"}
    assert names(look(store, "kết quả", role="summary", limit=2)) + names(
        look(store, "kết quả", role="summary", limit=2, offset=2)
    ) == names(look(store, "kết quả", role="summary"))


def test_what_the_bot_did_not_get_to_say_is_not_found(store: Store) -> None:
    assert set(names(look(store, "Sao Mai"))) == {"conv_1", "conv_2", "conv_3"}


@pytest.mark.parametrize("typed", ["", "   ", '""', "***", "-", "()"])
def test_nothing_to_look_for_is_told(store: Store, typed: str) -> None:
    with pytest.raises(InputError):
        look(store, typed)


@pytest.mark.parametrize(
    "typed",
    ['nợ"', 'nợ OR "', "nợ*", "nợ NOT tiền", "folded:nợ", "nợ NEAR(tiền)", "^nợ", "nợ) OR (1",
     "nợ'; DROP TABLE passages", "nợ & !tiền", "nợ:*", "nợ <-> tiền", "nợ\\", "nợ\x00",
     "n" * 5000, "nợ " * 500, "日本 nợ", "🙂 nợ"],
)  # fmt: skip
def test_query_syntax_means_nothing(store: Store, typed: str) -> None:
    look(store, typed)
    assert look(store, "nợ").hits


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_anything_may_be_typed(store: Store, typed: str) -> None:
    try:
        terms = parse(typed).terms
    except InputError:
        return
    assert all(word == fold(word) for term in terms for word in term)
    look(store, typed)


def test_a_lost_index_is_filled_again(store: Store) -> None:
    with store.write() as session:
        for row in session.scalars(select(Passage)):
            session.delete(row)
    assert look(store, "nợ").hits == ()
    with store.write() as session:
        assert fill_index(session.connection()) == 12
        assert fill_index(session.connection()) == 0
    assert set(names(look(store, "nợ"))) == {"conv_1", "conv_3"}


# By meaning: a real HTTP server that speaks the OpenAI protocol


class Service(ThreadingHTTPServer):
    """Embeds by topic words, so that what is near is known; ``broken`` answers as a failing service would."""

    broken = ""
    asked = 0
    key = ""


_TOPICS = (
    ("tra", "no", "tien", "vay"),
    ("viec", "luong", "that", "nghiep"),
    ("goi", "lai", "hop"),
    ("khach",),
)


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked += len(body["input"])
        self.server.key = self.headers.get("authorization", "")
        vectors = [[0.01 + sum(w in topic for w in fold(one).split()) for topic in _TOPICS] for one in body["input"]]
        data = [{"index": n, "embedding": v, "object": "embedding"} for n, v in enumerate(vectors)]
        answer = json.dumps({"object": "list", "data": data[::-1], "model": body["model"]})
        status = 200
        if self.server.broken == "html":
            answer = "<html>nginx</html>"
        elif self.server.broken == "few":
            answer = json.dumps({"data": data[:-1]})
        elif self.server.broken == "nan":
            answer = json.dumps({"data": [{"index": 0, "embedding": [None, "x"]}]})
        elif self.server.broken == "429":
            status = 429
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def embedder(service: Service) -> HttpEmbedder:
    return HttpEmbedder(f"http://127.0.0.1:{service.server_port}/v1", "vi-small", "secret", timeout_s=5)


def test_other_words_for_the_same_matter_are_found_by_meaning(store: Store, service: Service) -> None:
    model = embedder(service)
    assert embed_missing(store, model, most=3) == 3
    assert embed_missing(store, model) == 5
    assert embed_missing(store, model) == 0
    assert service.key == "Bearer secret"
    with store.read() as session:
        by_meaning = search_by_meaning(session, "thất nghiệp không có lương", model)
        assert names(by_meaning)[0] == "conv_2"
        assert names(search(session, "thất nghiệp lương", Wanted())) == []
        only = search_by_meaning(session, "thất nghiệp không có lương", model, Wanted(disposition="DISPUTE"))
        assert set(names(only)) <= {"conv_3"}
        vector = np.frombuffer(session.scalars(select(PassageVector.vector)).first() or b"", "<f4")
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_another_model_starts_anew(store: Store, service: Service) -> None:
    embed_missing(store, embedder(service))
    other = HttpEmbedder(embedder(service).url, "vi-large")
    assert embed_missing(store, other) == 8
    with store.read() as session:
        assert {row.model for row in session.scalars(select(PassageVector))} == {other.name}


@pytest.mark.parametrize("broken", ["html", "few", "nan", "429"])
def test_a_service_that_fails_is_told(store: Store, service: Service, broken: str) -> None:
    service.broken = broken
    with pytest.raises(EmbeddingError):
        embed_missing(store, embedder(service))
    with store.read() as session:
        assert session.scalars(select(PassageVector)).first() is None


def test_what_is_configured_is_checked(tmp_path: Path) -> None:
    assert open_embedder(None, "", None, None) is None
    for wrong in (("ftp://x/v1", "m"), ("http:///v1", "m"), ("http://x/v1", "")):
        with pytest.raises(ConfigurationError):
            open_embedder(*wrong, None, None)
    with pytest.raises(ConfigurationError):
        open_embedder(None, "", None, tmp_path / "none")


def test_erased_people_are_found_no_more(store: Store, service: Service) -> None:
    embed_missing(store, embedder(service))
    with store.read() as session:
        assert len(session.scalars(select(PassageVector)).all()) == 8
    erase_person(store, "+84900000081", at=NOW + timedelta(days=9), reason="", by="lan")
    assert names(look(store, "nợ")) == ["conv_3"]
    assert look(store, "rưỡi").hits == ()
    with store.read() as session:
        assert len(session.scalars(select(PassageVector)).all()) == 4


def test_the_same_on_postgresql(postgres: str, service: Service) -> None:
    with Store.open(postgres) as store:
        fill(store)
        for check in (
            test_marks_may_be_left_out_and_count_where_they_are_typed,
            test_all_words_then_some,
            test_filters,
            test_what_the_bot_did_not_get_to_say_is_not_found,
            test_a_lost_index_is_filled_again,
        ):
            check(store)
        for typed in ("nợ & !tiền", "nợ:*", "nợ <->", "nợ'", "nợ\\'", "('nợ", "nợ\x00", "n" * 5000, "12e5 nợ", "日本"):
            look(store, typed)
        test_other_words_for_the_same_matter_are_found_by_meaning(store, service)
        test_erased_people_are_found_no_more(store, service)

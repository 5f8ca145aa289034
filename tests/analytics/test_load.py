"""From a database to frames: schema, filters, chunks, and what happens to rows that are wrong."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sqlalchemy import create_engine, text

import analytics
from analytics import Data
from analytics.frames import FRAMES
from core.clock import VIETNAM
from core.errors import InputError
from memory import events as kind
from memory.conversations import ConversationStart
from memory.store import Store
from tests.analytics import made_up
from tests.postgres import throwaway_postgres

DTYPES = {
    "str": "str", "Int64": "Int64", "float64": "float64", "bool": "bool", "category": "category",
    "time": "datetime64[us, Asia/Ho_Chi_Minh]", "day": "datetime64[us]",
}  # fmt: skip


def test_frames_have_the_documented_columns_and_dtypes(data: Data) -> None:
    for name, columns in FRAMES.items():
        frame = getattr(data, name)
        assert list(frame.columns) == [c.name for c in columns]
        assert {c.name: str(frame[c.name].dtype) for c in columns} == {c.name: DTYPES[c.dtype] for c in columns}


def test_calls_say_what_the_events_said(data: Data) -> None:
    made = {c.conversation_id: c for c in made_up.calls(60)}
    calls = data.calls.set_index("conversation_id")
    assert set(calls.index) == set(made)
    for conversation_id, call in made.items():
        row = calls.loc[conversation_id]
        spoken = [e for e in call.events if e.type == kind.CUSTOMER_SAID]
        assert row["disposition"] == row["truth"] == call.code
        assert row["started_at"] == call.started_at
        assert row["answered"] == (call.code not in made_up.UNANSWERED)
        assert row["verified"] == row["right_party"] == (call.code in made_up.VERIFIED)
        assert row["turns"] == len(spoken)
        assert row["bot_turns"] == sum(e.type == kind.BOT_SAID for e in call.events)
        assert row["escalated"] == (call.code == "TRANSFERRED")
        assert row["opted_out"] == (call.code == "OPT_OUT")
        assert (row["region"], row["speaker_dialect"]) == (call.region, call.region)
        assert (row["attempt"], row["campaign"]) == (1, made_up.CAMPAIGN_NAME)
        scores = [e.data["score"] for e in call.events if e.type == kind.SENTIMENT]
        assert row["sentiment_mean"] == pytest.approx(np.mean(scores)) if scores else np.isnan(row["sentiment_mean"])


def test_details_of_dispositions(data: Data) -> None:
    promised = data.calls[data.calls["disposition"] == "PTP"]
    assert set(promised["promise_date"]) == {pd.Timestamp("2026-11-25")}
    assert set(promised["promise_amount"]) == {2_500_000}
    assert data.calls.loc[data.calls["disposition"] != "PTP", "promise_amount"].isna().all()
    callback = data.calls[data.calls["disposition"] == "CALLBACK"]
    assert set(callback["callback_at"]) == {pd.Timestamp("2026-11-23T15:00+07:00")}


def test_turns_are_in_order_with_what_belongs_to_them(data: Data) -> None:
    made = {c.conversation_id: c for c in made_up.calls(60)}
    for conversation_id, turns in data.turns.groupby("conversation_id"):
        events = made[conversation_id].events
        assert turns["start_ms"].is_monotonic_increasing
        customer = turns[turns["role"] == "customer"]
        assert list(customer["text"]) == [e.data["text"] for e in events if e.type == kind.CUSTOMER_SAID]
        assert list(customer["sentiment"]) == [e.data["score"] for e in events if e.type == kind.SENTIMENT]
        assert list(customer["intent"]) == [e.data["intent"] for e in events if e.type == kind.UNDERSTOOD]
        assert customer["reference"].notna().all()
        bot = turns[turns["role"] == "bot"]
        assert list(bot["total_ms"]) == [e.data["total_ms"] for e in events if e.type == kind.BOT_LATENCY]
        assert bot["reference"].isna().all()
        assert customer["dialect"].eq(made[conversation_id].region).all()


def test_what_belongs_to_a_turn_is_told_by_the_order(tmp_path: Path) -> None:
    """The agent counts turns from 1, the call counts both speakers' turns, and a bot's turn has several parts."""
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as store:
        store.begin_conversation(ConversationStart("conv_1", "voice", "outbound", made_up.START))
        emit = store.emitter("conv_1", lambda: made_up.START)
        emit(kind.SENTIMENT, 0, {"turn": 0, "score": 0.9})  # before anybody spoke: belongs to nobody
        emit(kind.CUSTOMER_SAID, 100, {"turn": 1, "text": "a", "start_ms": 0, "end_ms": 100, "dialect": "south"})
        emit(kind.BOT_LATENCY, 400, {"turn": 1, "total_ms": 300})
        emit(kind.BOT_SAID, 900, {"turn": 2, "text": "b", "start_ms": 400, "end_ms": 900})
        emit(kind.BOT_SAID, 1500, {"turn": 2, "text": "c", "start_ms": 900, "end_ms": 1500})
        emit(kind.CUSTOMER_SAID, 2000, {"turn": 3, "text": "d", "start_ms": 1600, "end_ms": 2000})
        emit(kind.UNDERSTOOD, 2000, {"turn": 1, "intent": "first"})
        emit(kind.UNDERSTOOD, 2000, {"turn": 1, "intent": "second"})
        emit(kind.SENTIMENT, 2000, {"turn": 2, "score": -0.5})
        emit(kind.BOT_LATENCY, 2500, {"turn": 3, "total_ms": 500})
    turns = analytics.load(tmp_path).turns
    assert turns["text"].to_list() == ["a", "b", "c", "d"]
    assert turns["total_ms"].fillna(0).to_list() == [0, 300, 0, 0]
    assert turns["intent"].fillna("").to_list() == ["", "", "", "second"]
    assert turns["sentiment"].fillna(0).to_list() == [0, 0, 0, -0.5]
    assert turns["dialect"].fillna("").to_list() == ["south", "", "", ""]


def test_unpack_makes_columns_of_event_data(data: Data) -> None:
    frame = data.unpack(kind.CALL_DIALLED)
    assert len(frame) == 60
    assert set(frame["carrier"]) == {"simulator"}
    assert "data" not in frame
    assert set(data.unpack("call.nothing").columns) == set(data.events.columns) - {"data"}


def test_sources_are_folder_file_url_and_engine(folder: Path, data: Data) -> None:
    file = folder / "alo.db"
    engine = create_engine(f"sqlite:///{file}")
    for source in (str(folder), file, f"sqlite:///{file}", engine):
        assert_frame_equal(analytics.load(source, columns={"events": []}).calls, data.calls)
    engine.dispose()


def test_postgres_gives_the_same_frames(data: Data) -> None:
    with throwaway_postgres() as url:
        made_up.write_to(url, 60)
        other = analytics.load(url)
        pieces = list(analytics.scan(url, chunk=25))
    made_anew = ["customer_id"]  # has a new id in each database
    assert_frame_equal(other.calls.drop(columns=made_anew), data.calls.drop(columns=made_anew))
    assert_frame_equal(other.turns, data.turns)
    assert_frame_equal(other.events.drop(columns="data"), data.events.drop(columns="data"))
    assert [json.loads(row) for row in other.events["data"]] == [json.loads(row) for row in data.events["data"]]
    assert sum(len(piece.turns) for piece in pieces) == len(data.turns)


def test_filters(folder: Path, data: Data) -> None:
    middle = data.calls["started_at"].iloc[30]
    later, sooner = analytics.load(folder, since=middle), analytics.load(folder, until=middle)
    assert (len(later.calls), len(sooner.calls)) == (30, 30)
    assert set(later.turns["conversation_id"]) <= set(later.calls["conversation_id"])
    naive = middle.tz_localize(None).isoformat()
    assert len(analytics.load(folder, since=naive).calls) == 30  # without zone: Vietnam
    assert len(analytics.load(folder, since="2026-11-24").calls) == 0
    assert len(analytics.load(folder, until=datetime(2026, 11, 24, tzinfo=VIETNAM) + timedelta(days=1)).calls) == 60
    for campaign, calls in ((made_up.CAMPAIGN, 60), (made_up.CAMPAIGN_NAME, 60), ("camp_other", 0)):
        assert len(analytics.load(folder, campaign=campaign).calls) == calls
    assert len(analytics.load(folder, channel="chat").calls) == 0
    assert len(analytics.load(folder, channel=None).calls) == 60


def test_columns_keep_only_what_is_wanted(folder: Path, data: Data) -> None:
    small = analytics.load(folder, columns={"turns": ["role", "text"], "events": []})
    assert list(small.turns.columns) == ["role", "text"]
    assert small.events.shape == (0, 0)
    assert_frame_equal(small.calls, data.calls)
    with pytest.raises(InputError, match="no_such"):
        analytics.load(folder, columns={"turns": ["no_such"]})
    with pytest.raises(InputError, match="words"):
        analytics.load(folder, columns={"words": ["text"]})


def test_scan_gives_the_same_in_pieces(folder: Path, data: Data) -> None:
    pieces = list(analytics.scan(folder, chunk=7))
    assert [len(p.calls) for p in pieces] == [7] * 8 + [4]
    for name, keys in (("calls", ["conversation_id"]), ("turns", ["conversation_id", "start_ms", "role"])):
        joined = pd.concat([getattr(p, name) for p in pieces]).sort_values(keys, ignore_index=True)
        assert_frame_equal(joined, getattr(data, name).sort_values(keys, ignore_index=True))


def test_empty_database(tmp_path: Path) -> None:
    Store.open(f"sqlite:///{tmp_path / 'alo.db'}").close()
    empty = analytics.load(tmp_path)
    for name, columns in FRAMES.items():
        assert len(getattr(empty, name)) == 0
        assert {c.name: str(getattr(empty, name)[c.name].dtype) for c in columns} == {
            c.name: DTYPES[c.dtype] for c in columns
        }
    assert [len(p.calls) for p in analytics.scan(tmp_path)] == [0]


def test_a_conversation_without_events(tmp_path: Path) -> None:
    with Store.open(f"sqlite:///{tmp_path / 'alo.db'}") as store:
        store.begin_conversation(ConversationStart("conv_1", "voice", "inbound", made_up.START))
    call = analytics.load(tmp_path).calls.iloc[0]
    assert (call["conversation_id"], call["turns"], call["answered"], call["contacted"]) == ("conv_1", 0, False, False)
    assert pd.isna(call["disposition"])
    assert pd.isna(call["syllable_error"])


BROKEN = {
    "not json": "{text",
    "wrong type": '{"turn": "three", "text": "vâng"}',
    "no object": "[1, 2]",
    "empty": "",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_is_reported_and_the_others_stay(tmp_path: Path, name: str) -> None:
    made_up.write(tmp_path, 6)
    whole = analytics.load(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path / 'alo.db'}")
    with engine.begin() as connection:
        first = connection.execute(text("SELECT conversation_id FROM events WHERE type = 'customer.said'")).scalar()
        row = "INSERT INTO events (conversation_id, seq, type, at, at_ms, data) VALUES (:id, 99, :type, :at, 9, :data)"
        at = "2026-11-23 02:00:00.000000"
        connection.execute(text(row), {"id": first, "type": kind.CUSTOMER_SAID, "at": at, "data": BROKEN[name]})
    engine.dispose()
    broken = analytics.load(tmp_path)
    assert broken.problems[["conversation_id", "seq", "type"]].values.tolist() == [
        [first, 99, kind.CUSTOMER_SAID]
    ]
    left = broken.turns[broken.turns["start_ms"] != 9]
    assert_frame_equal(left.reset_index(drop=True), whole.turns)
    kept = broken.turns.loc[broken.turns["start_ms"] == 9, "text"].tolist()
    assert kept == (["vâng"] if name == "wrong type" else [])


def test_a_broken_column_of_a_conversation_is_reported(tmp_path: Path) -> None:
    made_up.write(tmp_path, 3)
    engine = create_engine(f"sqlite:///{tmp_path / 'alo.db'}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE conversations SET disposition_details = 'nonsense' WHERE started_at = ("
                                "SELECT min(started_at) FROM conversations)"))  # fmt: skip
    engine.dispose()
    loaded = analytics.load(tmp_path)
    assert loaded.problems["type"].tolist() == ["disposition_details"]
    assert len(loaded.calls) == 3


def test_no_database_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"not a database at all, but long enough to look like one" * 4)
    create_engine(f"sqlite:///{tmp_path / 'empty.db'}").connect().close()
    for source in (tmp_path, tmp_path / "nowhere", tmp_path / "other.db", tmp_path / "empty.db", "nonsense://x"):
        with pytest.raises(InputError, match="alo demo"):
            analytics.load(source)
    with pytest.raises(InputError, match="since"):
        analytics.load(made_up.write(tmp_path, 1), since="hôm qua")


def test_loading_changes_nothing(tmp_path: Path) -> None:
    made_up.write(tmp_path, 2)
    before = (tmp_path / "alo.db").read_bytes()
    analytics.load(tmp_path)
    assert (tmp_path / "alo.db").read_bytes() == before

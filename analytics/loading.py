"""``load`` and ``scan``: from a database to tidy frames."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from sqlalchemy import Engine

from analytics.calls import build_calls
from analytics.frames import EVENTS, FRAMES, PROBLEMS, Column, conform
from analytics.reading import Moment, Wanted, chunks, moment, read_conversations, read_events
from analytics.source import Source, open_source
from analytics.stream import SHAPES, Stream
from analytics.turns import build_turns
from core.errors import InputError
from speech.text.privacy import mask

Selection = Mapping[str, Sequence[str]]
"""Columns wanted of ``calls``, ``turns``, ``events``; a frame not named is whole, an empty list leaves it out."""

CHUNK = 20_000
"""Conversations held at once by ``scan``: with ten turns each some hundred MB."""


@dataclass(frozen=True, slots=True)
class Data:
    """What was read. The columns are described in ``analytics.frames`` and docs/analytics.md."""

    calls: pd.DataFrame
    turns: pd.DataFrame
    events: pd.DataFrame
    problems: pd.DataFrame
    """rows that could not be read, and why; usually empty"""

    def unpack(self, event_type: str) -> pd.DataFrame:
        """Events of one type with every field of their data as a column."""
        found = self.events[self.events["type"] == event_type].reset_index(drop=True)
        return unpack(found)

    def masked(self) -> Data:
        """The same with personal data in words replaced by labels ("[số điện thoại]"): for files that leave the house.

        Masks the texts of turns, pressed keys beyond four and every string inside the events' data.
        """
        turns, events = self.turns.copy(), self.events.copy()
        for column in ("text", "heard_text", "reference"):
            if column in turns:
                turns[column] = turns[column].map(_mask, na_action="ignore").astype(turns[column].dtype)
        if "digits" in turns:
            turns["digits"] = turns["digits"].map(_keys, na_action="ignore").astype(turns["digits"].dtype)
        if "data" in events:
            events["data"] = events["data"].map(_mask_json, na_action="ignore").astype(events["data"].dtype)
        return Data(self.calls, turns, events, self.problems)


def _mask(text: str) -> str:
    return mask(text).text


def _keys(digits: str) -> str:
    return digits if len(digits) <= 4 else "•" * len(digits)


def _mask_json(text: str) -> str:
    try:
        return json.dumps(_masked(json.loads(text)), ensure_ascii=False)
    except ValueError:
        return _mask(text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _mask(value)
    if isinstance(value, list):
        return [_masked(item) for item in value]
    return {key: _masked(item) for key, item in value.items()} if isinstance(value, dict) else value


def load(
    source: Source,
    *,
    campaign: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    channel: str | None = "voice",
    columns: Selection | None = None,
) -> Data:
    """Read conversations into frames.

    ``source`` is a data folder, a database file, a SQLAlchemy URL or an engine; ``campaign`` an id or a name; ``since``
    and ``until`` bound the start (without zone: Vietnam time); ``channel=None`` takes text channels too; ``columns``
    keeps memory small: ``{"turns": ["role", "text"], "events": []}``.
    Raises InputError if there is no database or a column is unknown.
    """
    wanted = Wanted(campaign, moment(since, "since"), moment(until, "until"), channel)
    selected = _selected(columns)
    engine, ours = open_source(source)
    try:
        return _read(engine, wanted, selected)
    finally:
        if ours:
            engine.dispose()


def scan(
    source: Source,
    *,
    campaign: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    channel: str | None = "voice",
    columns: Selection | None = None,
    chunk: int = CHUNK,
) -> Iterator[Data]:
    """Like ``load``, in pieces of ``chunk`` whole conversations, for more than fits into memory."""
    wanted = Wanted(campaign, moment(since, "since"), moment(until, "until"), channel)
    selected = _selected(columns)
    engine, ours = open_source(source)
    try:
        for part in chunks(engine, wanted, chunk):
            yield _read(engine, part, selected)
    finally:
        if ours:
            engine.dispose()


def unpack(events: pd.DataFrame) -> pd.DataFrame:
    """``events`` (best of one type) with the fields of their JSON as columns instead of ``data``.

    A field named like a column of the frame becomes ``data_…``; rows that are not JSON objects have no fields.
    """
    fields = pd.DataFrame([_object(text) for text in events["data"]], index=events.index)
    rest = events.drop(columns="data")
    return pd.concat(
        [rest, fields.rename(columns={c: f"data_{c}" for c in fields.columns if c in rest.columns})], axis=1
    )


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _selected(columns: Selection | None) -> dict[str, list[Column]]:
    chosen = {name: list(FRAMES[name]) for name in ("calls", "turns", "events")}
    for frame, names in (columns or {}).items():
        known = {c.name: c for c in chosen.get(frame, [])}
        unknown = [n for n in names if n not in known] if frame in chosen else [frame]
        if unknown:
            raise InputError(
                f"Không có bảng hoặc cột {', '.join(unknown)}. Các cột được liệt kê trong docs/analytics.md.",
                f"No such frame or column: {', '.join(unknown)}. docs/analytics.md lists them.",
                where=f"columns[{frame!r}]",
            )
        chosen[frame] = [known[n] for n in names]
    return chosen


def _read(engine: Engine, wanted: Wanted, selected: Mapping[str, Sequence[Column]]) -> Data:
    table = read_conversations(engine, wanted)
    everything = bool(selected["events"])
    rows = read_events(engine, wanted, None if everything else SHAPES)
    stream = Stream.of(rows, table["conversation_id"])
    problems = stream.problems
    turns = build_turns(stream, table.num_rows)
    calls = build_calls(table, turns, problems)
    frame = turns.frame
    ids = calls["conversation_id"].take(frame["code"].to_numpy(np.int64)).reset_index(drop=True)
    return Data(
        conform(calls, selected["calls"], table.num_rows),
        conform({**frame, "conversation_id": ids}, selected["turns"], len(frame)),
        _events(stream, selected["events"]),
        conform(dict(pd.concat(problems)), PROBLEMS, sum(map(len, problems))) if problems else conform({}, PROBLEMS, 0),
    )


def _events(stream: Stream, wanted: Sequence[Column]) -> pd.DataFrame:
    if not wanted:
        return conform({}, EVENTS, 0)[[]]
    columns = {name: stream.table[name].to_pandas() for name in stream.table.column_names if name != "type"}
    columns["type"] = pc.dictionary_encode(stream.table["type"]).combine_chunks().to_pandas()
    return conform(columns, wanted, stream.table.num_rows)

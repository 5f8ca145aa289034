"""What the frames contain: every column with its dtype, unit and meaning. ``docs/analytics.md`` prints these tables.

Dtypes: ``str`` is Arrow-backed text; ``Int64`` is an integer that may be missing; ``time`` is an aware time in Vietnam
with microseconds; ``day`` a date without time zone. Columns ending in ``_ms`` are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.clock import VIETNAM

ROLES = ("customer", "bot", "operator")

_DTYPES: dict[str, Any] = {
    "str": "str",
    "Int64": "Int64",
    "float64": "float64",
    "bool": "bool",
    "category": "category",
    "time": pd.DatetimeTZDtype("us", VIETNAM),
    "day": "datetime64[us]",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a frame."""

    name: str
    dtype: str
    meaning: str


CALLS: tuple[Column, ...] = (
    Column("conversation_id", "str", "one row per conversation"),
    Column("campaign_id", "str", "campaign, missing for inbound and test calls"),
    Column("campaign", "str", "the campaign's name"),
    Column("contact_id", "str", "the person within the campaign; several attempts share it"),
    Column("customer_id", "str", "the person within the business"),
    Column("attempt", "Int64", "1 for the first attempt at the contact"),
    Column("channel", "str", "voice, chat, …"),
    Column("flow", "str", "flow that was spoken"),
    Column("region", "str", "north, central or south, known beforehand"),
    Column("dialect", "str", "north, central or south, as heard over all turns"),
    Column("started_at", "time", "dialled"),
    Column("answered_at", "time", "picked up; missing if not answered"),
    Column("ring_ms", "Int64", "from dialling to the answer"),
    Column("duration_ms", "Int64", "from the answer to the end"),
    Column("ended_by", "str", "customer, bot or network"),
    Column("cause", "str", "the carrier's word for the end"),
    Column("answered", "bool", "somebody or something live picked up"),
    Column(
        "contacted", "bool", "a person answered: disposition level contact or right_party, or turns if there is none"
    ),
    Column("verified", "bool", "identity was verified"),
    Column("right_party", "bool", "contacted and verified"),
    Column("disposition", "str", "how it ended, see docs/glossary.md"),
    Column("level", "str", "none, contact, right_party or system: how far the disposition got"),
    Column("promise_date", "day", "date of a promise to pay (PTP)"),
    Column("promise_amount", "Int64", "amount of a promise to pay, VND"),
    Column("callback_at", "time", "time the customer named (CALLBACK)"),
    Column("escalated", "bool", "handed to an operator"),
    Column("escalation_reason", "str", "why"),
    Column("opted_out", "bool", "asked not to be called again"),
    Column("turns", "Int64", "turns of the customer that were heard"),
    Column("bot_turns", "Int64", "turns of the bot that sounded"),
    Column("interruptions", "Int64", "turns of the bot that the customer cut short"),
    Column("silences", "Int64", "times the bot asked into silence"),
    Column("sentiment_mean", "float64", "mean over turns, -1 … 1"),
    Column("sentiment_last", "float64", "last turn, -1 … 1"),
    Column("response_ms", "float64", "median gap from the customer's last sample to the bot's first"),
    Column("recording", "str", "path relative to the recordings folder"),
    Column("truth", "str", "disposition a synthetic customer really meant"),
    Column("speaker_dialect", "str", "dialect of a synthetic customer"),
    Column("noise", "str", "noise on a synthetic customer's line"),
    Column("snr_db", "float64", "its level under the speech"),
    Column("reference_syllables", "Int64", "syllables a synthetic customer spoke within heard turns"),
    Column("syllable_errors", "Int64", "edit distance between them and what was recognised"),
    Column("missed_syllables", "Int64", "syllables spoken outside of every heard turn"),
    Column("syllable_error", "float64", "syllable_errors / reference_syllables"),
)

TURNS: tuple[Column, ...] = (
    Column("conversation_id", "str", "call it belongs to"),
    Column("turn", "Int64", "number within the call; the parts of one turn of the bot share it"),
    Column("role", "category", "customer, bot or operator"),
    Column("text", "str", "customer: as recognised; bot: as written"),
    Column("start_ms", "Int64", "conversation time of its first sound"),
    Column("end_ms", "Int64", "conversation time of its last sound"),
    Column("confidence", "float64", "customer: mean confidence of recognition, 0 … 1"),
    Column("interrupted", "bool", "bot: cut short by the customer; customer: cut the bot short"),
    Column("digits", "str", "customer: keys pressed"),
    Column("dialect", "str", "customer: as heard"),
    Column("sentiment", "float64", "customer: -1 … 1"),
    Column("intent", "str", "customer: what was understood"),
    Column("intent_confidence", "float64", "customer: 0 … 1"),
    Column("template", "str", "bot: name of the wording"),
    Column("sensitive", "bool", "bot: tells private matters"),
    Column("heard_text", "str", "bot: the part that sounded"),
    Column("end_of_turn_ms", "float64", "bot: wait until the customer's turn was taken as over"),
    Column("recognition_ms", "float64", "bot: finishing recognition"),
    Column("agent_ms", "float64", "bot: understanding, flow and tools"),
    Column("synthesis_ms", "float64", "bot: until the first sound was made"),
    Column("overhead_ms", "float64", "bot: rest of our own work: media, queues, the next packet's time"),
    Column("total_ms", "float64", "bot: from the customer's last sample to the bot's first"),
    Column("reference", "str", "customer: what a synthetic customer really said"),
    Column("reference_syllables", "Int64", "syllables of the reference"),
    Column("syllable_errors", "Int64", "edit distance to the recognised text, in syllables"),
    Column("toneless_errors", "Int64", "the same with tone marks ignored"),
)

EVENTS: tuple[Column, ...] = (
    Column("conversation_id", "str", "conversation it belongs to"),
    Column("seq", "Int64", "order within the conversation, from 0"),
    Column("type", "category", "see docs/glossary.md"),
    Column("at", "time", "clock of the campaign"),
    Column("at_ms", "Int64", "conversation time"),
    Column("data", "str", "details as JSON; ``data.unpack(type)`` makes columns of them"),
)

PROBLEMS: tuple[Column, ...] = (
    Column("conversation_id", "str", "conversation of the row"),
    Column("seq", "Int64", "its number, missing if the conversation's own row is meant"),
    Column("type", "str", "event type, or the column of the conversation"),
    Column("problem", "str", "what is wrong with it"),
)

FRAMES: Mapping[str, tuple[Column, ...]] = {"calls": CALLS, "turns": TURNS, "events": EVENTS, "problems": PROBLEMS}


def conform(columns: Mapping[str, Any], wanted: Sequence[Column], rows: int) -> pd.DataFrame:
    """A frame with exactly the ``wanted`` columns in their dtypes; what ``columns`` lacks is missing (False, 0)."""
    return pd.DataFrame({c.name: _as(columns.get(c.name), c, rows) for c in wanted}, index=pd.RangeIndex(rows))


def _as(values: Any, column: Column, rows: int) -> pd.Series:
    dtype = _DTYPES[column.dtype]
    if values is None:
        values = np.zeros(rows, bool) if column.dtype == "bool" else pd.array([None] * rows, dtype="object")
    series = pd.Series(values).reset_index(drop=True)
    if column.dtype == "bool":
        return series.astype("boolean").fillna(False).astype(bool)
    if column.name == "role":
        return series.astype(pd.CategoricalDtype(list(ROLES)))
    if column.dtype == "time" and isinstance(series.dtype, pd.DatetimeTZDtype):
        return series.dt.tz_convert(VIETNAM).dt.as_unit("us")
    if column.dtype == "Int64" and series.dtype.kind == "f":
        return series.round().astype("Int64")
    return series.astype(dtype)

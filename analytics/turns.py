"""Builds the ``turns`` frame: who said what and when, how it was understood, how quickly it was answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics import syllables
from analytics.alignment import Spans, align
from analytics.stream import Stream, attach, pick
from analytics.wording import DIALECTS
from memory import events as kind

LATENCY_STAGES = ("end_of_turn_ms", "recognition_ms", "agent_ms", "synthesis_ms", "overhead_ms", "total_ms")

CHANCES = [f"dialect.{name}" for name in DIALECTS]
"""Columns with the chance of each dialect that a recogniser gave a turn."""


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns, still without ``conversation_id``, and the syllables of each call that no turn took in."""

    frame: pd.DataFrame
    missed_syllables: np.ndarray
    silences: np.ndarray


def build_turns(stream: Stream, calls: int) -> Turns:
    """All turns in order; ``code`` is the position of their call among ``calls``."""
    customer, missed = _customer_turns(stream, calls)
    bot = _bot_turns(stream)
    frame = pd.concat([customer, bot], ignore_index=True)
    frame = frame.sort_values(["code", "start_ms", "seq"], kind="stable", ignore_index=True)
    silences = np.bincount(stream.of_type(kind.SILENCE)["code"], minlength=calls)
    return Turns(frame, missed, silences)


def _customer_turns(stream: Stream, calls: int) -> tuple[pd.DataFrame, np.ndarray]:
    said = _with_span(stream.of_type(kind.CUSTOMER_SAID)).rename(columns={"interrupted_bot": "interrupted"})
    said["role"] = "customer"
    if "dialect" in said:
        for name, column in zip(DIALECTS, CHANCES, strict=True):
            said[column] = said["dialect"].eq(name).astype(float)
    said["dialect"] = likeliest(said[CHANCES].to_numpy(float))
    attach(said, stream.of_type(kind.SENTIMENT), {"score": "sentiment"}, before=True)
    understood = {"intent": "intent", "confidence": "intent_confidence"}
    attach(said, stream.of_type(kind.UNDERSTOOD), understood, before=True)
    return _with_reference(stream, said, calls)


def likeliest(chances: np.ndarray) -> pd.Series:
    """Name of the dialect with the highest chance in each row (columns in the order of DIALECTS); missing if none."""
    known = np.isfinite(chances).any(axis=1) & (np.nansum(chances, axis=1) > 0)
    best = np.nan_to_num(chances, nan=-1.0).argmax(axis=1)
    return pd.Series(np.array(list(DIALECTS), dtype=object)[best]).where(known).astype("str")


def _bot_turns(stream: Stream) -> pd.DataFrame:
    said = _with_span(stream.of_type(kind.BOT_SAID))
    said["role"] = "bot"
    # Measured when the bot begins to sound, written before what it then says.
    attach(said, stream.of_type(kind.BOT_LATENCY), {stage: stage for stage in LATENCY_STAGES}, before=False)
    return said


def _with_span(frame: pd.DataFrame) -> pd.DataFrame:
    """Times where an event lacks them: it happened when it was written down."""
    frame["end_ms"] = frame["end_ms"].fillna(frame["at_ms"].astype(float))
    frame["start_ms"] = frame["start_ms"].fillna(frame["end_ms"])
    return frame


def _spans(frame: pd.DataFrame) -> Spans:
    start, end = (frame[name].round().to_numpy(np.int64) for name in ("start_ms", "end_ms"))
    return Spans(frame["code"].to_numpy(np.int64), start, np.maximum(start, end))


def _with_reference(stream: Stream, said: pd.DataFrame, calls: int) -> tuple[pd.DataFrame, np.ndarray]:
    """What the simulator knows was said in each turn, and how far recognition was from it.

    A piece that fell into a backchannel was heard as one, so it is neither an error nor missed.
    """
    spoken = _with_span(stream.of_type(kind.SIM_SPOKE)).sort_values(["code", "start_ms"], kind="stable")
    back = _with_span(stream.of_type(kind.BACKCHANNEL))
    heard = pd.concat([said[["code", "start_ms", "end_ms"]], back[["code", "start_ms", "end_ms"]]], ignore_index=True)
    owner = align(_spans(spoken), _spans(heard))
    words = syllables.plain(spoken["text"])
    missed = np.bincount(
        spoken["code"].to_numpy(np.int64)[owner < 0], syllables.count(words)[owner < 0], minlength=calls
    ).astype(np.int64)

    mine = (owner >= 0) & (owner < len(said))
    reference = pick(*_joined(owner[mine], pc.filter(words, pa.array(mine)), len(said)))
    simulated = np.isin(said["code"].to_numpy(), spoken["code"].unique())
    wrong, wrong_toneless, length = _errors(reference, said["text"], simulated)
    said["reference"] = reference.where(simulated)
    said["reference_syllables"] = pd.Series(length, dtype="Int64").where(simulated)
    said["syllable_errors"] = pd.Series(wrong, dtype="Int64").where(simulated)
    said["toneless_errors"] = pd.Series(wrong_toneless, dtype="Int64").where(simulated)
    return said, missed


def _joined(owner: np.ndarray, words: pa.Array, turns: int) -> tuple[pd.Series, np.ndarray]:
    """Pieces of one turn behind each other; and for each turn the position of its text, or -1."""
    grouped = pa.table({"owner": owner, "words": words}).group_by("owner", use_threads=False)
    lists = grouped.aggregate([("words", "list")])
    texts = pc.binary_join(lists["words_list"], pa.scalar(" ", pa.large_string()))
    position = np.full(turns, -1, np.int64)
    position[lists["owner"].to_numpy()] = np.arange(lists.num_rows)
    return texts.to_pandas(), position


def _errors(reference: pd.Series, text: pd.Series, simulated: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors, errors without tones and length of the reference; zeros where nothing is known."""
    rows = np.flatnonzero(simulated)
    out = np.zeros((3, len(reference)), np.int64)
    if len(rows):
        meant, heard = syllables.plain(reference.iloc[rows]), syllables.plain(text.iloc[rows])
        out[0, rows] = syllables.distances(meant, heard)
        out[1, rows] = syllables.distances(syllables.toneless(meant), syllables.toneless(heard))
        out[2, rows] = syllables.count(meant)
    return out[0], out[1], out[2]

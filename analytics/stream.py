"""The events of many conversations, split by type into columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analytics.parsing import parse_json
from memory import events as kind

_TEXT, _NUMBER, _FLAG = pa.large_string(), pa.float64(), pa.bool_()
_SPAN = {"start_ms": _NUMBER, "end_ms": _NUMBER}
_CHANCES = pa.struct(dict.fromkeys(("north", "central", "south"), _NUMBER))

SHAPES: Mapping[str, Mapping[str, pa.DataType]] = {
    kind.CUSTOMER_SAID: {
        "turn": _NUMBER, "text": _TEXT, "confidence": _NUMBER, **_SPAN, "dialect": _CHANCES, "interrupted_bot": _FLAG,
        "digits": _TEXT,
    },
    kind.BOT_SAID: {
        "turn": _NUMBER, "text": _TEXT, "template": _TEXT, "sensitive": _FLAG, **_SPAN, "heard_text": _TEXT,
        "interrupted": _FLAG,
    },
    kind.BOT_LATENCY: {
        "turn": _NUMBER,
        **dict.fromkeys(
            ("end_of_turn_ms", "recognition_ms", "agent_ms", "synthesis_ms", "overhead_ms", "total_ms"), _NUMBER
        ),
    },
    kind.SENTIMENT: {"turn": _NUMBER, "score": _NUMBER},
    kind.UNDERSTOOD: {"turn": _NUMBER, "intent": _TEXT, "confidence": _NUMBER},
    kind.SILENCE: {"count": _NUMBER},
    kind.BACKCHANNEL: {"text": _TEXT, **_SPAN},
    kind.SIM_SPOKE: {"text": _TEXT, **_SPAN},
}  # fmt: skip
"""Fields of the event types from which ``turns`` and parts of ``calls`` are made."""


_SEQ_ROOM = 1 << 24
"""Events that one conversation may have; a call of an hour has some thousand."""


_NAMED_DIALECT = r'"dialect":\s*"'


@dataclass(slots=True)
class Stream:
    """Events sorted by conversation and ``seq``; ``code`` is the row of the conversation in the calls frame."""

    table: pa.Table
    code: np.ndarray
    problems: list[pd.DataFrame] = field(default_factory=list)

    @classmethod
    def of(cls, events: pa.Table, conversation_ids: pa.ChunkedArray) -> Stream:
        """Sort ``events``; those of unknown conversations cannot occur (foreign key) and are left out."""
        code = pc.index_in(events["conversation_id"], value_set=conversation_ids).to_numpy()
        code = np.where(np.isnan(code), -1, code).astype(np.int64) if code.dtype.kind == "f" else code.astype(np.int64)
        order = np.lexsort((events["seq"].to_numpy(), code))
        order = order[code[order] >= 0]
        return cls(events.take(pa.array(order)), code[order])

    def of_type(self, event_type: str) -> pd.DataFrame:
        """The events of one type with the fields of its shape, and ``code``, ``seq`` and ``at_ms``.

        Fields within a field are named with a dot: ``dialect.north``.

        Rows that cannot be read are reported and left out; of those with a wrong field the rest is kept.
        """
        rows = np.flatnonzero(pc.equal(self.table["type"], event_type).to_numpy())
        part = self.table.take(pa.array(rows))
        fields, bad = parse_json(part["data"], _shape(event_type, part["data"]))
        if len(bad):
            self._report(part.take(pa.array(bad)), event_type)
        fields = fields.flatten()
        frame = fields.to_pandas()
        frame["code"], frame["seq"], frame["at_ms"] = self.code[rows], part["seq"].to_numpy(), part["at_ms"].to_numpy()
        nothing_left = bad[frame.iloc[bad, : fields.num_columns].isna().all(axis=1).to_numpy(bool)]
        return frame.drop(index=nothing_left).reset_index(drop=True)

    def _report(self, rows: pa.Table, event_type: str) -> None:
        self.problems.append(
            pd.DataFrame(
                {
                    "conversation_id": rows["conversation_id"].to_pandas(),
                    "seq": rows["seq"].to_pandas(),
                    "type": event_type,
                    "problem": "data is not the JSON that this event type should have",
                }
            )
        )


def _shape(event_type: str, data: pa.ChunkedArray) -> Mapping[str, pa.DataType]:
    """A recogniser tells the chance of each dialect; carriers and labelled calls may name just one."""
    shape = SHAPES[event_type]
    if event_type == kind.CUSTOMER_SAID and pc.any(pc.match_substring_regex(data, _NAMED_DIALECT)).as_py():
        return {**shape, "dialect": _TEXT}
    return shape


def order_key(frame: pd.DataFrame) -> np.ndarray:
    """One number per event that grows with conversation and ``seq``."""
    return frame["code"].to_numpy(np.int64) * _SEQ_ROOM + frame["seq"].to_numpy(np.int64)


def attach(turns: pd.DataFrame, events: pd.DataFrame, columns: Mapping[str, str], *, before: bool) -> None:
    """Add ``columns`` (new name by old) of ``events`` to the turn written next before or after each event.

    The order of writing tells what belongs together; the parts of a conversation count turns each in their own way.
    If several events belong to one turn the last one counts.
    """
    keys = order_key(turns)
    position = np.searchsorted(keys, order_key(events)) - (1 if before else 0)
    inside = (position >= 0) & (position < len(turns))
    inside[inside] = turns["code"].to_numpy()[position[inside]] == events["code"].to_numpy()[inside]
    last = np.full(len(turns), -1, np.int64)
    np.maximum.at(last, position[inside], np.flatnonzero(inside))
    for old, new in columns.items():
        turns[new] = pick(events[old], last)


def pick(values: pd.Series, positions: np.ndarray) -> pd.Series:
    """``values`` at ``positions``, missing where the position is -1."""
    return values.reset_index(drop=True).reindex(pd.Index(positions).where(positions >= 0, -1)).reset_index(drop=True)

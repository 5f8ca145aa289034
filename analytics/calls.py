"""Builds the ``calls`` frame: one row per conversation with everything derived from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analytics.dispositions import levels
from analytics.parsing import Shape, parse_json
from analytics.turns import CHANCES, Turns, likeliest
from core.clock import VIETNAM

_TEXT, _NUMBER = pa.large_string(), pa.float64()
_DETAILS: Shape = {"date": _TEXT, "amount": _NUMBER, "at": _TEXT, "reason": _TEXT}
_ESCALATION: Shape = {"reason": _TEXT}
_PERSONA = pa.struct([("region", _TEXT), ("noise", _TEXT), ("snr_db", _NUMBER)])
_TRUTH: Shape = {"disposition": _TEXT, "persona": _PERSONA}


def build_calls(table: pa.Table, turns: Turns, problems: list[pd.DataFrame]) -> dict[str, Any]:
    """The columns of ``calls`` for the conversations of ``table``."""
    columns: dict[str, Any] = {name: table[name].to_pandas() for name in table.column_names}
    details = _unpack(table, "disposition_details", _DETAILS, problems)
    truth = _unpack(table, "truth", _TRUTH, problems)
    persona = truth["persona"].combine_chunks()
    columns["region"] = columns["region"].fillna(columns["customer_region"])
    columns["answered"] = columns["answered_at"].notna()
    columns["duration_ms"] = columns["talk_ms"].fillna(columns["duration_ms"]).where(columns["answered"])
    columns["level"] = columns["disposition"].map(levels())
    contacted = columns["level"].isin(["contact", "right_party"]) | (columns["level"].isna() & (columns["turns"] > 0))
    columns["contacted"] = columns["answered"] & contacted
    columns["right_party"] = columns["contacted"] & columns["verified"]
    columns |= _promises(columns["disposition"], details)
    columns["escalation_reason"] = _unpack(table, "escalation", _ESCALATION, problems)["reason"].to_pandas()
    columns["truth"] = truth["disposition"].to_pandas()
    for name, inner in (("speaker_dialect", "region"), ("noise", "noise"), ("snr_db", "snr_db")):
        columns[name] = persona.field(inner).to_pandas() if len(persona) else None
    return columns | _from_turns(turns, table.num_rows)


def _unpack(table: pa.Table, column: str, shape: Shape, problems: list[pd.DataFrame]) -> pa.Table:
    fields, bad = parse_json(table[column], shape)
    if len(bad):
        rows = table["conversation_id"].take(pa.array(bad)).to_pandas()
        text = "the column is not the JSON that it should be"
        problems.append(pd.DataFrame({"conversation_id": rows, "seq": None, "type": column, "problem": text}))
    return fields


def _promises(disposition: pd.Series, details: pa.Table) -> dict[str, pd.Series]:
    promised, callback = disposition.eq("PTP"), disposition.eq("CALLBACK")
    when = pd.to_datetime(details["at"].to_pandas().where(callback), errors="coerce", utc=True, format="ISO8601")
    naive = ~details["at"].to_pandas().fillna("").str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    local = when.dt.tz_localize(None).dt.tz_localize(VIETNAM)
    return {
        "promise_date": pd.to_datetime(details["date"].to_pandas().where(promised), errors="coerce", format="ISO8601"),
        "promise_amount": details["amount"].to_pandas().where(promised),
        "callback_at": when.dt.tz_convert(VIETNAM).where(~naive, local),
    }


def _from_turns(turns: Turns, rows: int) -> dict[str, Any]:
    """Sums over the turns of each call."""
    frame = turns.frame
    code = frame["code"].to_numpy(np.int64)
    customer, bot = frame["role"].eq("customer").to_numpy(), frame["role"].eq("bot").to_numpy()
    cut = bot & frame["interrupted"].astype("boolean").fillna(False).to_numpy(bool)
    sentiment = frame["sentiment"].astype(float).groupby(code).mean()
    response = frame["total_ms"].astype(float)[bot].groupby(code[bot]).median()
    known = frame["reference_syllables"].notna().to_numpy()
    simulated = np.bincount(code[known], minlength=rows) + turns.missed_syllables > 0
    errors, spoken = (
        np.bincount(code[known], frame[c].to_numpy(float, na_value=0)[known], minlength=rows)
        for c in ("syllable_errors", "reference_syllables")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(spoken > 0, errors / spoken, np.nan)
    every = pd.RangeIndex(rows)
    chances = frame[CHANCES].astype(float).groupby(code).sum().reindex(every)
    return {
        "dialect": likeliest(chances.to_numpy()),
        "turns": np.bincount(code[customer], minlength=rows),
        "bot_turns": np.bincount(code[bot], minlength=rows),
        "interruptions": np.bincount(code[cut], minlength=rows),
        "silences": turns.silences,
        "sentiment_mean": sentiment.reindex(every),
        "response_ms": response.reindex(every),
        "reference_syllables": pd.Series(spoken).where(simulated),
        "syllable_errors": pd.Series(errors).where(simulated),
        "missed_syllables": pd.Series(turns.missed_syllables.astype(float)).where(simulated),
        "syllable_error": share,
    }

"""Key figures of outbound calls. Every rate states its numerator and denominator (facts: vietnam_rules.md §10).

Each function takes the calls frame and returns a frame with ``hits``, ``total``, ``rate`` and the Wilson interval
``low``, ``high``: one row, or one per group of ``by`` (a column or several). ``per="contact"`` counts people, not
attempts: a person counts as hit or as total if one of their attempts does. Calls that failed by our own fault
(TECH_ERROR) are left out everywhere, and figures of different purposes should not be mixed: load one campaign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analytics.dispositions import FINISHED_BY_BOT
from analytics.grouping import By, groups, keys, table
from analytics.intervals import LEVEL, mean, wilson

Per = Literal["attempt", "contact"]

EARLY_HANGUP_MS = 5_000
"""A customer who hangs up within this time of answering did not want to hear us at all (§10)."""

@dataclass(frozen=True, slots=True)
class Rate:
    """A share of calls: call it with the calls frame."""

    name: str
    vi: str
    en: str
    doc: str
    counts: Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]]

    def __call__(
        self, calls: pd.DataFrame, by: By = None, *, per: Per = "attempt", level: float = LEVEL
    ) -> pd.DataFrame:
        calls = without_technical_errors(calls)
        hits, total = self.counts(calls)
        return _shares(calls, hits & total, total, by, per, level)


RATES: dict[str, Rate] = {}
"""All rates by name, in the order of a call's progress."""


def _rate(vi: str, en: str) -> Callable[[Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]]], Rate]:
    def make(counts: Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]]) -> Rate:
        name = counts.__name__
        RATES[name] = Rate(name, vi, en, counts.__doc__ or "", counts)
        return RATES[name]

    return make


def _every(calls: pd.DataFrame) -> pd.Series:
    return pd.Series(True, index=calls.index)


@_rate("Tỷ lệ kết nối", "connect rate")
def connect_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls answered by anything live / calls to numbers that exist (all but INVALID)."""
    return calls["answered"], calls["disposition"].ne("INVALID")


@_rate("Tỷ lệ gặp người", "contact rate")
def contact_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls in which a person answered / all calls."""
    return calls["contacted"], _every(calls)


@_rate("Tỷ lệ gặp đúng người", "right-party contact rate")
def right_party_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls with the verified right person / all calls."""
    return calls["right_party"], _every(calls)


@_rate("Tỷ lệ hứa thanh toán", "promise rate")
def promise_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls that ended with a promise to pay (PTP) / calls with the verified right person."""
    return calls["disposition"].eq("PTP"), calls["right_party"]


@_rate("Tỷ lệ bot tự hoàn tất", "containment")
def containment(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls settled by the bot alone (dispositions.FINISHED_BY_BOT) / calls in which a person answered."""
    return calls["disposition"].isin(list(FINISHED_BY_BOT)) & ~calls["escalated"], calls["contacted"]


@_rate("Tỷ lệ chuyển nhân viên", "escalation rate")
def escalation_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls handed to an operator / calls in which a person answered."""
    return calls["escalated"], calls["contacted"]


@_rate("Tỷ lệ từ chối nhận cuộc gọi", "opt-out rate")
def opt_out_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls in which the person asked not to be called again / calls in which a person answered."""
    return calls["opted_out"], calls["contacted"]


@_rate("Tỷ lệ cúp máy sớm", "early hang-up rate")
def early_hangup_rate(calls: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Calls that the customer ended within 5 s of answering / calls in which a person answered."""
    early = calls["duration_ms"].le(EARLY_HANGUP_MS).fillna(False).astype(bool)
    return calls["ended_by"].eq("customer") & early, calls["contacted"]


def average_handle_time(calls: pd.DataFrame, by: By = None, *, level: float = LEVEL) -> pd.DataFrame:
    """Mean time from answer to end of calls in which a person answered, in seconds.

    Talk and hold; Alô has no wrap-up time after a call. Columns ``total`` (calls), ``mean_s``, ``low``, ``high``.
    """
    calls = without_technical_errors(calls)
    timed = calls[calls["contacted"] & calls["duration_ms"].notna()]
    rows = {}
    for name, group in groups(timed, by):
        seconds = group["duration_ms"].to_numpy(float) / 1000
        low, high = mean(seconds, level)
        rows[name] = (len(seconds), seconds.mean() if len(seconds) else np.nan, low, high)
    return table(rows, by, ["total", "mean_s", "low", "high"])


def summary(calls: pd.DataFrame, by: By = None, *, per: Per = "attempt", level: float = LEVEL) -> pd.DataFrame:
    """All rates below each other: index ``metric`` (and the groups), with Vietnamese and English names."""
    rates = pd.concat({name: rate(calls, by, per=per, level=level) for name, rate in RATES.items()}, names=["metric"])
    if by is None:
        rates = rates.droplevel(1)
    names = rates.index.get_level_values("metric")
    rates.insert(0, "en", [RATES[n].en for n in names])
    rates.insert(0, "vi", [RATES[n].vi for n in names])
    return rates


def without_technical_errors(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls that count: those that failed by our own fault tell nothing about customers (§10)."""
    return calls[calls["disposition"].ne("TECH_ERROR")]


def _shares(calls: pd.DataFrame, hits: pd.Series, total: pd.Series, by: By, per: Per, level: float) -> pd.DataFrame:
    columns = keys(by)
    counted = calls[columns].assign(hits=hits.to_numpy(bool), total=total.to_numpy(bool))
    if per == "contact":
        person = calls["contact_id"].fillna(calls["conversation_id"])
        people = counted.assign(person=person).groupby([*columns, "person"], dropna=False, observed=True, sort=False)
        counted = people[["hits", "total"]].any().reset_index()
    if columns:
        grouped = counted.groupby(columns if len(columns) > 1 else columns[0], dropna=False, observed=True)
        sums = grouped[["hits", "total"]].sum()
    else:
        sums = counted[["hits", "total"]].sum().to_frame("all").T
    sums = sums.astype(np.int64)
    sums["rate"] = sums["hits"] / sums["total"].where(sums["total"] > 0)
    sums["low"], sums["high"] = wilson(sums["hits"], sums["total"], level)
    return sums

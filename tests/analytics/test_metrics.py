"""Rates by hand, intervals by their properties."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics import Data, intervals, latency, metrics, outcomes
from analytics.frames import CALLS, conform

ROWS = [
    # contact, region, code, answered, verified, escalated, opted_out, duration_ms, ended_by
    ("c1", "north", "NO_ANSWER", False, False, False, False, None, "network"),
    ("c1", "north", "PTP", True, True, False, False, 60_000, "bot"),
    ("c2", "north", "PTP", True, True, True, False, 90_000, "bot"),
    ("c3", "south", "THIRD_PARTY", True, False, False, False, 30_000, "customer"),
    ("c4", "south", "HANGUP_EARLY", True, False, False, False, 4_000, "customer"),
    ("c5", "south", "OPT_OUT", True, False, False, True, 20_000, "customer"),
    ("c6", "south", "INVALID", False, False, False, False, None, "network"),
    ("c7", "south", "TECH_ERROR", True, True, True, True, 1_000, "network"),
    ("c8", "north", "VOICEMAIL", True, False, False, False, 3_000, "bot"),
]


@pytest.fixture
def calls() -> pd.DataFrame:
    names = ("contact_id", "region", "disposition", "answered", "verified", "escalated", "opted_out", "duration_ms",
             "ended_by")  # fmt: skip
    columns = dict(zip(names, map(list, zip(*ROWS, strict=True)), strict=True))
    frame = conform(columns, CALLS, len(ROWS))
    frame["conversation_id"] = [f"conv_{i}" for i in range(len(ROWS))]
    frame["contacted"] = frame["disposition"].isin(["PTP", "THIRD_PARTY", "HANGUP_EARLY", "OPT_OUT"])
    frame["right_party"] = frame["contacted"] & frame["verified"]
    return frame


BY_HAND = {
    "connect_rate": (6, 7), "contact_rate": (5, 8), "right_party_rate": (2, 8), "promise_rate": (2, 2),
    "containment": (3, 5), "escalation_rate": (1, 5), "opt_out_rate": (1, 5), "early_hangup_rate": (1, 5),
}  # fmt: skip


def test_rates_by_hand(calls: pd.DataFrame) -> None:
    table = metrics.summary(calls)
    assert {name: (row["hits"], row["total"]) for name, row in table.iterrows()} == BY_HAND
    assert table["rate"].to_dict() == {name: k / n for name, (k, n) in BY_HAND.items()}
    assert table["low"].le(table["rate"]).all()
    assert table["high"].ge(table["rate"]).all()


def test_groups_add_up(calls: pd.DataFrame) -> None:
    for name, rate in metrics.RATES.items():
        table = rate(calls, "region")
        assert (table["hits"].sum(), table["total"].sum()) == BY_HAND[name]
    two = metrics.connect_rate(calls, ["region", "ended_by"])
    assert two.index.names == ["region", "ended_by"]
    assert two.loc[("north", "bot"), "total"] == 3


def test_per_contact_counts_people(calls: pd.DataFrame) -> None:
    attempts, people = metrics.contact_rate(calls).iloc[0], metrics.contact_rate(calls, per="contact").iloc[0]
    assert (attempts["hits"], attempts["total"]) == (5, 8)
    assert (people["hits"], people["total"]) == (5, 7)


def test_handle_time(calls: pd.DataFrame) -> None:
    row = metrics.average_handle_time(calls).iloc[0]
    assert (row["total"], row["mean_s"]) == (5, pytest.approx((60 + 90 + 30 + 4 + 20) / 5))
    assert row["low"] < row["mean_s"] < row["high"]
    assert metrics.average_handle_time(calls, "region")["total"].to_dict() == {"north": 2, "south": 3}


def test_no_calls(calls: pd.DataFrame) -> None:
    table = metrics.summary(calls.iloc[:0])
    assert table["total"].sum() == 0
    assert table["rate"].isna().all()
    assert (table["low"].eq(0) & table["high"].eq(1)).all()
    assert len(outcomes.outcome_table(calls.iloc[:0])) == 0
    assert outcomes.funnel(calls.iloc[:0])["calls"].sum() == 0
    assert metrics.average_handle_time(calls.iloc[:0]).iloc[0]["total"] == 0


def test_every_rate_states_its_parts() -> None:
    for name, rate in metrics.RATES.items():
        assert " / " in rate.doc, name
        assert rate.vi
        assert rate.en


def test_outcomes_and_funnel(calls: pd.DataFrame) -> None:
    table = outcomes.outcome_table(calls)
    assert table["calls"].sum() == len(calls)
    assert table.loc["PTP", "calls"] == 2
    assert table["share"].sum() == pytest.approx(1)
    by_region = outcomes.outcome_table(calls, "region")
    assert by_region.groupby("region")["share"].sum().tolist() == pytest.approx([1, 1])
    assert outcomes.funnel(calls)["calls"].to_list() == [8, 6, 5, 2, 2]


def test_promises_and_agreement(data: Data) -> None:
    table = outcomes.promises(data.calls)
    promised = data.calls[data.calls["disposition"].eq("PTP")]
    assert table["amount"].sum() == promised["promise_amount"].sum()
    agreement = outcomes.agreement(data.calls)
    assert np.trace(agreement.to_numpy()) == agreement.to_numpy().sum() == len(data.calls)


def test_latency_percentiles(data: Data) -> None:
    table = latency.latency_table(data.turns)
    totals = data.turns["total_ms"].dropna()
    assert table.loc["total_ms", "answers"] == len(totals)
    assert table.loc["total_ms", "p95"] == pytest.approx(totals.quantile(0.95))
    assert table[["p50", "p90", "p95", "p99", "max"]].T.apply(lambda c: c.is_monotonic_increasing).all()
    turns = data.turns.merge(data.calls[["conversation_id", "region"]], on="conversation_id")
    assert latency.latency_table(turns, "region").index.names == ["region", "stage"]
    assert latency.latency_table(turns.iloc[:0])["answers"].eq(0).all()


def test_wilson_known_values() -> None:
    low, high = intervals.wilson(8, 10)
    assert (float(low), float(high)) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_wilson_holds_the_share_within_0_and_1(hits: int, misses: int, level: float) -> None:
    total = hits + misses
    low, high = (float(x) for x in intervals.wilson(hits, total, level))
    assert 0 <= low <= high <= 1
    if total:
        assert low <= hits / total <= high
    mirrored = [float(x) for x in intervals.wilson(misses, total, level)]
    assert mirrored == pytest.approx([1 - high, 1 - low])


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_ratio_interval_of_errors_within_lengths(pairs: list[tuple[int, int]]) -> None:
    wholes = np.array([a + b for a, b in pairs])
    parts = np.array([a for a, _ in pairs])
    low, high = intervals.ratio(parts, wholes)
    if wholes.sum() and len(pairs) >= 5:
        assert 0 <= low <= high <= 1
        assert (low, high) == intervals.ratio(parts, wholes)
    else:
        assert np.isnan(low)
        assert np.isnan(high)


def test_resampled_and_linearised_intervals_agree() -> None:
    rng = np.random.default_rng(1)
    wholes = rng.integers(5, 40, 6_000)
    parts = rng.binomial(wholes, rng.beta(2, 18, 6_000))
    linear = intervals.ratio(parts, wholes)
    resampled = intervals.ratio(parts[:5_000], wholes[:5_000])
    assert linear[1] - linear[0] == pytest.approx((resampled[1] - resampled[0]) * np.sqrt(5 / 6), rel=0.15)

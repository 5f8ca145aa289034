"""How long the customer waited for an answer, and which part took how long."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analytics.grouping import By, groups, keys, table
from analytics.turns import LATENCY_STAGES

STAGES: dict[str, tuple[str, str]] = {
    "end_of_turn_ms": ("Chờ hết lượt nói", "end of turn"),
    "recognition_ms": ("Nhận dạng", "recognition"),
    "agent_ms": ("Hiểu và quyết định", "agent"),
    "synthesis_ms": ("Tổng hợp tiếng", "synthesis"),
    "overhead_ms": ("Xử lý khác", "overhead"),
    "total_ms": ("Tổng: khoảng lặng nghe được", "total: gap heard"),
}
"""Stages with their Vietnamese and English names."""

_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def latency_table(turns: pd.DataFrame, by: By = None) -> pd.DataFrame:
    """Percentiles in ms per stage (index) over the bot's answers; with ``by``, per group and stage."""
    rows = {}
    for name, group in groups(turns, by):
        for stage in LATENCY_STAGES:
            values = group[stage].to_numpy(float)
            values = values[np.isfinite(values)]
            place = stage if by is None else (*(name if isinstance(name, tuple) else (name,)), stage)
            rows[place] = (len(values), *_percentiles(values))
    index = "stage" if by is None else [*keys(by), "stage"]
    return table(rows, index, ["answers", *_QUANTILES, "max"])


def _percentiles(values: np.ndarray) -> list[float]:
    if not len(values):
        return [float("nan")] * (len(_QUANTILES) + 1)
    return [*map(float, np.quantile(values, list(_QUANTILES.values()))), float(values.max())]

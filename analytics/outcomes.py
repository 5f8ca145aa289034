"""How calls ended: outcomes, the funnel from dialling to a promise, promises, escalations, agreement with the truth."""

from __future__ import annotations

import pandas as pd

from analytics.dispositions import disposition_codes, label
from analytics.grouping import By, keys
from analytics.intervals import LEVEL, wilson
from analytics.metrics import without_technical_errors

NONE = "—"
"""Stands for calls without a disposition."""


def outcome_table(calls: pd.DataFrame, by: By = None, *, level: float = LEVEL) -> pd.DataFrame:
    """Calls and share per disposition (within each group of ``by``) with Wilson interval; only codes that occur."""
    columns = keys(by)
    coded = calls.assign(disposition=calls["disposition"].fillna(NONE))
    counts = coded.groupby([*columns, "disposition"], dropna=False, observed=True).size().rename("calls").reset_index()
    totals = counts.groupby(columns, dropna=False, observed=True)["calls"].transform("sum") if columns else len(calls)
    counts["share"] = counts["calls"] / totals
    counts["low"], counts["high"] = wilson(counts["calls"], totals, level)
    order = {code: position for position, code in enumerate(disposition_codes())}
    counts["order"] = counts["disposition"].map(order).fillna(len(order))
    counts = counts.sort_values([*columns, "order"], kind="stable").drop(columns="order")
    counts.insert(len(columns) + 1, "vi", [label(code) for code in counts["disposition"]])
    return counts.set_index([*columns, "disposition"])


def funnel(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls left at each step from dialling to a promise, with their share of all calls and of the step before."""
    counted = without_technical_errors(calls)
    steps = {
        "dialled": ("Đã gọi", len(counted)),
        "answered": ("Có người nhấc máy", int(counted["answered"].sum())),
        "contacted": ("Gặp người", int(counted["contacted"].sum())),
        "right_party": ("Đúng người, đã xác minh", int(counted["right_party"].sum())),
        "promised": ("Hứa thanh toán", int((counted["right_party"] & counted["disposition"].eq("PTP")).sum())),
    }
    table = pd.DataFrame.from_dict(steps, orient="index", columns=["vi", "calls"]).rename_axis("step")
    table["of_all"] = table["calls"] / max(len(counted), 1)
    table["of_step_before"] = table["calls"] / table["calls"].shift().replace(0, float("nan"))
    return table


def promises(calls: pd.DataFrame) -> pd.DataFrame:
    """Promises to pay, by day promised: how many and how much (VND)."""
    made = calls[calls["disposition"].eq("PTP")].groupby("promise_date", dropna=False)
    table = made.agg(promises=("conversation_id", "size"), amount=("promise_amount", "sum"))
    return table.astype("Int64")


def escalations(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls handed to an operator, with the reason."""
    columns = ["conversation_id", "started_at", "disposition", "escalation_reason", "sentiment_last", "turns"]
    return calls.loc[calls["escalated"], columns].reset_index(drop=True)


def agreement(calls: pd.DataFrame) -> pd.DataFrame:
    """For synthetic customers: what they meant (rows) against what was recorded (columns), as numbers of calls."""
    known = calls[calls["truth"].notna()]
    return pd.crosstab(known["truth"], known["disposition"].fillna(NONE))

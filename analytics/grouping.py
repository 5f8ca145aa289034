"""Cutting a frame into groups by any columns, the same way everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

By = str | Sequence[str] | None
"""A column, several, or None for one group named "all"."""


def keys(by: By) -> list[str]:
    """The columns of ``by``."""
    return [] if by is None else [by] if isinstance(by, str) else list(by)


def groups(frame: pd.DataFrame, by: By) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Each group's name and rows; missing values are a group of their own."""
    columns = keys(by)
    if not columns:
        yield "all", frame
    else:
        yield from frame.groupby(columns if len(columns) > 1 else columns[0], dropna=False, observed=True)


def table(rows: Mapping[Any, Sequence[Any]], by: By, columns: Sequence[str]) -> pd.DataFrame:
    """A frame with a row per group."""
    names = keys(by)
    if len(names) > 1 and rows:
        index: pd.Index = pd.MultiIndex.from_tuples(list(rows), names=names)
    else:
        index = pd.Index(list(rows), name=names[0] if len(names) == 1 else None)
    return pd.DataFrame(list(rows.values()), columns=list(columns), index=index)

"""How well customers were recognised, where it is known what they said (synthetic customers, labelled calls).

Syllable error = least number of syllables to insert, delete or replace / syllables really said. Vietnamese is written
syllable by syllable, so this is the word error rate of other toolkits computed on Vietnamese text.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from rapidfuzz.distance import Levenshtein

from analytics import syllables
from analytics.grouping import By, groups, keys, table
from analytics.intervals import LEVEL, ratio

_COLUMNS = ("turns", "syllables", "syllable_error", "low", "high", "toneless_error", "exact_turns")
_CALL_COLUMNS = ("speaker_dialect", "noise", "snr_db", "region", "campaign", "flow", "started_at")


def recognition_table(
    turns: pd.DataFrame, calls: pd.DataFrame | None = None, by: By = None, *, level: float = LEVEL
) -> pd.DataFrame:
    """Syllable error over heard turns with a bootstrap interval over calls, the error without tones, and exact turns.

    ``by`` may name columns of ``turns`` or of ``calls`` (``speaker_dialect``, ``noise``, ``snr_db`` …).
    """
    known = turns[turns["reference"].notna()]
    wanted = [column for column in keys(by) if column not in known.columns or column in _CALL_COLUMNS]
    if wanted and calls is not None:
        of_calls = calls[["conversation_id", *wanted]]
        known = known.drop(columns=wanted, errors="ignore").merge(of_calls, on="conversation_id")
    rows = {}
    for name, group in groups(known, by):
        sums = group.groupby("conversation_id")[["syllable_errors", "reference_syllables"]].sum().to_numpy(float)
        errors, toneless = group["syllable_errors"].sum(), group["toneless_errors"].sum()
        spoken = int(group["reference_syllables"].sum())
        exact = group["syllable_errors"].eq(0).mean() if len(group) else np.nan
        shares = [errors / spoken, *ratio(sums[:, 0], sums[:, 1], level), toneless / spoken] if spoken else [np.nan] * 4
        rows[name] = (len(group), spoken, *shares, exact)
    return table(rows, by, _COLUMNS)


def missed_share(calls: pd.DataFrame, by: By = None) -> pd.DataFrame:
    """Syllables that a synthetic customer spoke while nobody listened, as a share of all they spoke.

    Counted apart from recognition: it is turn-taking that lost them.
    """
    rows = {}
    for name, group in groups(calls, by):
        missed, heard = int(group["missed_syllables"].sum()), int(group["reference_syllables"].sum())
        rows[name] = (missed, missed + heard, missed / (missed + heard) if missed + heard else np.nan)
    return table(rows, by, ("missed", "spoken", "share"))


def worst_turns(turns: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The turns with most errors, the ones to listen to first."""
    known = turns[turns["syllable_errors"].gt(0).fillna(False).astype(bool)]
    columns = ["conversation_id", "turn", "reference", "text", "confidence", "reference_syllables", "syllable_errors"]
    worst = known.sort_values(["syllable_errors", "conversation_id", "turn"], ascending=[False, True, True])
    return worst[columns].head(count).reset_index(drop=True)


def confusions(turns: pd.DataFrame, count: int = 20) -> pd.DataFrame:
    """The syllables most often taken for others: ``said``, ``recognised`` (empty: lost or added) and ``times``."""
    known = turns[turns["syllable_errors"].gt(0).fillna(False).astype(bool)]
    said, heard = (_split(known[column]) for column in ("reference", "text"))
    pairs = [
        (left[e.src_pos] if e.tag != "insert" else "", right[e.dest_pos] if e.tag != "delete" else "")
        for left, right in zip(said, heard, strict=True)
        for e in Levenshtein.editops(left, right)
    ]
    counted = pd.DataFrame(pairs, columns=["said", "recognised"], dtype="str").value_counts(sort=True)
    return counted.rename("times").reset_index().head(count)


def syllable_errors(references: list[str], recognised: list[str]) -> tuple[int, int]:
    """Errors and reference syllables of pairs of texts, for benchmarks outside of calls."""
    meant, heard = syllables.plain(references), syllables.plain(recognised)
    return int(syllables.distances(meant, heard).sum()), int(syllables.count(meant).sum())


def _split(texts: pd.Series) -> list[list[str]]:
    plain: pa.Array = syllables.plain(texts)
    return [text.split() for text in plain.to_pylist()]

"""Synthetic posteriors of a sentence: peaky like CTC, with confusions; a stand-in for the acoustic model in tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from speech.recognition.units import INITIALS, RIMES, TONES, UNITS, text_to_units


def posteriors(
    text: str, seed: int = 0, wrong: tuple[float, float, float] = (0.06, 0.1, 0.2), sure: float = 0.9
) -> NDArray[np.float32]:
    """(T, units) log-posteriors of 40 ms frames, five or so per syllable.

    ``wrong`` is how often an initial, rime and tone loses to a random rival (which then has the larger share),
    ``sure`` the share of the winner.
    """
    rng = np.random.default_rng(seed)
    units = text_to_units(text)
    assert units is not None
    rows = [_row(rng, None, None, sure) for _ in range(4)]
    for syllable in units:
        for unit, members, chance in zip(syllable, (INITIALS, RIMES, TONES), wrong, strict=True):
            rival = int(rng.choice([u for u in members if u != unit]))
            first, second = (rival, unit) if rng.random() < chance else (unit, rival)
            rows.append(_row(rng, first, second, sure))
            if rng.random() < 0.5:
                rows.append(_row(rng, None, None, sure))
    rows += [_row(rng, None, None, sure) for _ in range(4)]
    return np.stack(rows)


def _row(rng: np.random.Generator, first: int | None, second: int | None, sure: float) -> NDArray[np.float32]:
    p = rng.dirichlet(np.full(len(UNITS), 0.3)) * 0.02
    if first is None or second is None:
        p[0] += 0.98
    else:
        p[first] += sure
        p[second] += (1 - sure) * 0.7
        p[0] += (1 - sure) * 0.1
    return np.log(p / p.sum() + 1e-9).astype(np.float32)

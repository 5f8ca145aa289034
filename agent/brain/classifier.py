"""The trained intent model: one logistic regression per intent over hashed features, so one turn may hold several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.brain.features import DIMENSIONS, indices, normal
from core.artifacts import artifact


@dataclass(frozen=True, slots=True, eq=False)
class IntentModel:
    """``weights`` (dimensions, intents) as int8, one scale per intent; ``bias`` and calibration per intent."""

    intents: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    slope: NDArray[np.float32]
    offset: NDArray[np.float32]

    def probabilities(self, text: str) -> dict[str, float]:
        """Calibrated probability of each intent; they need not add up to one."""
        found = indices(text)
        if not normal(text):
            return dict.fromkeys(self.intents, 0.0)
        raw = self.weights[found].sum(axis=0, dtype=np.float32) * self.scale / np.sqrt(len(found))
        score = 1.0 / (1.0 + np.exp(-(self.slope * (raw + self.bias) + self.offset)))
        return dict(zip(self.intents, score.tolist(), strict=True))

    @classmethod
    def load(cls, path: Path) -> IntentModel:
        """From the file that models/intents/train.py writes."""
        with np.load(path, allow_pickle=False) as data:
            if data["weights"].shape[0] != DIMENSIONS:
                raise ValueError(f"{path.name} was trained with other features")
            return cls(
                tuple(str(name) for name in data["intents"]),
                data["weights"],
                data["scale"],
                data["bias"],
                data["slope"],
                data["offset"],
            )


@lru_cache(maxsize=1)
def shipped_model() -> IntentModel:
    """The model that comes with Alô, loaded once a process."""
    return IntentModel.load(artifact("models", "intents", "intents.npz"))

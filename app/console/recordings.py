"""Recordings on disk: found safely, drawn as a wave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

COLUMNS = 240
"""Bars of the wave: about one per pixel and a half in the side column."""


@dataclass(frozen=True, slots=True)
class Wave:
    """SVG paths in a box of ``columns`` × 100: the customer grows up from the middle, the bot down."""

    columns: int
    customer: str
    bot: str


def find_recording(folder: Path, relative: str | None) -> Path | None:
    """The recording's file if it lies inside ``folder`` and is there; the path comes from the database."""
    if not relative:
        return None
    root = folder.resolve()
    path = (root / relative).resolve()
    return path if path.is_relative_to(root) and path.suffix == ".wav" and path.is_file() else None


def draw_wave(path: Path) -> Wave:
    """Peaks of both channels (left customer, right bot) of an 8 kHz stereo WAV."""
    audio, _ = soundfile.read(path, dtype="float32", always_2d=True)
    step = max(1, -(-len(audio) // COLUMNS))
    padded = np.zeros((step * COLUMNS, audio.shape[1]), np.float32)
    padded[: len(audio)] = np.abs(audio)
    peaks = np.sqrt(np.minimum(padded.reshape(COLUMNS, step, -1).max(axis=1), 1.0))  # quiet voices stay visible
    customer, bot = peaks[:, 0] * 48, peaks[:, -1] * 48
    return Wave(
        COLUMNS,
        "".join(f"M{x} 49h.8v-{h:.1f}h-.8z" for x, h in enumerate(customer) if h >= 0.1),
        "".join(f"M{x} 51h.8v{h:.1f}h-.8z" for x, h in enumerate(bot) if h >= 0.1),
    )

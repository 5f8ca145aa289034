"""The embedded recogniser's ear: audio of many calls → log-posteriors of syllable units, one ONNX session for all.

Trained on synthetic voices only (models/recogniser/CARD.md): it does not recognise people.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from core.artifacts import artifact
from core.errors import ConfigurationError
from speech.recognition import features
from speech.recognition.units import UNITS
from speech.types import DIALECTS

Floats = NDArray[np.float32]
_NO_END = 1 << 40
_LEAST_AT_ONCE: Final = 3
"""Streams that one step always takes."""
_STEP_MS: Final = 20
"""Calls step so often."""


@dataclass(slots=True)
class AcousticState:
    """One stream's memory, about 50 kB. Made by ``AcousticModel.new_state`` and changed in place by the model."""

    cache: Floats
    """Convolution caches (frames, width)."""
    ear: features.FeatureState = field(default_factory=features.FeatureState)
    start: int = 0
    """Frames of the utterance already seen by the network."""
    dialect: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))
    """Gated sums of the three dialect logits, and of the gate, over the call."""


class AcousticModel:
    """Shared by all calls of a process; not safe for concurrent ``step`` calls from several threads.

    ``path`` is the folder of ``acoustic.onnx`` and ``acoustic.json`` (default: the shipped one), ``threads`` the
    session's intra-op threads, ``chunk_ms`` 160 or 320: audio per network run (320 costs half as much, 160 reacts
    sooner). Raises ConfigurationError when the files are missing or made for other units.
    """

    def __init__(self, path: Path | None = None, threads: int = 1, chunk_ms: int = 160) -> None:
        folder = path or artifact("models", "recogniser", "acoustic.onnx").parent
        facts = json.loads((folder / "acoustic.json").read_text(encoding="utf-8"))
        if facts["units"] != hashlib.sha256("\n".join(UNITS).encode()).hexdigest()[:16]:
            raise ConfigurationError(
                "Mô hình nhận dạng không khớp với phiên bản Alô này. Hãy cài lại Alô.",
                "The acoustic model was trained for other units. Reinstall Alô or run models/recogniser/export.py.",
            )
        self._stack = int(facts["stack"])
        self.frame_ms: int = self._stack * int(facts["feature_ms"])
        """Length of an output frame."""
        if chunk_ms <= 0 or chunk_ms % self.frame_ms:
            raise ConfigurationError(
                f"chunk_ms phải là bội số của {self.frame_ms}.", f"chunk_ms must be a multiple of {self.frame_ms}."
            )
        self._chunk = chunk_ms // self.frame_ms
        self._lag = int(facts["lookahead_frames"])
        self.lookahead_ms: int = self._lag * self.frame_ms
        """Audio that must follow a frame before its posteriors appear (the feature window adds 30 ms)."""
        self._dialect_lag = int(facts["dialect_lag_frames"])
        self._cache_shape = (int(facts["cache_frames"]), int(facts["width"]))
        self.n_units = len(UNITS)
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(folder / "acoustic.onnx", options, providers=["CPUExecutionProvider"])

    def new_state(self) -> AcousticState:
        """State of a stream at the start of a call."""
        return AcousticState(np.zeros(self._cache_shape, np.float32))

    def step(self, states: Sequence[AcousticState], audio: Sequence[NDArray[np.int16]]) -> list[Floats]:
        """New frames of each stream: log-posteriors (T_i, n_units), T_i ≥ 0.

        ``audio`` is mono int16 at 8 kHz, any length including none. Streams may be at different points.
        Output frame k of an utterance covers its milliseconds [k, k + 1) · ``frame_ms``.
        Raises ValueError if the two sequences differ in length.
        """
        need = self._chunk * self._stack
        chunks = self._due(states, audio)
        frames = features.extract([s.ear for s in states], audio, [count * need for count in chunks])
        out: list[list[Floats]] = [[] for _ in states]
        for turn in range(max(chunks, default=0)):
            ready = [k for k, count in enumerate(chunks) if count > turn]
            chunk = np.stack([frames[k][turn * need : (turn + 1) * need] for k in ready])
            for k, rows in zip(ready, self._run([states[k] for k in ready], chunk, None), strict=True):
                out[k].append(rows)
        return [np.concatenate(parts) if parts else self._none() for parts in out]

    def _due(self, states: Sequence[AcousticState], audio: Sequence[NDArray[np.int16]]) -> list[int]:
        """Chunks of each stream to be read now: all that are complete, unless many streams have one.

        Then some wait for the next step, so as not to hold up everybody's sound. Twice as many are taken as come due
        on average, the oldest first, and whoever has a second chunk waiting.
        """
        need = self._chunk * self._stack
        ready = [features.ready(state.ear, len(pcm)) for state, pcm in zip(states, audio, strict=True)]
        due = sorted((k for k, frames in enumerate(ready) if frames >= need), key=lambda k: -ready[k])
        most = max(_LEAST_AT_ONCE, len(states) * 2 * _STEP_MS // (self._chunk * self.frame_ms))
        chunks = [frames // need for frames in ready]
        for k in due[most:]:
            if chunks[k] == 1:
                chunks[k] = 0
        return chunks

    def flush(self, states: Sequence[AcousticState]) -> list[Floats]:
        """The remaining frames of each stream's utterance, as if it ended here. Call ``reset_utterance`` next."""
        if not states:
            return []
        frames = features.flush([s.ear for s in states])
        counts = [-(-len(rows) // self._stack) for rows in frames]
        longest = max(counts) + self._lag
        chunk = np.zeros((len(states), longest * self._stack, features.N_FEATURES), np.float32)
        for k, rows in enumerate(frames):
            chunk[k, : len(rows)] = rows
        ends = [state.start + count for state, count in zip(states, counts, strict=True)]
        return self._run(states, chunk, ends)

    def rest(self, state: AcousticState) -> Floats:
        """What ``flush`` would return for one stream, which is left as it was."""
        return self.flush([replace(state, ear=replace(state.ear), dialect=state.dialect.copy())])[0]

    def dialect(self, state: AcousticState) -> dict[str, float]:
        """Probabilities of the caller's dialect from all speech of the call so far; even at the start."""
        logits = state.dialect[:3] / (state.dialect[3] + 1.0)
        share = np.exp(logits - logits.max())
        return {name: float(p) for name, p in zip(DIALECTS, share / share.sum(), strict=True)}

    def reset_utterance(self, state: AcousticState, keep_speaker: bool = True) -> None:
        """Start a new utterance at time 0. ``keep_speaker`` keeps the caller's pitch statistics and dialect."""
        features.reset(state.ear, keep_speaker)
        state.cache = np.zeros(self._cache_shape, np.float32)
        state.start = 0
        if not keep_speaker:
            state.dialect = np.zeros(4)

    def _none(self) -> Floats:
        return np.zeros((0, self.n_units), np.float32)

    def _run(self, states: Sequence[AcousticState], chunk: Floats, ends: list[int] | None) -> list[Floats]:
        """One network run for all ``states``; ``chunk`` is (S, n · stack, features). Drops frames of no time."""
        n = chunk.shape[1] // self._stack
        start = np.array([s.start for s in states], np.int64)
        end = np.array(ends, np.int64) if ends else np.full(len(states), _NO_END, np.int64)
        posteriors, dialect, cache = self._session.run(
            ["log_posteriors", "dialect", "new_cache"],
            {
                "features": chunk.reshape(len(states), n, -1),
                "start": start,
                "end": end,
                "cache": np.stack([s.cache for s in states]),
            },
        )
        out = []
        for k, state in enumerate(states):
            self._count_dialect(state, dialect[k], int(end[k]))
            first = max(0, self._lag - state.start)
            last = min(n, int(end[k]) - state.start + self._lag)
            out.append(np.ascontiguousarray(posteriors[k, first:last]) if last > first else self._none())
            state.cache = cache[k].copy()
            state.start += n
        return out

    def _count_dialect(self, state: AcousticState, rows: Floats, end: int) -> None:
        time = state.start - self._dialect_lag + np.arange(len(rows))
        rows = rows[(time >= 0) & (time < end)].astype(np.float64)
        gate = 1.0 / (1.0 + np.exp(-rows[:, 3]))
        state.dialect[:3] += gate @ rows[:, :3]
        state.dialect[3] += gate.sum()

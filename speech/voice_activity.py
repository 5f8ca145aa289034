"""Is somebody speaking? Silero VAD (from the Pipecat wheel), one session for all calls, and the decision on top of it.

The network gives a probability per 32 ms window; ``SpeechDecision`` turns the row of probabilities into speech with a
beginning and an end, with hysteresis and with thresholds that follow the line's own noise.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from core.errors import ConfigurationError

WINDOW_SAMPLES: Final = 256
WINDOW_MS: Final = 32
"""Silero's only window at 8 kHz."""

_CONTEXT_SAMPLES: Final = 32
_STATE_SIZE: Final = 128
# Non-speech drifts the recurrent state until speech is under-reported (long silence at 8 kHz above all), so a quiet
# stream is reset about every two seconds: figures of Pipecat 1.14, audio/vad/silero.py.
_RESET_WINDOWS: Final = 2000 // WINDOW_MS
_RESET_QUIET_WINDOWS: Final = 5
_RESET_BELOW: Final = 0.1


def silero_path() -> Path:
    """The network's file inside the installed ``pipecat`` package, found without importing the package.

    Raises ConfigurationError when it is not there.
    """
    spec = importlib.util.find_spec("pipecat")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place, "audio", "vad", "data", "silero_vad.onnx")
        if path.is_file():
            return path
    raise ConfigurationError(
        "Không tìm thấy mô hình Silero VAD trong gói pipecat-ai. Hãy cài lại: pip install 'pipecat-ai>=1.14,<1.15'.",
        "Silero VAD was not found in the package pipecat-ai. Reinstall it: pip install 'pipecat-ai>=1.14,<1.15'.",
    )


class SileroVad:
    """One ONNX session on one thread; streams are rows of its state arrays, numbered by ``open``."""

    def __init__(self, path: Path | None = None, *, capacity: int = 32) -> None:
        options = ort.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(
            str(path or silero_path()), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._rate = np.array(8000, np.int64)
        self._free: list[int] = []
        self._size = 0
        self._state = np.zeros((2, 0, _STATE_SIZE), np.float32)
        self._context = np.zeros((0, _CONTEXT_SAMPLES), np.float32)
        self._since_reset = np.zeros(0, np.int32)
        self._quiet = np.zeros(0, np.int32)
        self._grow(capacity)

    def open(self) -> int:
        """A row for a new stream."""
        if not self._free:
            self._grow(self._size)
        row = self._free.pop()
        self._reset(np.array([row]))
        self._quiet[row] = 0
        return row

    def close(self, row: int) -> None:
        """Give the row back."""
        self._free.append(row)

    def step(self, rows: Sequence[int], windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """Speech probability, shape [B], of one new window, shape [B, 256], for each of the streams ``rows``."""
        index = np.asarray(rows)
        audio = np.concatenate((self._context[index], windows.astype(np.float32) / 32768.0), axis=1)
        inputs = {"input": audio, "state": self._state[:, index], "sr": self._rate}
        output, state = self._session.run(None, inputs)
        self._state[:, index] = state
        self._context[index] = audio[:, -_CONTEXT_SAMPLES:]
        probability: NDArray[np.float32] = output[:, 0]
        self._reset_quiet(index, probability)
        return probability

    def _reset_quiet(self, index: NDArray[np.intp], probability: NDArray[np.float32]) -> None:
        self._since_reset[index] += 1
        self._quiet[index] = np.where(probability < _RESET_BELOW, self._quiet[index] + 1, 0)
        due = (self._since_reset[index] >= _RESET_WINDOWS) & (self._quiet[index] >= _RESET_QUIET_WINDOWS)
        if due.any():
            self._reset(index[due])

    def _reset(self, index: NDArray[np.intp]) -> None:
        self._state[:, index] = 0
        self._context[index] = 0
        self._since_reset[index] = 0

    def _grow(self, by: int) -> None:
        def longer(array: NDArray, axis: int = 0) -> NDArray:
            shape = list(array.shape)
            shape[axis] = by
            return np.concatenate((array, np.zeros(shape, array.dtype)), axis=axis)

        self._state = longer(self._state, 1)
        self._context = longer(self._context)
        self._since_reset = longer(self._since_reset)
        self._quiet = longer(self._quiet)
        self._free.extend(reversed(range(self._size, self._size + by)))
        self._size += by


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """Thresholds of ``SpeechDecision``. Probabilities are Silero's, levels are dB below full scale.

    Set on 300 synthetic utterances (five voices, A-law) clean and in white, pink and babble noise down to 5 dB. None
    was cut in two for longer than 200 ms; at 10 dB of white or pink noise all were found and ends came 0…370 ms late.
    """

    start_probability: float = 0.5
    end_probability: float = 0.35
    """Hysteresis: speech goes on until the probability falls below this."""
    start_windows: int = 2
    """So many windows of the last ``start_windows + 1`` must be speech: one window is a click."""
    end_windows: int = 4
    """So many windows in a row below ``end_probability`` end speech: stops and tones' glottal gaps are shorter."""
    noise_margin: float = 0.3
    """The thresholds are raised so that they stay this far above what the line's noise alone scores."""
    least_snr_db: float = 1.0
    """Speech must be this much louder than the noise floor. More cuts weak final syllables off at 10 dB."""
    least_level_db: float = -55.0


class SpeechDecision:
    """Pure: one probability and level per window in; speaking or not, since when, out. Time is the caller's."""

    __slots__ = ("_below", "_floor_db", "_noise_score", "_options", "_recent", "end_ms", "speaking", "start_ms")

    def __init__(self, options: SpeechOptions = SpeechOptions()) -> None:
        self._options = options
        self._recent: list[bool] = []
        self._below = 0
        self._noise_score = 0.0
        self._floor_db = -60.0
        self.speaking = False
        self.start_ms = 0
        """Beginning of the latest speech."""
        self.end_ms = 0
        """Its end so far; moves on while ``speaking``."""

    def update(self, probability: float, level_db: float, window_end_ms: int) -> bool:
        """Take the next window; True if ``speaking`` changed."""
        options = self._options
        start_at = min(max(options.start_probability, self._noise_score + options.noise_margin), 0.85)
        end_at = min(max(options.end_probability, self._noise_score + options.noise_margin / 2), start_at - 0.1)
        loud = level_db > max(self._floor_db + options.least_snr_db, options.least_level_db)
        if self.speaking:
            return self._while_speaking(loud and probability >= end_at, window_end_ms)
        self._learn_noise(probability, level_db)
        self._recent.append(loud and probability >= start_at)
        del self._recent[: -(options.start_windows + 1)]
        if sum(self._recent) < options.start_windows:
            return False
        self.start_ms = window_end_ms - WINDOW_MS * (len(self._recent) - self._recent.index(True))
        self.end_ms = window_end_ms
        self.speaking, self._below = True, 0
        self._recent.clear()
        return True

    def _while_speaking(self, speech: bool, window_end_ms: int) -> bool:
        if speech:
            self._below = 0
            self.end_ms = window_end_ms
            return False
        self._below += 1
        if self._below < self._options.end_windows:
            return False
        self.speaking = False
        return True

    def _learn_noise(self, probability: float, level_db: float) -> None:
        # Falls fast, rises slowly: a floor, not a mean, so that the first syllables do not lift it.
        self._noise_score += (probability - self._noise_score) * (0.2 if probability < self._noise_score else 0.01)
        self._floor_db += (level_db - self._floor_db) * (0.3 if level_db < self._floor_db else 0.03)

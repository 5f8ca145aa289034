"""Smart Turn v3.2 (from the Pipecat wheel): whether a turn sounds finished. One session and one thread for all calls.

It costs some 50 ms of CPU a question, so it is asked off the event loop, only where the words leave a doubt
(``end_of_turn.disagree``), and nobody waits for it: an answer that is not there in time changes nothing.
"""

from __future__ import annotations

import importlib.util
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
import soxr
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as state

from core.errors import ConfigurationError
from speech.types import SAMPLE_RATE_HZ

HEARD_MS: Final = 8000
"""It hears the last eight seconds of a turn."""
MOST_WAITING: Final = 8
"""Questions under way at a time: more would be answered too late."""
_RATE_HZ: Final = 16_000
_SAMPLES: Final = HEARD_MS * _RATE_HZ // 1000
_NO_MODEL: Final = (state.Fail, state.InvalidGraph, state.InvalidProtobuf, state.NoSuchFile, state.RuntimeException)
"""What ONNX Runtime says of a file that is none; these have no base of their own."""


def smart_turn_path() -> Path:
    """The network's file inside the installed ``pipecat`` package. Raises ConfigurationError when it is not there."""
    spec = importlib.util.find_spec("pipecat")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place, "audio", "turn", "smart_turn", "data", "smart-turn-v3.2-cpu.onnx")
        if path.is_file():
            return path
    raise ConfigurationError(
        "Không tìm thấy mô hình Smart Turn v3.2 trong gói pipecat-ai. Hãy cài lại: "
        "pip install 'pipecat-ai>=1.14,<1.15', hoặc bỏ ALO_SMART_TURN.",
        "Smart Turn v3.2 was not found in the package pipecat-ai. Reinstall it: pip install 'pipecat-ai>=1.14,<1.15', "
        "or unset ALO_SMART_TURN.",
    )


class SmartTurn:
    """Shared by all calls of a process; ``ask`` is called from the engine's thread and returns at once."""

    def __init__(self, path: Path | None = None, *, inline: bool = False) -> None:
        """``inline`` answers in the caller's thread, for rehearsals whose time stands still meanwhile.

        Raises ConfigurationError if the file is missing or cannot be opened.
        """
        self._session = _opened(path or smart_turn_path())
        from pipecat.audio.turn.smart_turn._whisper_features import compute_whisper_log_mel_features

        self._features = compute_whisper_log_mel_features
        self._worker = None if inline else ThreadPoolExecutor(1, thread_name_prefix="smart-turn")
        self._waiting: deque[Future[float]] = deque()
        self.asked, self.refused, self.cpu_s = 0, 0, 0.0
        """Questions taken and turned away; CPU time of the answers."""

    def ask(self, pcm: NDArray[np.int16]) -> Future[float] | None:
        """How likely the turn ``pcm`` (int16 at 8 kHz) is over; None if too many questions wait already.

        Cancel the answer when nobody needs it any more.
        """
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()
        if len(self._waiting) >= MOST_WAITING:
            self.refused += 1
            return None
        self.asked += 1
        if self._worker is not None:
            answer = self._worker.submit(self._probability, pcm)
            self._waiting.append(answer)
            return answer
        answer = Future()
        answer.set_result(self._probability(pcm))
        return answer

    def close(self) -> None:
        """End the thread; questions that wait are dropped."""
        if self._worker is not None:
            self._worker.shutdown(cancel_futures=True)

    def _probability(self, pcm: NDArray[np.int16]) -> float:
        begun_s = time.thread_time()
        heard = pcm[-HEARD_MS * SAMPLE_RATE_HZ // 1000 :].astype(np.float32) / 32768
        wide = soxr.resample(heard, SAMPLE_RATE_HZ, _RATE_HZ)[-_SAMPLES:]
        features = self._features(np.pad(wide, (_SAMPLES - len(wide), 0)))
        (found,) = self._session.run(None, {"input_features": features[None]})
        self.cpu_s += time.thread_time() - begun_s
        return float(np.ravel(found)[0])


def _opened(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except _NO_MODEL as error:
        kind = type(error).__name__
        raise ConfigurationError(
            f"Không mở được mô hình Smart Turn ({kind}). Hãy cài lại pipecat-ai, hoặc bỏ ALO_SMART_TURN.",
            f"Smart Turn's model cannot be opened ({kind}). Reinstall pipecat-ai, or unset ALO_SMART_TURN.",
            where=str(path),
        ) from error

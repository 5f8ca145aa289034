"""Call recordings: 8 kHz stereo WAV, customer left and bot right, written as the call goes on.

The media loop only appends references; one thread shared by all calls decodes, interleaves and writes, and keeps the
header true after every piece, so that a killed process leaves playable files.
"""

from __future__ import annotations

import queue
import threading
import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from core.logging import get_logger
from speech import codecs
from speech.codecs import Codec
from speech.types import FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE_HZ

_FLUSH_FRAMES: Final = 5000 // FRAME_MS
_Frames = list[tuple[NDArray[np.int16], bytes | None]]
_log = get_logger("telephony.recording")


class RecordingWriter:
    """The thread and the folder of all recordings of a process."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigurationError if the folder cannot be made or written to."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".alo-write-test"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise ConfigurationError(
                f"Không ghi được vào thư mục ghi âm ({error.strerror}). Hãy đổi ALO_DATA_DIR hoặc cấp quyền ghi.",
                f"The recordings folder cannot be written ({error.strerror}). Change ALO_DATA_DIR or its permissions.",
                where=str(folder),
            ) from error
        self.folder = folder
        self._jobs: queue.SimpleQueue[tuple[Recorder, _Frames, bool] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recording-writer", daemon=True)
        self._thread.start()

    def open(self, conversation_id: str, codec: Codec) -> Recorder:
        """A recorder for one call; the file appears with its first seconds."""
        return Recorder(self, self.folder / f"{conversation_id}.wav", codec)

    def close(self) -> None:
        """Write what waits and stop."""
        self._jobs.put(None)
        self._thread.join()

    def submit(self, recorder: Recorder, frames: _Frames, *, last: bool) -> None:
        """Hand frames to the thread."""
        self._jobs.put((recorder, frames, last))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            recorder, frames, last = job
            try:
                recorder.write(frames, last=last)
            except OSError as error:
                _log.error("recording.write_failed", file=recorder.path.name, error=str(error))
                recorder.broken = True
            finally:
                if last:
                    recorder.written.set()


class Recorder:
    """One call's recording. ``add`` belongs to the media loop, ``write`` to the writer's thread."""

    def __init__(self, writer: RecordingWriter, path: Path, codec: Codec) -> None:
        self.path = path
        self.frames = 0
        self.broken = False
        self.written = threading.Event()
        self._writer = writer
        self._codec = codec
        self._frame = np.zeros(FRAME_SAMPLES, np.int16)
        self._pending: _Frames = []
        self._file: wave.Wave_write | None = None

    @property
    def duration_ms(self) -> int:
        """Length so far."""
        return self.frames * FRAME_MS

    def hear(self, customer: NDArray[np.int16]) -> None:
        """20 ms of what was heard, int16 PCM; ``say`` with what was sent in them must follow."""
        self._frame = customer

    def say(self, bot: bytes | None) -> None:
        """What was sent in these 20 ms: G.711, None for silence."""
        self.frames += 1
        self._pending.append((self._frame, bot))
        if len(self._pending) >= _FLUSH_FRAMES:
            self._writer.submit(self, self._pending, last=False)
            self._pending = []

    def close(self) -> None:
        """No more frames will come."""
        self._writer.submit(self, self._pending, last=True)
        self._pending = []

    def write(self, frames: _Frames, *, last: bool) -> None:
        """Append to the file. Raises OSError."""
        if frames and not self.broken:
            if self._file is None:
                self._file = wave.open(str(self.path), "wb")  # noqa: SIM115 - open until the call ends
                self._file.setnchannels(2)
                self._file.setsampwidth(2)
                self._file.setframerate(SAMPLE_RATE_HZ)
            self._file.writeframes(self._interleave(frames))
        if last and self._file is not None:
            self._file.close()
            self._file = None

    def _interleave(self, frames: _Frames) -> bytes:
        silent = codecs.silence(FRAME_SAMPLES, self._codec)
        stereo = np.empty((len(frames) * FRAME_SAMPLES, 2), "<i2")
        stereo[:, 0] = np.concatenate([customer for customer, _ in frames])
        stereo[:, 1] = codecs.decode(b"".join(bot or silent for _, bot in frames), self._codec)
        return stereo.tobytes()

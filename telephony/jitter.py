"""From packets that come early, late, twice or never to one frame every 20 ms. Pure, per call.

The delay starts at two packets, grows by one when the line runs dry and shrinks again when a second has passed without
need for it. A lost packet is bridged by the one before, faded; after 60 ms of loss there is silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from speech import codecs
from speech.codecs import Codec
from speech.types import FRAME_MS, FRAME_SAMPLES
from telephony.carrier import MediaPacket

_BRIDGED_FRAMES: Final = 3
_FADE: Final = 0.6
_SILENT: Final = np.zeros(FRAME_SAMPLES, np.int16)
_LATE_LIMIT: Final = 50
"""A packet this many frames behind is a new stream, not a late packet."""


@dataclass(slots=True)
class JitterStats:
    """Counts of frames."""

    played: int = 0
    lost: int = 0
    late: int = 0
    dropped: int = 0


class JitterBuffer:
    """One direction of one call."""

    def __init__(self, codec: Codec, *, start_frames: int = 2, max_frames: int = 10) -> None:
        self.stats = JitterStats()
        self._codec = codec
        self._start = start_frames
        self._max = max_frames
        self._waiting: dict[int, bytes] = {}
        self._next: int | None = None
        self._filling = True
        self._last: NDArray[np.int16] = _SILENT
        self._bridged = _BRIDGED_FRAMES
        self._least_depth = max_frames
        self._since_shrink = 0

    @property
    def delay_ms(self) -> int:
        """Audio that waits at this moment."""
        return len(self._waiting) * FRAME_MS

    def put(self, packet: MediaPacket) -> None:
        """A packet has come."""
        if self._next is not None and packet.sequence < self._next:
            if self._next - packet.sequence < _LATE_LIMIT:
                self.stats.late += 1
                return
            self._waiting.clear()
            self._next, self._filling = None, True
        self._waiting[packet.sequence] = packet.payload

    def pop(self) -> NDArray[np.int16]:
        """The frame to hear now: 160 samples of int16."""
        if self._filling:
            if len(self._waiting) < self._start:
                return self._bridge()
            self._filling = False
            self._next = min(self._waiting)
        if not self._waiting:
            # Ran dry: wait without moving on, so that what is late is still heard, a frame later than before.
            return self._bridge()
        assert self._next is not None
        payload = self._waiting.pop(self._next, None)
        self._next += 1
        self._shrink()
        if payload is None:
            self.stats.lost += 1
            return self._bridge()
        self.stats.played += 1
        self._bridged = 0
        self._last = codecs.decode(payload, self._codec)
        return self._last

    def _bridge(self) -> NDArray[np.int16]:
        if self._bridged >= _BRIDGED_FRAMES:
            return _SILENT
        self._bridged += 1
        self._last = (self._last * _FADE).astype(np.int16)
        return self._last

    def _shrink(self) -> None:
        """Throw a frame away when more than the start depth has waited all through the last second."""
        depth = len(self._waiting)
        self._least_depth = min(self._least_depth, depth)
        self._since_shrink += 1
        if depth > self._max or (self._since_shrink >= 50 and self._least_depth >= self._start):
            assert self._next is not None
            if self._waiting.pop(self._next, None) is not None:
                self.stats.dropped += 1
            self._next += 1
        if self._since_shrink >= 50 or depth > self._max:
            self._least_depth, self._since_shrink = self._max, 0

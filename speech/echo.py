"""Is what comes in only the bot's own voice, come back from the far end? Pure; sound goes in, an answer comes out.

A speakerphone or a bad hybrid returns what the bot says some 20 to 500 ms later and weaker. Where the way back is
nearly linear the waves themselves match at one delay, which 300 ms show beyond doubt. Where codecs and rooms have bent
them, the loudness still rises and falls with what was sent; that takes twice as long and is less sure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from speech import codecs
from speech.codecs import Codec
from speech.end_of_turn import plain
from speech.types import FRAME_SAMPLES

Floats = NDArray[np.float32]

FRAME_MS: Final = 20
_WINDOW: Final = 32
"""Frames of levels compared: 640 ms, so that two or three syllables are in them."""
_MOST_DELAY: Final = 30
"""Frames: 600 ms, a mobile network's and a little more."""
_WAVE: Final = 16
"""Frames of sound compared: 320 ms. In 160 ms two voices of one pitch can look the same."""
_FFT: Final = 8192
"""Holds _WAVE + _MOST_DELAY frames."""
_SAME_WAVE: Final = 0.6
"""Least correlation of the waves. All of 150 echoes 8 to 22 dB weaker, in noise, were above, all others' speech below
0.45."""
_SAME_WAVE_THERE: Final = 0.45
"""The same at the delay that this line is known for."""
_NEAR: Final = 16
"""Samples by which a known delay may be off."""
_KNOWN: Final = 6
"""So many matches at one delay make it known."""
_LEAST_RMS: Final = 30.0
"""Softer sound than this, of 32,768, is not compared."""
_ALIKE: Final = 0.7
"""Least correlation of levels in dB: reached by 96 % of echoes and, with the level that an echo has, by 4 % of what
other people say."""
_VOTES: Final = 10
"""Comparisons that must agree by majority: one is often wrong, ten in a row seldom are."""
_WEAKER_DB: Final = 4.0
"""An echo has lost at least so much on its way."""
_FLOOR_DB: Final = -60.0
_SAME_WORDS: Final = 85.0
_FEWEST_WORDS: Final = 3
"""People do say two syllables of what they just heard, to agree or to ask back."""


def repeats(heard: str, said: str, fewest: int = _FEWEST_WORDS) -> bool:
    """Are the words ``heard`` while the bot spoke a stretch of what it ``said``?"""
    words = plain(heard)
    return len(words.split()) >= fewest and fuzz.partial_ratio(words, plain(said)) >= _SAME_WORDS


class EchoGuard:
    """One call's. ``update`` once per 20 ms while the bot speaks; ``said`` gives what of its turn has sounded."""

    __slots__ = ("_at", "_codec", "_heard", "_known", "_matches", "_said", "_sent", "_votes")

    def __init__(self, said: Callable[[], str], codec: Codec) -> None:
        self._said = said
        self._codec: Codec = codec
        self._sent: deque[bytes] = deque(maxlen=_WINDOW + _MOST_DELAY)
        self._heard: deque[NDArray[np.int16]] = deque(maxlen=_WINDOW)
        self._votes: deque[bool] = deque(maxlen=_VOTES)
        self._known = False
        self._at = 0
        """Delay in samples at which the waves matched last."""
        self._matches = 0
        self.clear()

    def clear(self) -> None:
        """A new turn of the bot's begins. Whether and how late this line echoes is remembered."""
        self._sent.extend([codecs.silence(FRAME_SAMPLES, self._codec)] * (_WINDOW + _MOST_DELAY))
        self._heard.clear()
        self._votes.clear()

    def update(self, sent: bytes | None, heard: NDArray[np.int16]) -> None:
        """The packet just sent (None: silence) and the latest 20 ms from the line. Cheap: kept for when ``echo`` is
        asked."""
        self._sent.append(sent or codecs.silence(FRAME_SAMPLES, self._codec))
        self._heard.append(heard)

    def echo(self) -> bool | None:
        """Is what is heard now the bot's own voice? None: too early in the bot's turn to tell (first 640 ms), on a line
        that has not echoed before. Ask every 20 ms while somebody seems to speak; a millisecond."""
        sent = codecs.decode(b"".join(self._sent), self._codec).astype(np.float32)
        if len(self._heard) >= _WAVE and self._same_wave(sent):
            self._known = True
            return True
        if self._matches >= _KNOWN:  # This line's echoes do match.
            return len(self._heard) < _WAVE
        if len(self._heard) < _WINDOW:
            return True if self._known else None
        self._votes.append(self._alike(sent))
        found = 2 * sum(self._votes) > len(self._votes)
        self._known = self._known or (found and len(self._votes) == _VOTES)
        return found

    def own_words(self, heard: str) -> bool:
        """Are these the words that the bot is saying? For moments at which ``echo`` cannot tell yet."""
        return repeats(heard, self._said(), 1 if self._known else _FEWEST_WORDS)

    def _same_wave(self, sent: Floats) -> bool:
        heard = np.concatenate(list(self._heard)[-_WAVE:]).astype(np.float32)
        sent = sent[-(_WAVE + _MOST_DELAY) * FRAME_SAMPLES :]
        length = len(heard)
        if float(np.mean(heard**2)) < _LEAST_RMS**2:
            return False
        spectrum = np.conj(np.fft.rfft(heard, _FFT)) * np.fft.rfft(sent, _FFT)
        products = np.fft.irfft(spectrum, _FFT)[: len(sent) - length + 1]
        power = np.concatenate(([0.0], np.cumsum(sent.astype(np.float64) ** 2)))
        power = np.maximum(power[length:] - power[:-length], length * _LEAST_RMS**2)
        alike = np.abs(products) / np.sqrt(power * np.sum(heard.astype(np.float64) ** 2))
        best = int(alike.argmax())
        delay = len(sent) - length - best
        near = abs(delay - self._at) <= _NEAR
        if self._matches >= _KNOWN and near:
            return bool(alike[best] >= _SAME_WAVE_THERE)
        if alike[best] < _SAME_WAVE:
            return False
        self._matches = self._matches + 1 if near else 1
        self._at = delay
        return True

    def _alike(self, sound: Floats) -> bool:
        heard = _levels(np.concatenate(self._heard).astype(np.float32))
        sent = np.lib.stride_tricks.sliding_window_view(_levels(sound), _WINDOW)
        level, levels = heard.mean(), sent.mean(axis=1)
        heard = heard - level
        moved = sent - levels[:, None]
        alike = (moved @ heard) / (np.linalg.norm(heard) * np.linalg.norm(moved, axis=1) + 1e-6)
        return bool(np.any((alike >= _ALIKE) & (level <= levels - _WEAKER_DB)))


def _levels(sound: Floats) -> Floats:
    """Level of each 20 ms, dB below full scale."""
    power = np.mean(np.square(sound.reshape(-1, FRAME_SAMPLES) / 32768), axis=1)
    return np.maximum(10 * np.log10(power + 1e-10), _FLOOR_DB)

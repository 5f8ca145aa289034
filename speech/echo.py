"""Is what comes in only the bot's own voice, come back from the far end? Pure; levels go in, an answer comes out.

A speakerphone or a bad hybrid returns what the bot says some 20 to 500 ms later and weaker. Its loudness then rises and
falls with what was sent, shifted by the delay: that is what is compared, since codecs and rooms leave it as it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from rapidfuzz import fuzz

from speech.end_of_turn import plain

FRAME_MS: Final = 20
_WINDOW: Final = 32
"""Frames compared: 640 ms, so that two or three syllables are in them."""
_MOST_DELAY: Final = 30
"""Frames: 600 ms, a mobile network's and a little more."""
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

    __slots__ = ("_heard", "_known", "_said", "_sent", "_votes")

    def __init__(self, said: Callable[[], str]) -> None:
        self._said = said
        self._sent: deque[float] = deque(maxlen=_WINDOW + _MOST_DELAY)
        self._heard: deque[float] = deque(maxlen=_WINDOW)
        self._votes: deque[bool] = deque(maxlen=_VOTES)
        self._known = False
        self.clear()

    def clear(self) -> None:
        """A new turn of the bot's begins. Whether this line echoes is remembered."""
        self._sent.extend([_FLOOR_DB] * (_WINDOW + _MOST_DELAY))
        self._heard.clear()
        self._votes.clear()

    def update(self, sent_db: float, heard_db: float) -> None:
        """Levels of the packet just sent and of the latest audio from the line, dB below full scale."""
        self._sent.append(max(sent_db, _FLOOR_DB))
        self._heard.append(max(heard_db, _FLOOR_DB))

    def echo(self) -> bool | None:
        """Is what is heard now the bot's own voice? None: too early in the bot's turn to tell (first 640 ms), on a line
        that has not echoed before. Ask every 20 ms while somebody seems to speak."""
        if len(self._heard) < _WINDOW:
            return True if self._known else None
        self._votes.append(self._alike())
        found = 2 * sum(self._votes) > len(self._votes)
        self._known = self._known or (found and len(self._votes) == _VOTES)
        return found

    def own_words(self, heard: str) -> bool:
        """Are these the words that the bot is saying? For moments at which ``echo`` cannot tell yet."""
        return repeats(heard, self._said(), 1 if self._known else _FEWEST_WORDS)

    def _alike(self) -> bool:
        heard = np.array(self._heard)
        sent = np.lib.stride_tricks.sliding_window_view(np.array(self._sent), _WINDOW)
        level, levels = heard.mean(), sent.mean(axis=1)
        heard -= level
        moved = sent - levels[:, None]
        alike = (moved @ heard) / (np.linalg.norm(heard) * np.linalg.norm(moved, axis=1) + 1e-6)
        return bool(np.any((alike >= _ALIKE) & (level <= levels - _WEAKER_DB)))

"""LocalAgreement-2: of a reading that is made again and again over growing audio, the part that will stay.

A word counts as stable once two readings in a row begin with the same words up to it (Macháček et al. 2023,
"Turning Whisper into Real-Time Transcription System"). What is stable is never taken back in a turn.
"""

from __future__ import annotations

from collections.abc import Sequence


class Agreement:
    """The stable prefix of one turn."""

    def __init__(self) -> None:
        self.stable: tuple[str, ...] = ()
        self._last: tuple[str, ...] = ()

    def update(self, words: Sequence[str]) -> tuple[str, ...]:
        """Take a new reading; the stable words."""
        now = tuple(words)
        agreed = 0
        for one, other in zip(self._last, now, strict=False):
            if one != other:
                break
            agreed += 1
        if agreed > len(self.stable) and now[: len(self.stable)] == self.stable:
            self.stable = now[:agreed]
        elif agreed > len(self.stable):  # Early words were read otherwise since: only what comes after them is news.
            self.stable = self.stable + now[len(self.stable) : agreed]
        self._last = now
        return self.stable

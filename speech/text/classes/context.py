"""Where a recogniser stands in a written text, and what it offers."""

from __future__ import annotations

from dataclasses import dataclass, field

from speech.text.classes.reading import Reader


@dataclass(frozen=True, slots=True)
class Offer:
    """A reading of the text from where the recogniser stood up to ``end``."""

    end: int
    kind: str
    spoken: str


@dataclass(slots=True)
class Context:
    """The text being read and the voice that reads it."""

    text: str
    reader: Reader
    _words: tuple[int, list[str]] = field(default=(-1, []))

    def before(self, at: int) -> list[str]:
        """The words (lower case, no punctuation at their ends) among the 48 characters before ``at``."""
        if self._words[0] != at:
            start = max(0, at - 48)
            words = [w.strip(".,:;!?()\"'#") for w in self.text[start:at].lower().split()]
            self._words = (at, [w for w in words if w])
        return self._words[1]

    def digit(self, at: int) -> bool:
        """Is there an ASCII digit at ``at``?"""
        return at < len(self.text) and "0" <= self.text[at] <= "9"

    @staticmethod
    def groups(digits: str) -> list[str]:
        """Digits in groups to be said in one breath: fours when they divide evenly, else threes, never a lone digit."""
        n = len(digits)
        if n <= 4:
            return [digits]
        if n % 3 and n % 4 == 0:
            return [digits[k : k + 4] for k in range(0, n, 4)]
        cut = n - (4 if n % 3 == 1 else n % 3 or 3)
        return [*(digits[k : k + 3] for k in range(0, cut, 3)), digits[cut:]]

"""Words of a flow typed without tone marks: "chon ghe cua so" is "chọn ghế cửa sổ" where the flow speaks of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from agent.flows.model import Flow
from speech.text.normalize import strip_marks
from speech.text.teencode import restore

_EDGES: Final = ".,;:!?…"


def readable(text: str, flow: Flow) -> str:
    """What was typed, with teencode spelt out and marks put back; the flow's own phrases stand above likelihood."""
    restored = restore(text).text
    if strip_marks(text) != text:
        return restored
    phrases = _phrases(flow)
    longest = max(map(len, phrases), default=0)
    words = restored.split()
    plain = [_plain(word) for word in words]
    k = 0
    while k < len(words):
        most = min(longest, len(words) - k)
        size = next((n for n in range(most, 1, -1) if tuple(plain[k : k + n]) in phrases), 0)
        if size:
            edge = words[k + size - 1][len(words[k + size - 1].rstrip(_EDGES)) :]
            words[k : k + size] = phrases[tuple(plain[k : k + size])]
            words[k + size - 1] += edge
        k += max(size, 1)
    return " ".join(words)


def _phrases(flow: Flow) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """Phrases of two syllables and more by their plain form; those that two phrases share are left to the trigram."""
    found: dict[tuple[str, ...], tuple[str, ...] | None] = {}
    for phrase in _said(flow):
        words = tuple(phrase.lower().split())
        key = tuple(map(strip_marks, words))
        if len(words) > 1 and key != words:
            found[key] = words if found.get(key, words) == words else None
    return {key: words for key, words in found.items() if words is not None}


def _said(flow: Flow) -> Iterator[str]:
    for slot in flow.slots.values():
        for phrases in slot.choices.values():
            yield from phrases
    for step in flow.steps.values():
        yield from step.ask.phrases if step.ask is not None else ()


def _plain(word: str) -> str:
    return strip_marks(word.strip(_EDGES)).lower()

"""Made-up airline requests and repaired requests in Vietnamese, with intents and BIO tags, for benchmarks and tests.

As in logs, a few ways to say a thing are frequent and many are rare: the n-th alternative of a list is drawn with
weight 1/n. Some ways and values (a fifth of every long list, drawn by lot) are kept for the test part.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_WORDS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "nlu_words.yaml").read_text("utf-8"))
Row = dict[str, Any]
_SLOT = re.compile(r"\{([^:]+):([^}]+)\}")
_CHOICE = re.compile(r"\(([^()]*)\)")
_MORE = (
    (0.55, "depart"), (0.14, "arrive"), (0.1, "back"), (0.1, "via"), (0.4, "kind"), (0.08, "kind"), (0.15, "depart"),
)  # fmt: skip
"""What a request holds besides its places, and how often."""
_UNSEEN = 0.5
"""Of the weight of an alternative that the training part never shows, when the test part draws."""


@cache
def _hidden(items: tuple[str, ...]) -> frozenset[str]:
    """A fifth of a list, by lot but never its first three."""
    rest = list(items[3:])
    return frozenset(random.Random("|".join(items)).sample(rest, len(items) // 5 if len(items) > 4 else 0))


def _draw(items: Sequence[str], test: bool, rng: random.Random) -> str:
    hidden = _hidden(tuple(items))
    weights = [
        (1 / (k + 1) ** 0.8) * (1 if item not in hidden else _UNSEEN if test else 0) for k, item in enumerate(items)
    ]
    return rng.choices(list(items), weights)[0]


@cache
def _values(name: str) -> tuple[str, ...]:
    return tuple(_WORDS["values"][name])


def expand(pattern: str, rng: random.Random) -> str:
    """One of each set of alternatives."""
    while found := _CHOICE.search(pattern):
        pattern = pattern[: found.start()] + rng.choice(found[1].split("|")) + pattern[found.end() :]
    return pattern


def fill(pattern: str, test: bool, rng: random.Random) -> tuple[list[str], list[str], list[str]]:
    """Tokens, tags and, at the first token of a slot, the list its value came from."""
    words: list[str] = []
    tags: list[str] = []
    lists: list[str] = []
    pattern = expand(pattern, rng)
    place = 0
    for found in [*_SLOT.finditer(pattern), None]:
        plain = pattern[place : found.start() if found else len(pattern)].split()
        words, tags, lists = words + plain, tags + ["O"] * len(plain), lists + [""] * len(plain)
        if found:
            value = _draw(_values(found[2]), test, rng).split()
            words += value
            tags += [f"B-{found[1]}"] + [f"I-{found[1]}"] * (len(value) - 1)
            lists += [found[2]] + [""] * (len(value) - 1)
            place = found.end()
    return words, tags, lists


def _pattern(test: bool, rng: random.Random) -> tuple[str, str]:
    """(intent, pattern) of one request."""
    if rng.random() > sum(_WORDS["shares"].values()):
        intent = rng.choices(list(_WORDS["alone_shares"]), list(_WORDS["alone_shares"].values()))[0]
        return intent, _draw(_WORDS["alone"][intent], test, rng)
    intent = rng.choices(list(_WORDS["shares"]), list(_WORDS["shares"].values()))[0]
    if rng.random() < 0.12:
        route = [_draw(_WORDS["bare"], test, rng)]
    else:
        route = [_draw(_WORDS["from"], test, rng), _draw(_WORDS["to"], test, rng)]
        if rng.random() < 0.2:
            route.reverse()
        if rng.random() < 0.15:
            route.pop(rng.randrange(2))
    more = []
    for share, items in (
        (0.55, _WORDS["depart"]),
        (0.14, _WORDS["arrive"]),
        (0.1, _WORDS["back"]),
        (0.1, _WORDS["via"]),
        (0.4, _WORDS["kind"]),
        (0.08, _WORDS["kind"]),
        (0.15, _WORDS["depart"]),
    ):
        if rng.random() < share:
            more.append(_draw(items, test, rng))
    rng.shuffle(more)
    head = _draw(_WORDS["heads"][intent], test, rng)
    cut = rng.choice((0, 0, 0, len(more) // 2, len(more)))
    parts = [head, *more[:cut], *route, *more[cut:]]
    if rng.random() < 0.06:
        parts = [*route, *more, head]
    return intent, " ".join(parts)


def request(test: bool, rng: random.Random) -> tuple[Row, list[str]]:
    """One airline request, and the lists its values came from."""
    intent, pattern = _pattern(test, rng)
    if rng.random() < 0.25:
        pattern = f"{_draw(_WORDS['fillers'], test, rng)} {pattern}"
    if rng.random() < 0.2:
        pattern = f"{pattern} {_draw(_WORDS['tails'], test, rng)}"
    words, tags, lists = fill(pattern, test, rng)
    return {"text": " ".join(words), "intent": intent, "tags": tags}, lists


def repaired(test: bool, rng: random.Random) -> Row:
    """A request with up to two repairs: reparandum RM, interregnum IM, then the right words.

    Kinds: another value of the same list (most), some words taken back and begun anew, plain repetition.
    """
    row, lists = request(test, rng)
    words = row["text"].split()
    slots, tags = list(row["tags"]), ["O"] * len(words)
    starts = [k for k, name in enumerate(lists) if name]
    for start in sorted(rng.sample(starts, min(len(starts), rng.choice((0, 1, 1, 1, 1, 2)))), reverse=True):
        end = start + 1
        while end < len(slots) and slots[end].startswith("I-"):
            end += 1
        back = rng.choice((0, 0, 0, 1, 1, 2, 3))
        while back and (start < back or {*slots[start - back : start], *tags[start - back : start]} != {"O"}):
            back -= 1
        place = start - back
        value = words[start:end]
        kind = rng.random()
        if kind < 0.72:
            wrong = words[place:start] + _other(lists[start], " ".join(value), test, rng)
        elif kind < 0.82:
            wrong = words[place:start] + value[: max(1, len(value) - 1)]
        elif kind < 0.92 and back:
            wrong = [*words[place : start - 1], rng.choice(("từ", "đến", "vào", "lúc", "về", "ở", "của"))]
        else:
            wrong = words[place:end]
        if rng.random() < 0.08 and len(wrong) > 2:
            wrong = wrong[:-1]  # broken off
        edit = expand(_draw(_WORDS["edits"], test, rng), rng).split() if rng.random() < 0.88 else []
        again = words[place:start]
        marks = ["B-RM", *["I-RM"] * (len(wrong) - 1)]
        if edit:
            marks += ["B-IM", *["I-IM"] * (len(edit) - 1)]
        words[place:start] = wrong + edit + again
        tags[place:start] = marks + ["O"] * len(again)
        slots[place:start] = ["O"] * (len(wrong) + len(edit) + len(again))
    return _hesitating({"text": " ".join(words), "intent": row["intent"], "tags": tags}, rng)


def _other(name: str, value: str, test: bool, rng: random.Random) -> list[str]:
    while True:
        other = _draw(_values(name), test, rng)
        if other != value:
            return other.split()


def _hesitating(row: Row, rng: random.Random) -> Row:
    """Now and then a filler where nothing is repaired, which is no interregnum."""
    words, tags = row["text"].split(), row["tags"]
    if rng.random() < 0.12:
        free = [k for k in range(1, len(words)) if tags[k][0] != "I"]
        if free:
            place = rng.choice(free)
            said = rng.choice(_WORDS["hesitations"]).split()
            words = [*words[:place], *said, *words[place:]]
            tags = [*tags[:place], *["O"] * len(said), *tags[place:]]
    return {"text": " ".join(words), "intent": row["intent"], "tags": tags}


def underscored(row: Row) -> Row:
    """The same with the two-syllable parts of each value joined by “_”, as word segmenters write."""
    words, tags = [], []
    for word, tag in zip(row["text"].split(), row["tags"], strict=True):
        if tag.startswith("I-") and words and "_" not in words[-1] and not word.isdigit():
            words[-1] += f"_{word}"
        else:
            words.append(word)
            tags.append(tag)
    return {"text": " ".join(words), "intent": row["intent"], "tags": tags}


def dataset(kind: str, count: int, *, test: bool, seed: int) -> list[Row]:
    """``kind``: syllables, words (underscored) or repairs."""
    rng = random.Random(f"{kind} {test} {seed}")
    if kind == "repairs":
        return [repaired(test, rng) for _ in range(count)]
    rows = [request(test, rng)[0] for _ in range(count)]
    return [underscored(row) for row in rows] if kind == "words" else rows

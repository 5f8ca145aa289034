"""Customer turns to learn from: what the dialogue awaits, the parts between pauses. Run it to look at some.

    python -m models.turns.make_text 20

From ``patterns/`` (with its pauses), the recogniser's training patterns and the intents' examples (whole sentences;
pauses after a filler, before a value, around a word that joins two clauses, between two of them). Whole turns of
``benchmarks/end_of_turn_data.py`` are kept out, but for bare values.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import yaml

from benchmarks.end_of_turn_data import PATTERNS as KEPT_OUT
from models.intents.expand import expand as expand_example
from models.recogniser.make_text import REGIONS, expand, patterns, spell, varied
from models.recogniser.make_text import _regional as regional
from models.recogniser.slots import digits
from speech.types import OPEN, Dialect, Expectation, ExpectedKind

Split = Literal["train", "dev", "all"]
HERE = Path(__file__).parent
DEV_EVERY = 4
"""Every fourth line of a group is ``dev``'s, to choose settings with; of first.txt, as old as the rules, none."""
EXAMPLES = HERE.parent / "intents" / "examples.yaml"
KINDS: tuple[ExpectedKind, ...] = ("yes_no", "date", "time", "money", "digits", "name", "reason", "open")
FILLERS = (
    "à",
    "ờ",
    "ừm",
    "ừ",
    "dạ",
    "thì",
    "ơ",
    "em ơi",
    "này",
    "khoan",
    "thế thì",
    "vậy thì",
    "nói chung là",
    "chắc là",
)
"""Said before a pause."""
LINKS = ("nên", "nhưng", "nhưng mà", "mà", "với lại", "rồi", "còn", "vì", "tại", "để", "thế thì", "vậy thì", "thì")
_JOINTS = re.compile(
    r" (nhưng mà|nhưng|mà|nên|cho nên|thành ra|thì|vì|tại vì|tại|bởi vì|bởi|để|rồi|còn|với lại|hay là|hay|hoặc là|hoặc|"
    r"nếu|chứ|xong|là|do|lại còn|cho|khi|lúc|với|và|vẫn|cũng|đã|đang|sẽ|phải) (?=\w+ \w)"
)
"""Words inside a sentence before or after which people pause."""
_VALUE = re.compile(r"\{(date|money|time|fullname|phone|address|digits\d*|weekday|day)\}")
PAUSED = 0.38
"""Share of turns of ``patterns/`` with a pause; ``_rushed`` takes some away again."""
_UNUSUAL = 0.12
"""Share of turns that come when something else was awaited."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn; between two parts its speaker pauses."""

    kind: str
    region: Dialect
    expectation: Expectation
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.parts)


@lru_cache(maxsize=3)
def _read(split: Split) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """(turns by kind, clauses by letter)."""
    turns: dict[str, list[str]] = {}
    clauses: dict[str, list[str]] = {}
    for path in sorted((HERE / "patterns").glob("*.txt")):
        into: list[str] = []
        index = 0
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                clause, name = line.startswith("@ clauses"), line.split()[-1]
                into, index = (clauses if clause else turns).setdefault(name, []), 0
            elif line and not line.startswith("#"):
                kept = path.stem != "first" and index % DEV_EVERY == DEV_EVERY - 1
                index += 1
                if split == "all" or kept is (split == "dev"):
                    into.append(line)
    return {k: tuple(v) for k, v in turns.items()}, {k: tuple(v) for k, v in clauses.items()}


@lru_cache(maxsize=1)
def _examples() -> tuple[str, ...]:
    found = yaml.safe_load(EXAMPLES.read_text(encoding="utf-8"))
    return tuple(line for lines in found.values() for line in lines)


def kept_out(text: str) -> bool:
    """Is this a turn that the benchmark's patterns make, other than a bare value?"""
    return any(pattern.fullmatch(text) for pattern in _kept_out())


@lru_cache(maxsize=1)
def _kept_out() -> tuple[re.Pattern[str], ...]:
    found = []
    for split in KEPT_OUT.values():
        for _, lines in split.values():
            for line in lines:
                words = re.sub(r"\{\w+\}|\|", " ", line).split()
                if len(words) >= 3:
                    plain = " ".join(line.replace("|", " ").split())
                    found.append(re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(plain))))
    return tuple(found)


def _numbered(pattern: str, rng: random.Random) -> str:
    return re.sub(r"\{digits(\d+)\}", lambda m: digits(int(m.group(1)), rng), pattern)


def _sentence(region: str, split: Split, rng: random.Random) -> str:
    """A whole sentence pattern of other sources."""
    if split == "dev":
        return rng.choice(varied()["any", "dev"])
    if rng.random() < 0.3:
        return expand_example(rng.choice(_examples()), rng)
    known = varied() if rng.random() < 0.65 else patterns()
    own, everywhere = known.get((region, "train"), ()), known["any", "train"]
    return rng.choice(own if own and rng.random() < 0.2 else everywhere)


def _clauses(pattern: str, region: str, split: Split, rng: random.Random) -> str:
    _, clauses = _read(split)

    def one(match: re.Match[str]) -> str:
        letter = match.group(1)
        if letter in "sq" and rng.random() < 0.4:
            return _sentence(region, split, rng)
        return rng.choice(clauses[letter])

    return re.sub(r"\{([sqrw])\}", one, pattern)


def _jointed(text: str, rng: random.Random) -> str:
    """With a pause at one of its joints, if there are any."""
    found = list(_JOINTS.finditer(text))
    if not found:
        return text
    joint = rng.choice(found)
    at = joint.start() if rng.random() < 0.6 else joint.end() - 1
    return f"{text[:at]} /{text[at:]}"


def _whole(region: str, split: Split, rng: random.Random) -> str:
    """A sentence pattern of other sources, with pauses where people might make one."""
    text = _choose(_sentence(region, split, rng), rng)
    if rng.random() < 0.25:
        text = f"{text}{rng.choice((' / ', ' '))}{rng.choice(('', '', *LINKS))} {_sentence(region, split, rng)}"
    if rng.random() < 0.3:
        value = _VALUE.search(text)
        if value and value.start() > 0:
            text = f"{text[: value.start()]}/ {text[value.start() :]}"
    if rng.random() < 0.4:
        text = _jointed(text, rng)
    if rng.random() < 0.2:
        text = f"{rng.choice(FILLERS)}{rng.choice((' / ', ' '))}{text}"
    return text


def _expectation(kind: str, rng: random.Random) -> Expectation:
    if rng.random() < _UNUSUAL:
        kind = rng.choice(("yes_no", "date", "money", "name", "open", "time", "last4", "phone", "reason"))
    match kind:
        case "phone":
            return Expectation(("digits",), digits=10)
        case "last4":
            return Expectation(("digits",), digits=4)
        case "digits":
            return Expectation(("digits",))
        case "name":
            return Expectation(("name", "yes_no") if rng.random() < 0.6 else ("name",))
        case "date" if rng.random() < 0.15:
            return Expectation(("date", "yes_no"))
        case "money" if rng.random() < 0.15:
            return Expectation(("money", "yes_no"))
        case "open" | "whole":
            return OPEN if rng.random() < 0.8 else Expectation(("reason",))
        case "address" | "menu":
            return OPEN
    return Expectation((kind,))  # type: ignore[arg-type]


SHARES = {
    "yes_no": 5,
    "phone": 3,
    "last4": 3,
    "digits": 1,
    "date": 5,
    "time": 1,
    "money": 4,
    "name": 3,
    "address": 1,
    "menu": 2,
    "reason": 1,
    "open": 8,
    "whole": 8,
}


def _rushed(parts: list[str], rng: random.Random) -> list[str]:
    """People pause less than the patterns do, and now and then anywhere."""
    out: list[str] = []
    for part in parts:
        if out and rng.random() < 0.3:
            out[-1] += " " + part
        else:
            out.append(part)
    words = out[-1].split()
    if len(words) > 3 and rng.random() < 0.06:
        cut = rng.randrange(1, len(words) - 1)
        out[-1:] = [" ".join(words[:cut]), " ".join(words[cut:])]
    return out


def turns(count: int, seed: int, split: Split = "all") -> Iterator[Said]:
    """``count`` turns; those of ``dev`` come of lines and sentence patterns that ``train`` lacks."""
    rng = random.Random(f"{split}-{seed}")
    known, _ = _read(split)
    names, weights = list(SHARES), list(SHARES.values())
    made = 0
    while made < count:
        region: Dialect = REGIONS[made % 3]  # type: ignore[assignment]
        kind = rng.choices(names, weights)[0]
        pattern = _whole(region, split, rng) if kind == "whole" else _drawn(known[kind], rng)
        pattern = _clauses(_numbered(pattern, rng), region, split, rng)
        parts = [regional(expand(part, region, rng), region, rng) for part in _choose(pattern, rng).split("/")]
        parts = [spell(part) for part in _rushed([p for p in parts if p.strip()], rng)]
        parts = [part for part in parts if part]
        said = Said(kind, region, _expectation(kind, rng), tuple(parts))
        if parts and len(said.text.split()) <= 40 and not kept_out(said.text):
            made += 1
            yield said


def _drawn(lines: tuple[str, ...], rng: random.Random) -> str:
    """More often one without a pause; leading stars make a line so many times likelier."""
    paused = rng.random() < PAUSED
    lines = tuple(line for line in lines if "~" in line or ("/" in line) is paused) or lines
    line = rng.choices(lines, [1 + len(line) - len(line.lstrip("*")) for line in lines])[0].lstrip("*")
    places = line.count("~")
    if not places:
        return line
    chosen = {k for k in range(places) if paused and rng.random() < 0.4}
    if paused and not chosen:
        chosen.add(rng.randrange(places))
    before, *after = line.split("~")
    return before + "".join(("/" if k in chosen else "") + part for k, part in enumerate(after))


def _choose(pattern: str, rng: random.Random) -> str:
    """Alternatives first, so that a pause inside of one is a pause of the turn."""
    while "(" in pattern:
        pattern = re.sub(r"\(([^()]*)\)", lambda m: rng.choice(m.group(1).split("|")), pattern, count=1)
    return pattern


def shortened(said: Said, parts: int) -> Said:
    """What had been said by the end of part number ``parts``."""
    return replace(said, parts=said.parts[:parts])


if __name__ == "__main__":
    for turn in turns(int(sys.argv[1]), 0):
        print(f"{turn.kind:7} {turn.region:8} {'+'.join(turn.expectation.kinds):12} {' | '.join(turn.parts)}")

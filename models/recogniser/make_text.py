"""Training and test text of the recogniser: our own patterns with slots, by region. Run it to look at some.

    python models/recogniser/make_text.py 20 train
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.recogniser import slots
from speech.recognition.units import canonical, respell, valid_syllables

Split = Literal["train", "dev", "test"]
REGIONS = ("north", "central", "south")
PATTERNS = Path(__file__).with_name("patterns.txt")
TEST_EVERY = 8
"""Every eighth pattern of a group is for testing only."""
VARIED = Path(__file__).with_name("varied")
"""More patterns about everything under the sun, for training only, by people who had not seen those of the test."""
DEV_EVERY = 25
"""Every so manieth of them is kept for choosing settings: said in training nowhere, in the test neither."""
VARIED_SHARE = 0.6
"""Of the training sentences so many come from VARIED."""
ANSWERS = (
    "{digits}", "{digits}", "{digits4}", "{phone}", "(số|dạ số|là|thì|) {digits}", "{you} ghi (là|) {digits}",
    "{phone} (nhé|nha|ạ)", "{date}", "(dạ|ừ|thì|) {date}", "(để|chờ|) {date} (đi|nhé|)", "{money}",
    "(có|dạ|cỡ|) {money}", "{time}", "(lúc|cỡ|) {time}",
    "{yes}", "{yes} {yes}", "{no}", "{number}", "{name}", "{fullname}", "(tên|dạ|) {fullname}", "{self} tên {fullname}",
    "(chị|anh|cô|chú|bác) {name}", "{address}", "{digits} à (nhầm|không) {digits}",
)  # fmt: skip
"""What is said in answer to a question for one thing, nearly bare."""

# Words of a region put in the place of the written standard, with the chance of doing so. A word that stands for
# several things (không = no/zero) is replaced only where it cannot be a number: see _regional.
REGIONAL = {
    "central": {
        "đâu": ("mô", 0.4), "sao": ("răng", 0.35), "gì": ("chi", 0.5), "thế": ("rứa", 0.4), "vậy": ("rứa", 0.5),
        "giờ": ("chừ", 0.0), "này": ("ni", 0.4), "nào": ("mô", 0.35), "nhé": ("hí", 0.4), "nha": ("nghe", 0.4),
        "tôi": ("tui", 0.6), "làm": ("mần", 0.2), "kia": ("tê", 0.4), "đó": ("nớ", 0.3), "nhà": ("nhà", 0.0),
        "ai": ("ai", 0.0), "cô": ("o", 0.3), "mẹ": ("mạ", 0.4), "bố": ("ba", 0.6), "hả": ("hè", 0.3),
        "ốm": ("đau", 0.7), "vâng": ("dạ", 0.8), "mắc": ("đắt", 0.2), "đấy": ("đó", 0.7),
    },
    "south": {
        "tôi": ("tui", 0.6), "thế": ("vậy", 0.7), "nhé": ("nha", 0.5), "đấy": ("đó", 0.8), "bố": ("ba", 0.7),
        "mẹ": ("má", 0.7), "gửi": ("gởi", 0.4), "ốm": ("bệnh", 0.8), "vâng": ("dạ", 0.9), "đắt": ("mắc", 0.8),
        "muộn": ("trễ", 0.8), "hủy": ("hủy", 0.0), "giùm": ("dùm", 0.3), "bây": ("bây", 0.0), "nộp": ("đóng", 0.6),
        "ngõ": ("hẻm", 0.9), "dùng": ("xài", 0.5), "ạ": ("nha", 0.3), "lĩnh": ("lãnh", 0.9), "cảm": ("cám", 0.6),
        "vỡ": ("bể", 0.8), "hỏng": ("hư", 0.8), "nhỉ": ("hen", 0.6), "anh ấy": ("ảnh", 0.5),
    },
    "north": {
        "vậy": ("thế", 0.6), "nha": ("nhé", 0.7), "mắc": ("đắt", 0.5), "má": ("mẹ", 0.8), "trễ": ("muộn", 0.5),
        "lãnh": ("lĩnh", 0.5), "đó": ("đấy", 0.3), "hư": ("hỏng", 0.6), "bể": ("vỡ", 0.7), "coi": ("xem", 0.8),
        "kêu": ("gọi", 0.6), "hoài": ("mãi", 0.7), "cám": ("cảm", 0.8), "xài": ("dùng", 0.7), "bệnh": ("ốm", 0.5),
    },
}  # fmt: skip
TAILS = {
    "north": ("ạ", "nhé", "đấy", "chứ", "em ạ", "nhỉ", "cơ"),
    "central": ("hí", "nghe", "hè", "em nờ", "nì", "nghe em"),
    "south": ("nha", "nghen", "hen", "á", "luôn", "nha em", "đó"),
}
_ANNOUNCEMENT = ("thuê bao", "số máy", "xin quý khách", "quý khách")
HEADS = ("à", "ừm", "thì", "ờ", "ơ", "dạ", "thôi", "thật ra", "nói chung là", "thế thì", "bây giờ", "chắc là", "này")


Table = dict[tuple[str, Split], tuple[str, ...]]
"""Patterns by (region or "any", split)."""


def _read(paths: Iterable[Path], kept: Split, every: int) -> Table:
    """Patterns of some files; of each group every so manieth is kept out of training."""
    found: dict[tuple[str, Split], list[str]] = {}
    for path in paths:
        region, index = "any", 0
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                name = line[1:].split(":")[0].strip()
                region, index = (name if name in REGIONS else "any"), 0
            elif line and not line.startswith("#"):
                split: Split = kept if index % every == every - 1 else "train"
                found.setdefault((region, split), []).append(line)
                index += 1
    return {key: tuple(lines) for key, lines in found.items()}


@lru_cache(maxsize=1)
def patterns() -> Table:
    """Those of patterns.txt: training and test."""
    return _read([PATTERNS], "test", TEST_EVERY)


@lru_cache(maxsize=1)
def varied() -> Table:
    """Those of the folder ``varied``: training and dev."""
    return _read(sorted(VARIED.glob("*.txt")), "dev", DEV_EVERY)


def _fill(slot: str, region: str, rng: random.Random, test: bool) -> str:
    simple = {
        "self": slots.SELF[region], "you": slots.YOU[region], "yes": slots.YES[region], "no": slots.NO[region],
        "name": slots.GIVENS, "province": slots.PROVINCES, "street": slots.STREETS, "company": slots.COMPANIES,
        "product": slots.PRODUCTS, "unit": slots.UNITS, "small": slots.DIGITS[1:],
    }  # fmt: skip
    if slot in simple:
        return rng.choice(simple[slot])
    if slot == "fullname":
        return slots.full_name(rng, test)
    if slot.startswith("digits"):
        return slots.digits(4 if slot == "digits4" else rng.randint(2, 12), rng)
    if slot == "letters":
        return " ".join(rng.sample(slots.LETTERS, rng.randint(1, 3)))
    makers = {
        "money": slots.money, "number": slots.number, "num": slots.number, "day": slots.day, "month": slots.month,
        "year": slots.year, "weekday": slots.weekday, "date": slots.date, "time": slots.time_of_day,
        "phone": slots.phone, "address": slots.address,
    }  # fmt: skip
    return makers[slot](region, rng)


def expand(pattern: str, region: str, rng: random.Random, test: bool = False) -> str:
    """One sentence of a pattern."""
    while "(" in pattern:  # innermost brackets first
        pattern = re.sub(r"\(([^()]*)\)", lambda m: rng.choice(m.group(1).split("|")), pattern, count=1)
    text = re.sub(r"\{(\w+)\}", lambda m: _fill(m.group(1), region, rng, test), pattern)
    return " ".join(text.split())


def _regional(text: str, region: str, rng: random.Random) -> str:
    table = REGIONAL[region]
    words = [table[w][0] if w in table and rng.random() < table[w][1] else w for w in text.split()]
    if region == "south":  # "không" as a negation is followed by a verb, as a digit by a digit
        for k, word in enumerate(words[:-1]):
            if word == "không" and words[k + 1] not in slots.DIGITS and (k == 0 or words[k - 1] not in slots.DIGITS):
                words[k] = rng.choice(("không", "không", "hông", "hổng"))
    return " ".join(words)


def spell(text: str) -> str:
    """Canonical spelling, foreign words respelt: what the recogniser writes."""
    return " ".join(canonical(part) for word in text.split() for part in respell(word).split())


def answer(region: str, rng: random.Random) -> str:
    """One of ANSWERS, for training."""
    return spell(expand(rng.choice(ANSWERS), region, rng))


def sentences(n: int, seed: int, split: Split) -> Iterator[tuple[str, str]]:
    """``n`` pairs (text, region); every word is a Vietnamese syllable in canonical spelling."""
    rng = random.Random(f"{split}-{seed}")
    test = split == "test"
    for k in range(n):
        table = patterns() if test or (split == "train" and rng.random() > VARIED_SHARE) else varied()
        region = REGIONS[k % 3]
        own = table.get((region, split), ())
        pool = own if own and rng.random() < 0.2 else table["any", split]
        text = expand(rng.choice(pool), region, rng, test)
        if not any(text.startswith(start) for start in _ANNOUNCEMENT):
            text = _regional(text, region, rng)
        if rng.random() < 0.12:
            text = f"{rng.choice(HEADS)} {text}"
        if rng.random() < 0.15:
            text = f"{text} {rng.choice(TAILS[region])}"
        if rng.random() < 0.15:
            text = f"{text} {_regional(expand(rng.choice(table['any', split]), region, rng, test), region, rng)}"
        yield spell(text), region


@lru_cache(maxsize=1)
def attested() -> tuple[str, ...]:
    """Syllables that occur in the patterns and slots."""
    seen = {word for text, _ in sentences(30000, 7, "train") for word in text.split()}
    return tuple(sorted(seen))


@lru_cache(maxsize=1)
def possible() -> tuple[str, ...]:
    """Phonotactically possible syllables, attested or not."""
    return tuple(spelling for _, spelling in valid_syllables())


if __name__ == "__main__":
    count, which = int(sys.argv[1]), sys.argv[2]
    for sentence, where in sentences(count, 0, "test" if which == "test" else "train"):
        print(f"{where:8} {sentence}")

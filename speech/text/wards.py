"""Wards, communes and districts before and after the merger of 1 July 2025: callers still say the old names.

One data file (``data/wards.txt``, read at first use, some 0.2 s) lists today's wards by province with the districts and
wards they were made of. Many names occur in several provinces, so every look-up returns all units that fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from core.artifacts import artifact
from speech.text.normalize import fold, strip_marks
from speech.text.numbers import read_number
from speech.text.phonology import best_match
from speech.types import Dialect

Kind = Literal["ward", "former ward", "former district"]
_KINDS: Final = {"P": "phường", "X": "xã", "Đ": "đặc khu"}
_HEAD: Final = re.compile(
    r"(?:(?:phường|xã|thị trấn|đặc khu)|(quận|huyện|thị xã|thành phố)|(?:phuong|xa|thi tran|dac khu)|"
    r"(quan|huyen|thi xa|thanh pho)|p|tt|(q|h|tx|tp))\s+"
)
_CLOSE: Final = 0.2
"""Greatest distance per syllable at which a misheard name is believed (speech.text.phonology)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit that a text may name."""

    name: str
    """Without "phường", "quận" …: "Bến Thành", "1"."""
    kind: Kind
    province: str
    """Today's province."""
    today: tuple[str, ...]
    """Today's wards of it, with their kind: ("phường Sài Gòn", …); itself for a ward of today."""


def units(text: str, province: str | None = None) -> tuple[Unit, ...]:
    """All units that ``text`` names: "phường Bến Nghé", "quan 1", "xã Tân Phú"; in ``province`` (today's) if given.

    With a head (phường, quận …) only units of that kind; without marks it is found too, exact spelling first.
    """
    plain = fold(text)
    head = _HEAD.match(plain + " ")
    name = _number(plain[head.end() :] if head and head.end() < len(plain) else plain)
    found = _by_name().get(name) or _by_name().get(strip_marks(name), ())
    if head and head.end() < len(plain):
        districts = bool(head[1] or head[2] or head[3])
        found = tuple(u for u in found if (u.kind == "former district") == districts)
    return tuple(u for u in found if province is None or u.province == province)


def heard_unit(text: str, province: str, region: Dialect | None = None) -> Unit | None:
    """The unit of ``province`` (today's name) probably said, slightly misheard names too; None if none is near."""
    exact = units(text, province)
    if exact:
        return exact[0]
    names = _of_province().get(province, {})
    plain = fold(text)
    head = _HEAD.match(plain)
    match = best_match(plain[head.end() :] if head else plain, tuple(names), region, limit=_CLOSE)
    return names[match.choice] if match else None


def names_of(province: str) -> Sequence[str]:
    """Today's wards, former wards and former districts of a province of today, for matching and hot words."""
    return tuple(_of_province().get(province, ()))


def name_length(words: Sequence[str]) -> int:
    """How many of ``words`` (lower case, from the first on) are the longest name of a unit; 0 if none is."""
    known = _names()
    for size in range(min(5, len(words)), 0, -1):
        if " ".join(words[:size]) in known:
            return size
    return 0


def _number(name: str) -> str:
    """ "mười hai" → "12"."""
    words = name.split()
    read = read_number(words, 0) if words else None
    if words == ["tư"]:
        return "4"
    return str(read[0]) if read and read[1] == len(words) else str(int(name)) if name.isdecimal() else name


@cache
def _names() -> frozenset[str]:
    """All names in lower case, words only: quickly read, for finding addresses."""
    lines = artifact("speech", "text", "data", "wards.txt").read_text("utf-8").lower().splitlines()
    parts = (part for line in lines if line[:1] not in ("#", "=") for part in re.split(r"[|:;,]", line[2:]))
    return frozenset(" ".join(re.split(r"[\s-]+", part.strip())) for part in parts)


@cache
def _by_name() -> Mapping[str, tuple[Unit, ...]]:
    """Folded name, with and without marks → units."""
    found: dict[str, list[Unit]] = {}
    for unit in _all():
        name = _number(fold(unit.name))
        found.setdefault(name, []).append(unit)
    exact = {name: tuple(listed) for name, listed in found.items()}
    bare: dict[str, tuple[Unit, ...]] = {}
    for name, listed in exact.items():
        key = strip_marks(name)
        if key not in exact:
            bare[key] = bare.get(key, ()) + listed
    return exact | bare


@cache
def _of_province() -> Mapping[str, Mapping[str, Unit]]:
    found: dict[str, dict[str, Unit]] = {}
    for unit in _all():
        if not unit.name.isdecimal():
            found.setdefault(unit.province, {}).setdefault(unit.name, unit)
    return found


@cache
def _all() -> tuple[Unit, ...]:
    """Every unit: today's wards first, then former wards and districts."""
    today: list[Unit] = []
    wards: dict[tuple[str, str, str], list[str]] = {}
    districts: dict[tuple[str, str], list[str]] = {}
    province = ""
    for line in artifact("speech", "text", "data", "wards.txt").read_text("utf-8").splitlines():
        if line.startswith("="):
            province = line[2:]
        elif not line.startswith("#"):
            head, _, parts = line.partition(" | ")
            ward = f"{_KINDS[head[0]]} {head[2:]}"
            today.append(Unit(head[2:], "ward", province, (ward,)))
            for part in parts.split("; ") if parts else ():
                district, _, names = part.partition(": ")
                short = re.sub(r"^(?:Quận|Huyện) (?=\d)", "", district)
                _add(districts.setdefault((province, short), []), ward)
                for name in names.split(", ") if names else ():
                    _add(wards.setdefault((province, district, name), []), ward)
    former = [
        Unit(re.sub(r"^Phường (?=\d)", "", name), "former ward", where, tuple(now))
        for (where, _, name), now in wards.items()
    ]
    return (*today, *former, *(Unit(d, "former district", where, tuple(now)) for (where, d), now in districts.items()))


def _add(listed: list[str], ward: str) -> None:
    if ward not in listed:
        listed.append(ward)

"""Provinces before and after the merger of 1 July 2025: callers still say the old names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from core.artifacts import artifact
from speech.text.normalize import fold, strip_marks
from speech.text.phonology import best_match
from speech.types import DIALECTS, Dialect

_SHORT = {
    "tp hcm": "Hồ Chí Minh", "tphcm": "Hồ Chí Minh", "hcm": "Hồ Chí Minh", "sài gòn": "Hồ Chí Minh", "hn": "Hà Nội",
}  # fmt: skip
_KINDS = ("thành phố ", "tỉnh ", "tp ")
_CLOSE = 0.2
"""Greatest distance per phrase at which a misheard name is believed (speech.text.phonology)."""


@dataclass(frozen=True, slots=True)
class Province:
    """One of the 34 units of today. ``said`` is the unit that was named, today's or a former one."""

    name: str
    region: Dialect
    former: tuple[str, ...]
    said: str


def province(text: str, region: Dialect | None = None) -> Province | None:
    """The province that ``text`` names, by an old or a new name, without marks or slightly misheard; None if none."""
    plain = _plain(text)
    known = _by_name()
    said = _SHORT.get(plain) or known.get(plain) or known.get(strip_marks(plain))
    if said is None:
        match = best_match(plain, tuple(_units()), region, limit=_CLOSE)
        said = match.choice if match else None
    if said is None:
        return None
    name, home, former = _units()[said]
    return Province(name, home, former, said)


@cache
def place_names() -> dict[str, str]:
    """How provinces and well-known towns are said, folded, with and without marks → their name in full."""
    lines = artifact("speech", "text", "data", "towns.txt").read_text("utf-8").splitlines()
    named: dict[str, tuple[str, ...]] = {unit: (unit,) for unit in _units()}
    for line in lines:
        if line and not line.startswith("#"):
            name, _, others = line.partition("|")
            more = tuple(part.strip() for part in others.split(",") if part.strip())
            named[name.strip()] = (name.strip(), *more)
    said: dict[str, str] = {}
    for change in (strip_marks, str):
        for name, forms in named.items():
            said |= {change(fold(form)): name for form in forms}
    return said | _SHORT


def _plain(text: str) -> str:
    plain = fold(text)
    for kind in _KINDS:
        if plain not in _SHORT and plain.startswith(kind):
            return plain.removeprefix(kind)
    return plain


@cache
def _units() -> dict[str, tuple[str, Dialect, tuple[str, ...]]]:
    """Every unit, former or of today → today's name, its region, the units it was made of."""
    units: dict[str, tuple[str, Dialect, tuple[str, ...]]] = {}
    lines = artifact("speech", "text", "data", "provinces.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("#"):
            continue
        name, home, parts = (part.strip() for part in line.split("|"))
        former = tuple(part.strip() for part in parts.split(","))
        found = next(dialect for dialect in DIALECTS if dialect == home)
        for unit in (name, *former):
            units[unit] = (name, found, former)
    return units


@cache
def _by_name() -> dict[str, str]:
    """Folded name, with and without marks → unit."""
    names = {}
    for unit in _units():
        names[strip_marks(fold(unit))] = unit
    return names | {fold(unit): unit for unit in _units()}

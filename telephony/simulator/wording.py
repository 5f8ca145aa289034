"""Puts a customer's intent into words: a line of the phrase files, filled in by persona and region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from telephony.simulator.persona import Persona

_FOLDER = Path(__file__).with_name("phrases")
_CHOICE = re.compile(r"\(([^()]*)\)")
_SLOT = re.compile(r"\{(\w+)\}")
_YES_FIRST = re.compile(r"(?:dạ|vâng|ừ|ờ|à|ừm)\b")
"""Starts that are a hesitation by themselves: nobody says "ờ, ờ, đúng rồi"."""
_OWN_REGION = 0.55
"""Share of answers in the words of one's own region where the phrase files have some."""


@cache
def phrases() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """intent → region or "any" → lines."""
    table: dict[str, dict[str, tuple[str, ...]]] = {}
    for name in ("common", "payment", "appointment"):
        for intent, by_region in yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8")).items():
            table[intent] = {region: tuple(lines) for region, lines in by_region.items()}
    return table


@cache
def lexicon() -> Mapping[str, Any]:
    """Regional small words."""
    data: Mapping[str, Any] = yaml.safe_load((_FOLDER / "lexicon.yaml").read_text("utf-8"))
    return data


class Wording:
    """One customer's way of putting things. Does not say the same line twice while another is left."""

    def __init__(self, persona: Persona, values: Mapping[str, str], rng: Random) -> None:
        self._persona = persona
        self._values = {
            "self": persona.self_term,
            "you": persona.you_term,
            "given": persona.given_name,
            "full": persona.full_name,
            **values,
        }
        self._rng = rng
        self._used: set[str] = set()

    def say(self, intent: str, **values: str) -> str:
        """A sentence for ``intent``; ``values`` fill slots that are new or changed."""
        return self.fill(phrases()[intent], **values)

    def fill(self, lines: Mapping[str, tuple[str, ...]], **values: str) -> str:
        """One of ``lines`` (region or "any" → wordings), filled in."""
        line = self._pick(lines)
        text = _CHOICE.sub(lambda m: self._rng.choice(m.group(1).split("|")), line)
        filled = {**self._values, **values}
        for _ in range(2):  # a regional word may itself hold {you}
            text = _SLOT.sub(lambda m: filled.get(m.group(1)) or self._regional(m.group(1)), text)
        return " ".join(text.replace(" ,", ",").split())

    def with_filler(self, text: str) -> str:
        """``text`` with a hesitation in front, as often as the persona does so."""
        if self._rng.random() >= self._persona.filler or _YES_FIRST.match(text):
            return text
        return self._pick(phrases()["fillers"]).strip() + " " + text

    def _pick(self, by_region: Mapping[str, tuple[str, ...]]) -> str:
        own = by_region.get(self._persona.region, ())
        lines = own if own and self._rng.random() < _OWN_REGION else by_region.get("any") or own
        fresh = [line for line in lines if line not in self._used] or list(lines)
        line = self._rng.choice(fresh)
        self._used.add(line)
        return line

    def _regional(self, slot: str) -> str:
        region, words = self._persona.region, lexicon()
        if slot == "yes":
            senior = self._persona.you_term in ("em", "cháu", "con")
            return str(self._rng.choice(words["yes_senior" if senior else "yes_polite"][region]))
        if slot in words[region]:
            return str(self._rng.choice(words[region][slot]))
        return str(self._rng.choice(words[slot][region]))

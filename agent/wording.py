"""Templates to words: variants, pronouns, region, values; as written and as read aloud."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from agent.flows.model import Flow
from agent.flows.schema import Template
from agent.flows.state import Listing
from agent.pronouns import Pronouns, dialect_of, given_name
from agent.turns import Say
from core.ids import derived_seed
from speech.text.dates import WEEKDAYS
from speech.text.numbers import speak_digits
from speech.text.speak import speak
from speech.text.times import speak_time
from speech.types import Dialect

PRONOUN_NAMES = frozenset({"you", "You", "me", "Me", "given", "addressed", "yes", "please"})
"""Names that every template may use besides facts and slots."""
_ADDRESS = PRONOUN_NAMES - {"given", "addressed"}
_LINK = re.compile(r"https://[\w.-]+(?::\d+)?(?:/[\w./?=&%+~:@-]*)?", re.ASCII)
"""What "{payment_url:link}" lets through unchanged."""
_UNSAFE = re.compile(r"[^\w\s.,'’&()/:+@-]|_")
_MAX_VALUE_LETTERS = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where words go: which region's words, and whether they are heard or read."""

    dialect: Dialect = "north"
    voice: bool = True


def render(flow: Flow, name: str, values: Mapping[str, Any], pronouns: Pronouns, place: Place, seed: object) -> Say:
    """The words of template ``name``. ``seed`` picks the variant: the same seed, the same words."""
    template = flow.wording[name]
    said = phrase(name, variants_of(template, place), values, pronouns, place, seed)
    return replace(said, interruptible=template.interruptible, sensitive=template.sensitive, pace=template.pace)


def phrase(
    name: str, variants: Sequence[str], values: Mapping[str, Any], pronouns: Pronouns, place: Place, seed: object
) -> Say:
    """One of ``variants``, filled in; ``seed`` and ``name`` pick which."""
    pattern = variants[derived_seed("wording", name, seed) % len(variants)]
    filled = {**values, **_persona(values, pronouns, place.dialect)}
    text = _tidy(_Words(place.dialect, spoken=False).vformat(pattern, (), filled))
    spoken = text
    if place.voice:
        spoken = speak(_tidy(_Words(place.dialect, spoken=True).vformat(pattern, (), filled)), place.dialect)
    return Say(text, spoken, template=name, fixed=_fixed(pattern, filled) if place.voice else ())


def _fixed(pattern: str, filled: Mapping[str, Any]) -> tuple[str, ...]:
    """The pattern's own words between the values; how one addresses the customer is among them, their name is not."""
    stretches = [""]
    for literal, field, _, _ in string.Formatter().parse(pattern):
        stretches[-1] += literal
        if field in _ADDRESS:
            stretches[-1] += filled[field]
        elif field is not None:
            stretches.append("")
    return tuple(words for words in (_tidy(stretch) for stretch in stretches) if words)


def variants_of(template: Template, place: Place) -> Sequence[str]:
    """Variants that may be said there: chat's own, or the region's and those said everywhere."""
    if not place.voice and template.chat:
        return template.chat
    regional: Sequence[str] = getattr(template, place.dialect)
    return (*template.any, *regional) or (*template.north, *template.central, *template.south)


def fields_of(pattern: str) -> set[str]:
    """Names in braces. Raises ValueError for broken braces."""
    return {field for _, field, _, _ in string.Formatter().parse(pattern) if field is not None}


def safe(value: str) -> str:
    """A contact's text as plain words: no braces, markup or line breaks, and not longer than a name may be."""
    flat = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", value)).split())
    return flat[:_MAX_VALUE_LETTERS].rstrip()


def person_name(value: str) -> str:
    """A name as it may be said: people give themselves names with years, numbers and codes in them on some channels."""
    return safe(" ".join(word for word in value.split() if not any(c.isdigit() or c in "=@/:&" for c in word)))


def _persona(values: Mapping[str, Any], pronouns: Pronouns, dialect: Dialect) -> dict[str, str]:
    name = person_name(str(values.get("name") or ""))
    given = safe(given_name(name))
    return {
        "name": name,
        "you": pronouns.you,
        "You": pronouns.you.capitalize(),
        "me": pronouns.me,
        "Me": pronouns.me.capitalize(),
        "given": given,
        "addressed": f"{pronouns.you} {given}".strip(),
        "yes": "vâng" if dialect == "north" else "dạ",
        "please": {"north": "nhé", "central": "nghe", "south": "nha"}[dialect],
    }


class _Words(string.Formatter):
    """Formats values by their type.

    "{promise_date:full}" names the weekday too; "{code:digits}" is read digit by digit, with time to write it down;
    "{fee:free}" calls 0 free of charge, "{fee:more}" says what is added; "{departs_at:unless new_date}" leaves the
    day out where it is that very day; "{payment_url:link}" is an https address as it is, or nothing;
    "{promised_on:Ago}" begins a sentence with how long ago a day is.
    """

    def __init__(self, dialect: Dialect, *, spoken: bool) -> None:
        self._dialect = dialect
        self._spoken = spoken
        self._values: Mapping[str, Any] = {}

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        self._values = kwargs
        return super().vformat(format_string, args, kwargs)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key))

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return value

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, Listing):
            return self._listed(value)
        if format_spec == "link":
            return str(value) if _LINK.fullmatch(str(value)) else ""
        if format_spec == "digits":
            return _digits(str(value), spoken=self._spoken)
        if format_spec == "Ago":
            return _ago(value, self._values.get("today"))
        if isinstance(value, datetime):
            return self._moment(value, format_spec)
        if isinstance(value, date):
            return f"{WEEKDAYS[value.weekday()]} {_day(value)}" if format_spec == "full" else _day(value)
        if value == 0 and format_spec in ("free", "more"):
            return "miễn phí" if format_spec == "free" else "không thêm phí"
        if format_spec == "more":
            return f"thêm {self.format_field(value, '')}"
        if isinstance(value, int) and format_spec != "plain":
            return f"{value:,} đồng".replace(",", ".")
        return "" if value is None else safe(str(value))

    def _listed(self, listing: Listing) -> str:
        """ "xem chuyến, đổi vé rồi gửi liên kết": each in its own words, one pattern with the values of each row."""
        items = [_Words(self._dialect, spoken=self._spoken).vformat(pattern, (), {**self._values, **values})
                 for pattern, values in listing.items]  # fmt: skip
        head, last = items[:-1], items[-1:]
        return f"{', '.join(head)} {listing.last} {last[0]}" if head else "".join(last)

    def _moment(self, value: datetime, format_spec: str) -> str:
        clock = speak_time(value.time(), self._dialect) if self._spoken else value.strftime("%H:%M")
        other, _, name = format_spec.partition(" ")
        if other == "unless" and self._values.get(name) == value.date():
            return clock
        return f"{clock} {WEEKDAYS[value.weekday()]} {_day(value.date())}"


def _ago(value: Any, today: Any) -> str:
    """Hôm qua, Hôm kia, Thứ tư vừa rồi, Hôm 12/11; "Lần trước" where nobody knows."""
    if not isinstance(value, date) or not isinstance(today, date):
        return "Lần trước"
    days = (today - value).days
    if days in (0, 1, 2):
        return ("Hôm nay", "Hôm qua", "Hôm kia")[days]
    weekday = WEEKDAYS[value.weekday()]
    return f"{weekday[:1].upper()}{weekday[1:]} vừa rồi" if 2 < days < 7 else f"Hôm {value.day}/{value.month}"


def _digits(value: str, *, spoken: bool) -> str:
    """ "482 193", aloud "bốn, tám, hai, một, chín, ba": no mốt, tư or lăm in a code (vietnam_rules §9.2)."""
    digits = "".join(c for c in value if c.isdecimal())
    if spoken:
        return ", ".join(speak_digits(digit) for digit in digits)
    size = 3 if len(digits) % 3 == 0 else 4
    return " ".join(digits[k : k + size] for k in range(0, len(digits), size))


def _day(value: date) -> str:
    return f"ngày {value.day}/{value.month}"


def _tidy(text: str) -> str:
    """One blank between words, none before a comma, a capital at the start of every sentence."""
    text = re.sub(r"\s+([,.?!])", r"\1", " ".join(text.split()))
    return re.sub(r"(^|[.?!] )(\w)", lambda m: m.group(1) + m.group(2).upper(), text)


def place_of(facts: Mapping[str, Any], *, voice: bool) -> Place:
    """Where the words for a contact go."""
    return Place(dialect_of(facts), voice)

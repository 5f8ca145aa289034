"""Values in what was said: dates, times, money, years, digits, with self-repair and tolerance for wrong tones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from agent.brain.base import Context, SetSlot, SlotType
from agent.brain.details import code, email, phone, score
from agent.brain.hearing import chosen, without_fillers
from agent.brain.named import choice, free_text, person, place
from agent.brain.restore import restored
from speech.text.dates import parse_dates
from speech.text.money import parse_money
from speech.text.normalize import common_words, fold
from speech.text.spans import Span
from speech.text.times import parse_times
from speech.text.write import parse_cardinal, parse_digits

CALL_AGAIN = re.compile(r"\bgọi (?:lại|sau|cho)|hãy gọi|rồi gọi|nói chuyện sau")
"""A time next to these words is when to call again, not when to pay or to come."""
CALLBACK_SLOT = "callback_at"
"""By convention the slot for a wish to be called again."""
_ALONE = frozenset({"digits", "year", "number", "datetime", "past_date", "score", "phone", "email", "code"})
"""While a value of these types is awaited the words are read for nothing else."""
_ONLY_ASKED = frozenset({"digits", "year", "number", "text", "datetime", "past_date", "name", "code"})
"""Slots of these types are filled by an answer to their own question only."""
_VALUES = frozenset({"date", "money", "digits", "time"})
_NOT_THEN = re.compile(
    r"^(?: (?:thì|cũng|là|chắc|anh|chị|em|tôi|mình|cô|chú|bác|ông|bà|tui))* "
    r"(?:không(?! (?:phải|bận|sao|vấn đề|vướng|ạ|em|anh|chị|nhỉ)\b)(?= \w)"
    r"|chưa|bận|kẹt|đau|ốm|bệnh|mệt|(?:có|lấy)(?: \w+){0,2} đâu)\b"
)
_NOT_DONE = re.compile(
    r"\b(?:không|chưa) (?:trả|đóng|nộp|thanh toán|chuyển|đi|đến|nhận)(?: được)?(?: (?:ngày|hôm|vào))*$"
)
"""Before a day that is refused, as _NOT_THEN stands behind it; unless _ONLY_THEN does."""
_ONLY_THEN = re.compile(r"^(?:\w+ )?(?:mới|sẽ)\b")
_SOON = re.compile(
    r"\b(?:(nửa|một|hai|ba|bốn|năm) (?:tiếng|giờ|giờ đồng hồ)|(mười|mười lăm|hai mươi|ba mươi|nửa|năm) phút) nữa\b"
)
_HOURS = {"nửa": 0.5, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5}
_MINUTES = {"năm": 5, "mười": 10, "mười lăm": 15, "hai mươi": 20, "ba mươi": 30, "nửa": 30}
_FAR = timedelta(days=62)
_SHORT_DAY = re.compile(
    r"\b(ngày|hôm|bữa) (hai|ba) (một|mốt|hai|ba|bốn|tư|năm|lăm|sáu|bảy|tám|chín)\b"
    r"(?! (?:triệu|trăm|nghìn|ngàn|mươi|chục|củ|tỷ|ngày|hôm|tuần|tháng nữa))"
)
"""People say "ngày hai tám" for the twenty-eighth."""
_NO_NUMBER = re.compile(
    r"\b(?:năm (?:nay|ngoái|sau|trước|tới|qua|kia|nào|học)|một (?:mình|chút|tí|lát|ít|số|người)|ba (?:mẹ|má)|"
    r"(?:hai|ba|bốn|năm) (?:vợ chồng|mẹ con|cha con|bố con|bên|đứa|người|con|anh em|chị em)|"
    r"(?:anh|chị|cô|chú|bác|dì|cậu) (?:hai|ba|tư|năm|sáu|bảy|tám|chín|mười))\b"
)
"""Number words that count no day of the month."""
_NOT_YET = re.compile(
    r"(?:dạ |à |ờ |đâu )*(?:chưa|không|đâu)\b|(?:\w+ ){0,2}chưa (?:đóng|trả|thanh toán|chuyển|nộp|gửi)\b(?!.*\brồi\b)"
)
"""chưa, mai mới trả · anh chưa đóng mà, ngày hai mươi chín anh đóng: the day is none of the past."""
_DEFAULT_TIME = time(9)
_MOST_PLACE = 3
"""Behind its own cue ("đến hà lội") so few words are a place, however they sound."""


def find_values(text: str, context: Context) -> list[SetSlot]:
    """Values for the slots that may be filled now. Only the asked slot is filled while digits or a year are awaited."""
    reading = without_fillers(common_words(fold(text)))
    asked = context.asked.slot
    asked_type = context.slots.get(asked) if asked else None
    if set(context.asked.kinds) & _VALUES:
        reading = restored(reading)
    reading = _SHORT_DAY.sub(_long_day, reading)
    return list(_find(text, reading, context, asked, asked_type))


def _find(raw: str, text: str, context: Context, asked: str | None, asked_type: SlotType | None) -> Iterator[SetSlot]:
    if CALL_AGAIN.search(text) and CALLBACK_SLOT in context.slots:
        when = moment(text, context.now)
        if when is not None:
            yield SetSlot(CALLBACK_SLOT, when.value, text, when.exact)
            return
    not_yet = asked_type == "past_date" and _NOT_YET.match(text)
    if asked is not None and asked_type in _ALONE and not not_yet:
        found = _of_type(raw, text, asked, asked_type, context)
        if found is not None:
            yield SetSlot(asked, found.value, text, found.exact)
        return
    done: set[SlotType] = set()
    for name, slot_type in context.slots.items():
        if (not_yet and name == asked) or (slot_type in _ONLY_ASKED and name != asked):
            continue
        cued = context.cues.get(name, ())
        if slot_type in done and not cued and slot_type != "choice":
            continue
        part = _share(name, slot_type, text, context)
        if not part:
            continue
        found = _of_type(part if part != text else raw, part, name, slot_type, context)
        if found is not None:
            done.add(slot_type)
            yield SetSlot(name, found.value, text, found.exact)


def _share(name: str, slot_type: SlotType, text: str, context: Context) -> str:
    """The words that belong to a slot where several of its type may be filled: from its cue to the next one's.

    Without cues of others all words; without its own cue what no other slot's cue claims.
    """
    rivals = {n: cues for n, cues in context.cues.items() if context.slots.get(n) == slot_type}
    if not rivals or (len(rivals) == 1 and name in rivals and list(context.slots.values()).count(slot_type) == 1):
        return text
    marks = sorted((m.start(), m.end(), n) for n, cues in rivals.items() for m in re.finditer(_any_of(cues), text))
    pieces: dict[str, str] = {}
    for k, (_, end, owner) in enumerate(marks):
        pieces[owner] = text[end : marks[k + 1][0] if k + 1 < len(marks) else len(text)].strip()
    if name in pieces:
        return pieces[name]
    if name in rivals and name != context.asked.slot:
        return ""
    return (text[: marks[0][0]] if marks else text).strip()


@lru_cache(maxsize=128)
def _any_of(cues: tuple[str, ...]) -> str:
    longest = sorted((common_words(fold(cue)) for cue in cues), key=len, reverse=True)
    return rf"\b(?:{'|'.join(map(re.escape, longest))})\b"


def _of_type(raw: str, text: str, name: str, slot_type: SlotType, context: Context) -> Span[Any] | None:
    """``text`` is folded with common words, ``raw`` as it was heard (names and codes have no common form)."""
    asked, closed = name == context.asked.slot, context.asked.closed
    named = asked or (name in context.cues and raw == text and len(text.split()) <= _MOST_PLACE)
    match slot_type:
        case "date" | "past_date":
            return _date(text, context.today, past=slot_type == "past_date", asked=asked, closed=closed)
        case "money":
            return chosen(text, parse_money(text), closed=closed)
        case "datetime":
            return moment(text, context.now)
        case "year":
            return year(text)
        case "digits":
            return digits(text)
        case "number":
            return chosen(text, parse_cardinal(text), closed=closed)
        case "score":
            return score(text, asked=asked)
        case "choice":
            choices = context.choices.get(name, {})
            return choice(raw, choices, context.region, asked=asked, closed=closed)
        case "place":
            return place(raw, context.region, asked=named)
        case "name":
            return person(raw, asked=asked)
        case "phone":
            return phone(raw)
        case "email":
            return email(raw)
        case "code":
            return code(raw)
        case "text":
            return free_text(raw)
    return None


def _date(text: str, today: date, *, past: bool, asked: bool, closed: bool = False) -> Span[date] | None:
    words = text.split()
    if past:
        text = text.replace("ngày kia", "hôm kia")  # "bữa kia" of the Centre and South means both
    named = parse_dates(text, today, past=past)
    refused = [] if past else [s for k, s in enumerate(named) if _refused(words, s, first=k == 0)]
    found = chosen(text, [s for s in named if s not in refused], closed=closed)
    if found is None and named:  # denied; what follows may be the day that suits: "hôm nay chưa có, để mai nghe em"
        text = " ".join(words[named[-1].end :]) if refused == named else ""
        words = text.split()
    if found is not None and not past and found.value > today + _FAR and "năm" not in words:
        found = _nearer(found, today)
    if found is not None or past or not asked or len(words) > 7:
        return found
    if re.search(r"^(?:\w+ ){0,3}mai\b", text):  # "mai nghe em": elsewhere that could be somebody called Mai
        return Span(today + timedelta(1), 0, 1)
    pairs = [s for s in parse_digits(text, 2) if len(s.value) == 2 and 10 <= int(s.value) <= 31]
    if pairs and not parse_money(text):  # "hai tám nhé"
        spans = parse_dates(f"ngày {pairs[-1].value}", today)
        return spans[0] if spans else None
    if refused or _NO_NUMBER.search(text):
        return None
    numbers = [s for s in parse_cardinal(text) if 1 <= s.value <= 31]
    if len(numbers) != 1 or parse_money(text) or parse_times(text):
        return None
    spans = parse_dates(f"ngày {' '.join(words[numbers[0].start : numbers[0].end])}", today)
    return spans[0] if spans else None


def _refused(words: list[str], span: Span[date], *, first: bool) -> bool:
    """ "ngày mai chưa trả được", "không trả hôm nay": the day on which it will not be.

    Not the second day of "hôm nay chưa trả được, mùng năm", and not the one of "chưa trả, thứ sáu mới trả".
    """
    after, before = " ".join(words[span.end :]), " ".join(words[: span.start])
    not_done = first and _NOT_DONE.search(before) and not _ONLY_THEN.match(after)
    return bool(_NOT_THEN.match(f" {after}") or not_done)


def _long_day(match: re.Match[str]) -> str:
    """ "ngày hai tám" → "ngày hai mươi tám"; the thirties end with thirty-one."""
    marker, tens, ones = match.groups()
    if tens == "ba" and ones not in ("một", "mốt"):
        return match.group()
    ones = {"một": "mốt", "bốn": "tư", "năm": "lăm"}.get(ones, ones)
    return f"{marker} {tens} mươi {ones}"


def _nearer(found: Span[date], today: date) -> Span[date]:
    """Nobody plans months ahead on such a call: the month was misheard ("tháng mười" for "tháng mười một")."""
    near = parse_dates(f"ngày {found.value.day}", today)
    return Span(near[0].value, found.start, found.end, exact=False) if near else found


def moment(text: str, now: datetime) -> Span[datetime] | None:
    """A day with a time of day; without a day the next such time, without a time nine in the morning (not exact)."""
    now = now.replace(tzinfo=None, second=0, microsecond=0)
    soon = _SOON.search(text)
    if soon:
        ahead = timedelta(hours=_HOURS[soon[1]]) if soon[1] else timedelta(minutes=_MINUTES[soon[2]])
        return Span(now + ahead, 0, 1)
    words, days = text.split(), parse_dates(text, now.date())
    day = chosen(text, [s for k, s in enumerate(days) if not _refused(words, s, first=k == 0)])
    clock = chosen(text, parse_times(text))
    if day is None and clock is None:
        return None
    if clock is None:
        assert day is not None
        return Span(datetime.combine(day.value, _DEFAULT_TIME), day.start, day.end, exact=False)
    when = datetime.combine(day.value if day else now.date(), clock.value)
    if day is None and when <= now:
        when += timedelta(days=1)
    return Span(when, clock.start, clock.end, clock.exact and (day is None or day.exact))


_BIRTH_LEAD = re.compile(r"^.*?\b(?:(?:sinh|sanh)(?: ngày .*?)? năm|năm sinh(?: là)?|sinh|sanh)\b ")
_YEARS = range(1920, 2021)


def year(text: str) -> Span[int] | None:
    """A year of birth: 1985, một chín tám lăm, tám lăm, năm năm sáu, hai nghìn lẻ một."""
    lead = _BIRTH_LEAD.match(text)
    tail = text[lead.end() :] if lead else text
    spoken = [_year_of_digits(span.value) for span in reversed(parse_digits(tail, 2))]
    cardinals = [span.value for span in parse_cardinal(tail)]
    if not lead and " năm " in f" {tail} ":
        cardinals += [span.value for span in parse_cardinal(tail.split("năm", 1)[1])]
    whole = [value for value in (*spoken, *cardinals) if value in _YEARS]
    short = [1900 + value for value in cardinals if 30 <= value <= 99]
    found = whole or short
    return Span(found[0], 0, 1) if found else None


def _year_of_digits(digits: str) -> int:
    """0 if they are no year. In "năm năm sáu" the first "năm" is the word for year, heard as a five."""
    if len(digits) in (3, 5) and digits[0] == "5":
        digits = digits[1:]
    if len(digits) == 4:
        return int(digits)
    if len(digits) != 2:
        return 0
    return 1900 + int(digits) if int(digits) >= 30 else 2000 + int(digits) if int(digits) <= 15 else 0


def digits(text: str) -> Span[str] | None:
    """Digits read one by one, the last run; pauses and fillers inside a run are forgiven."""
    written = re.findall(r"\d{3,}", text)
    if written:
        return Span(written[-1], 0, 1)
    spans = parse_digits(text, 1)
    if not spans:
        return None
    joined = "".join(span.value for span in spans)
    longest = max(spans, key=lambda span: len(span.value))
    value = longest.value if len(longest.value) >= 4 else joined
    return Span(value, spans[0].start, spans[-1].end)

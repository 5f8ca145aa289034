"""Writers for what has a name: flights (VN213), decrees (13/2023/NĐ-CP), units of the country (phường Bến Nghé)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from core.artifacts import artifact
from speech.recognition.units import canonical
from speech.text.classes.heard import DIGIT, JOINED, ONES, Heard, number
from speech.text.classes.written import Line

_AIRLINES: Final[Mapping[tuple[str, ...], str]] = {
    ("vê", "nờ"): "VN", ("vê", "en"): "VN", ("vi", "en"): "VN", ("vi", "nờ"): "VN", ("vn",): "VN",
    ("vê", "di"): "VJ", ("vê", "gi"): "VJ", ("vi", "di"): "VJ", ("vi", "gi"): "VJ", ("vi", "giây"): "VJ",
    ("vi", "dây"): "VJ", ("vê", "dây"): "VJ", ("vê", "giây"): "VJ", ("vi", "chây"): "VJ", ("vj",): "VJ",
    ("quy", "hát"): "QH", ("quy", "hắt"): "QH", ("kiu", "hát"): "QH", ("kiu", "ếch"): "QH", ("cu", "hát"): "QH",
    ("cu", "ếch"): "QH", ("qh",): "QH", ("vê", "u"): "VU", ("vi", "diu"): "VU", ("vi", "iu"): "VU", ("vu",): "VU",
    ("bê", "lờ"): "BL", ("bi", "eo"): "BL", ("bi", "lờ"): "BL", ("bl",): "BL",
}  # fmt: skip
"""How the letters of Vietnam's airlines are said, the Vietnamese and the English way."""
_LAWS: Final = frozenset(("định", "tư", "luật", "quyết", "lệnh", "thị", "văn"))
_STROKES: Final = frozenset(("trên", "xẹt", "xuyệt", "xược", "sẹc", "gạch"))
_MAKERS: Final[Mapping[tuple[str, ...], str]] = {
    ("nghị", "định", "chính", "phủ"): "NĐ-CP", ("nghị", "định", "xê", "pê"): "NĐ-CP",
    ("nờ", "đê", "xê", "pê"): "NĐ-CP", ("en", "đê", "xê", "pê"): "NĐ-CP",
    ("quyết", "định", "ủy", "ban", "nhân", "dân"): "QĐ-UBND", ("quyết", "định", "thủ", "tướng"): "QĐ-TTg",
    ("quyết", "định", "tê", "tê", "gờ"): "QĐ-TTg", ("thông", "tư", "bộ", "tài", "chính"): "TT-BTC",
    ("tê", "tê", "bê", "tê", "xê"): "TT-BTC", ("thông", "tư", "bê", "tê", "xê"): "TT-BTC",
    ("tê", "tê", "bê", "xê", "a"): "TT-BCA", ("thông", "tư", "bê", "xê", "a"): "TT-BCA",
    ("tê", "tê", "bê", "y", "tê"): "TT-BYT", ("quốc", "hội"): "QH", ("quy", "hát"): "QH", ("quy", "hắt"): "QH",
}  # fmt: skip
_HEADS: Final[Mapping[tuple[str, ...], str]] = {
    ("phường",): "ward", ("xã",): "ward", ("thị", "trấn"): "ward", ("đặc", "khu"): "ward", ("quận",): "district",
    ("huyện",): "district", ("thị", "xã"): "district", ("thành", "phố"): "city", ("tp",): "city",
    ("tỉnh",): "province",
}  # fmt: skip
_MANY: Final = frozenset("các một những nhiều mọi mấy vài hai ba bốn đạt mỗi nào".split())  # noqa: SIM905
"""Before "xã", "thành phố" …: no certain one is meant (một thành phố yên bình)."""
STARTS_NAME: Final = frozenset((*(key[0] for key in _AIRLINES), *(key[0] for key in _HEADS)))


def named(heard: Heard, k: int) -> Line | None:
    """A flight or a named unit of the country whose first word is at ``k``."""
    return flight(heard, k) or place(heard, k)


def _at(heard: Heard, k: int, words: tuple[str, ...]) -> bool:
    end = k + len(words)
    return heard.words[k:end] == words and all(gap == JOINED for gap in heard.gaps[k + 1 : end])


def flight(heard: Heard, k: int) -> Line | None:
    """vê nờ hai một ba, vi en hai trăm mười ba: VN213. Three or four digits, however they are said."""
    for size in (2, 1):
        said = heard.words[k : k + size]
        code = _AIRLINES.get(said)
        if code is None or len(said) < size or not _at(heard, k, said):
            continue
        at = k + size
        if heard.next(at) not in DIGIT:
            return None
        digits, end = "", at
        while heard.next(end) in DIGIT and heard.next(end + 1) not in ("trăm", "nghìn", "ngàn", "mươi"):
            digits, end = digits + str(DIGIT[heard.word(end)]), end + 1
        if len(digits) == 1 and heard.next(end) in ("linh", "lẻ") and heard.next(end + 1) in ONES:  # hai lẻ một
            digits, end = f"{digits}0{ONES[heard.word(end + 1)]}", end + 2
        if len(digits) not in (3, 4):
            read = number(heard, at) if heard.word(at) in ONES else None
            if read is None or read.scale or not 100 <= read.value <= 9999:
                return None
            digits, end = str(read.value), read.end
        return Line(end, "flight", code + digits)
    return None


def law(heard: Heard, k: int) -> Line | None:
    """mười ba trên hai nghìn không trăm hai mươi ba trên nghị định chính phủ, after "nghị định": 13/2023/NĐ-CP."""
    if not k or heard.gaps[k] != JOINED or not _LAWS & set(heard.words[max(0, k - 2) : k]):
        return None
    first = _numeral(heard, k)
    at = _stroke(heard, first[1]) if first else 0
    year = _numeral(heard, at) if at else None
    if first is None or year is None or not 1945 <= int(year[0]) <= 2100:
        return None
    after = _stroke(heard, year[1])
    for words, maker in _MAKERS.items() if after else ():
        if _at(heard, after, words):
            end = after + len(words)
            term = number(heard, end) if maker == "QH" and heard.next(end) else None
            if maker != "QH" or term:
                text = f"{first[0]}/{year[0]}/{maker}{term.value if term else ''}"
                return Line(term.end if term else end, "code", text)
    return None


def _stroke(heard: Heard, k: int) -> int:
    """Where the words go on after a spoken stroke at ``k``; 0 if there is none."""
    if heard.next(k) not in _STROKES:
        return 0
    at = k + 2 if heard.next(k + 1) == "chéo" else k + 1
    return at if heard.next(at) else 0


def _numeral(heard: Heard, k: int) -> tuple[str, int] | None:
    """A number, or digits one by one where the first is "không" (không một: 01)."""
    if heard.word(k) == "không" and heard.next(k + 1) in ONES:
        return f"0{ONES[heard.word(k + 1)]}", k + 2
    read = number(heard, k)
    return (str(read.value), read.end) if read and not read.scale and read.value < 10_000 else None


def place(heard: Heard, k: int) -> Line | None:
    """phường bến nghé, tỉnh long an: the capitals of a known name behind the word for its kind; quận nhất: quận 1."""
    for size in (2, 1):
        said = heard.words[k : k + size]
        kind = _HEADS.get(said)
        if kind is None or len(said) < size or not _at(heard, k, said) or (k and heard.word(k - 1) in _MANY):
            continue
        at = k + size
        head = heard.text[heard.starts[k] : heard.ends[at - 1]]
        if heard.word(k) == "quận" and heard.next(at) == "nhất":
            return Line(at + 1, "cardinal", f"{head} 1")
        for length in (4, 3, 2, 1):
            words = heard.words[at : at + length]
            name = _names(kind).get(_key(" ".join(words))) if len(words) == length else None
            if name and heard.next(at) and _at(heard, at, words) and heard.text[heard.starts[at]].islower():
                return Line(at + length, "place", f"{head} {_as_said(heard, at, name)}")
    return None


def _as_said(heard: Heard, k: int, name: str) -> str:
    """The name in the spelling of the speaker (hoà or hòa) with the capitals of the gazetteer."""
    said = [heard.text[heard.starts[j] : heard.ends[j]] for j in range(k, k + len(name.split()))]
    return " ".join(word[0].upper() + word[1:] for word in said)


def _key(name: str) -> str:
    """Lower case, tone marks where the recogniser puts them: hoà and hòa alike."""
    return " ".join(canonical(word) for word in name.lower().split())


@cache
def _names(kind: str) -> Mapping[str, str]:
    """Names of a kind, key → as written. One-syllable wards (xã Hội …) are left out: they are words."""
    if kind in ("province", "city"):
        return _cities() if kind == "city" else _provinces()
    wards, districts = _gazetteer()
    return wards if kind == "ward" else districts


@cache
def _provinces() -> Mapping[str, str]:
    lines = artifact("speech", "text", "data", "provinces.txt").read_text("utf-8").splitlines()
    rows = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    return {_key(name): name for row in rows for name in (row[0], *row[2].split(", "))}


@cache
def _cities() -> Mapping[str, str]:
    """Municipalities, provincial towns and the towns that callers name."""
    lines = artifact("speech", "text", "data", "towns.txt").read_text("utf-8").splitlines()
    towns = [line.partition("|")[0].strip() for line in lines if line and not line.startswith("#")]
    known = {_key(town): town for town in towns}
    return {**_provinces(), **{_key(name): name for name in _CITY_DISTRICTS}, **known}


_CITY_DISTRICTS: Final = frozenset(
    [
        "thủ đức",
        "thủ dầu một",
        "biên hòa",
        "dĩ an",
        "thuận an",
        "mỹ tho",
        "long xuyên",
        "rạch giá",
        "vũng tàu",
        "buôn ma thuột",
        "tam kỳ",
        "hội an",
        "hạ long",
        "việt trì",
        "sa đéc",
        "cao lãnh",
        "châu đốc",
        "bảo lộc",
        "phan thiết",
        "phan rang",
        "tuy hòa",
        "đông hà",
        "đồng hới",
        "cẩm phả",
        "uông bí",
    ]
)
"""Former districts that were cities."""


@cache
def _gazetteer() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Wards and districts, today's and former, of two syllables or more."""
    wards: dict[str, str] = {}
    districts: dict[str, str] = {}
    for line in artifact("speech", "text", "data", "wards.txt").read_text("utf-8").splitlines():
        if line[:1] in ("#", "="):
            continue
        head, _, parts = line.partition(" | ")
        found = [head[2:]]
        for part in parts.split("; ") if parts else ():
            district, _, names = part.partition(": ")
            if " " in district and district.replace(" ", "").isalpha():
                districts[_key(re.sub(r"^(?:Quận|Huyện) ", "", district))] = district
            found += names.split(", ")
        wards |= {_key(name): name for name in found if " " in name and name.replace(" ", "").isalpha()}
    for word in _NO_NAMES:
        wards.pop(_key(word), None)
    return wards, districts


_NO_NAMES: Final = ("trung tâm", "tiên tiến", "văn hóa", "đoàn kết", "an toàn", "thống nhất", "kiểu mẫu")
"""Wards whose name is also an everyday word behind "xã", "phường"."""

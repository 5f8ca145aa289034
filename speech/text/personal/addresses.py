"""Postal addresses fine enough to find a door: a house number, street, alley or hamlet, with what follows it.

A province or district alone is no personal datum here.
"""

from __future__ import annotations

import re
from functools import cache

from core.artifacts import artifact
from speech.text.personal.finding import Finding
from speech.text.personal.syllables import NAMES, NUMBER_NAMES, PLACES, SURNAMES
from speech.text.scan import Word, phrases_of, words_of
from speech.text.wards import name_length

_HEADS: dict[tuple[str, ...], str] = {
    tuple(head.split()): grade
    for grade, heads in {
        "number": "số nhà;nhà số;số;căn hộ;căn số;căn;phòng số",
        "fine": "đường;phố;hẻm;ngõ;ngách;kiệt;thôn;ấp;tổ dân phố;tổ;xóm;chung cư;tòa nhà;tòa;toà nhà;lô;đội;bản;"
        "khu đô thị;khu tập thể;khu phố;quốc lộ;tỉnh lộ;tầng;lầu;block;buôn;khóm",
        "coarse": "phường;quận;huyện;xã;thị trấn;thị xã;thành phố;tỉnh;tp;p;q;đặc khu",
    }.items()
    for head in heads.split(";")
}
_CUES = frozenset(
    tuple(cue.split())
    for cue in phrases_of(
        """
    địa chỉ; địa chỉ là; địa chỉ nhà; ở số; ngụ tại; ngụ ở; thường trú tại; thường trú; tạm trú tại; tạm trú; nhà ở;
    giao đến; giao tới; giao về; giao hàng đến; ship đến; ship tới; ship về; nhà tôi ở; nhà em ở; nhà tui ở; chỗ ở;
    hộ khẩu
    """
    )
)
_NUMERALS = frozenset(
    words_of(
        """
    không một hai ba bốn tư năm sáu bảy bẩy tám chín mười mươi mốt lăm nhăm linh lẻ trăm hăm chục nghìn ngàn xẹt sẹt
    trên
    gạch xuyệt a b c d bê xê dê
    """
    )
)
_STOP = frozenset(
    words_of(
        """
    nha nhé ạ em anh chị tôi tui giao gọi là thì cho được rồi nhưng và còn trước lúc giúp dạ vâng nghe gần đối diện
    tiền trả nhận hàng phải không đúng đó này kia ấy
    """
    )
)
_LOOSE = NAMES | SURNAMES | PLACES
_MOST_NAME = 7
"""Words of a street and the place after it, which recognised speech does not part by a comma."""
_DATED = frozenset(
    tuple(street.split())
    for street in phrases_of(
        """
        hai bà trưng; ba tháng hai; cách mạng tháng tám; ba mươi tháng tư; mười chín tháng năm; hai mươi chín tháng ba;
        hai chín tháng ba; mồng hai tháng chín; hai tháng chín; một tháng năm; mười tháng ba; bảy tháng năm
        """
    )
)
"""Streets whose names hold numbers."""


_PAIRS = frozenset((("nha", "trang"), ("tiền", "giang"), ("đông", "anh"), ("tiền", "hải"), ("phải", "đạo")))
"""Places that begin or end with a word that otherwise ends an address."""


def find_addresses(text: str, words: list[Word]) -> list[Finding]:
    """Addresses in order: two components or more of which one is fine, or a house number with a street."""
    found: list[Finding] = []
    k = 0
    while k < len(words):
        end, grades = _address(text, words, k)
        enough = bool({"fine", "number", "bare"} & set(grades)) and (len(grades) >= 2 or _cued(words, k))
        if enough:
            first, last = words[k].start, words[end - 1].end
            found.append(Finding("address", first, last, text[first:last]))
        k = max(end, k + 1) if enough else k + 1
    return found


def _address(text: str, words: list[Word], k: int) -> tuple[int, list[str]]:
    """Components from word ``k``: where they end and how fine each is."""
    grades: list[str] = []
    end = k
    written = words[k].plain[:1].isdecimal() and len(words[k].plain) <= 6
    if _head(words, k) is None and (written or _spoken_house(words, k)):
        after = _number_end(text, words, k)
        street = _name_end(words, after) if after < len(words) and words[after].capital else after
        headed = after < len(words) and _head(words, after) in _FINE_HEADS
        if headed or street - after >= 2 or (street > after and _cued(words, k)):
            grades.append("bare")
            end = street
            if not headed:
                grades.append("fine")
        else:
            return k, []
    while end < len(words) and len(grades) < 9:
        head = _head(words, end)
        if head is None:
            province = _province_end(text, words, end) if grades else end
            if province == end:
                break
            grades.append("coarse")
            end = province
            continue
        at = end + len(head)
        numbered = at if _dated(words, at) else _number_end(text, words, at)
        after = numbered if numbered > at else at
        if _HEADS[head] == "number" and numbered == at:
            break
        if after == at and _HEADS[head] == "coarse" and at < len(words) and not words[at].capital:
            after = at + name_length([w.plain for w in words[at : at + 5]])
        if after == at or (after < len(words) and words[after].capital and not words[after].first):
            after = _name_end(words, after)
        if head in _NAMED and at < len(words) and not words[at].capital:
            after = next((j for j in range(at + 1, min(at + 5, len(words))) if _head(words, j)), after)
        if after == at:
            break
        grades.append(_HEADS[head])
        end = after
        place = _name_end(words, end) if numbered == end and not (end < len(words) and words[end].first) else end
        if _HEADS[head] != "number" and place - end >= 2:
            end = place
        if _HEADS[head] == "number" and end < len(words) and _head(words, end) is None:
            street = _name_end(words, end)
            if street - end >= 2:
                grades.append("fine")
                end = street
    return end, grades


_STROKES = frozenset(["xẹt", "sẹt", "trên", "xuyệt", "gạch"])
_NAMED = frozenset([("chung", "cư"), ("tòa", "nhà"), ("toà", "nhà"), ("khu", "đô", "thị"), ("khu", "tập", "thể")])
"""What stands between these and the next component is their name, known or not."""


def _spoken_house(words: list[Word], k: int) -> bool:
    """Does "mười hai xẹt ba" begin here, before a street?"""
    if words[k].plain not in _NUMERALS or (k and words[k - 1].plain in _NUMERALS and not words[k].first):
        return False
    end = k
    while end < len(words) and end - k < 9 and words[end].plain in _NUMERALS and (end == k or not words[end].first):
        end += 1
    spoken = {w.plain for w in words[k:end]}
    return bool(spoken & _STROKES) and end < len(words) and _head(words, end) in _FINE_HEADS


@cache
def _provinces() -> frozenset[tuple[str, ...]]:
    """Names of provinces, former and of today, word by word."""
    lines = artifact("speech", "text", "data", "provinces.txt").read_text("utf-8").lower().splitlines()
    names = [part for line in lines if line[:1] != "#" for part in re.split(r"[|,]", line)]
    return frozenset(tuple(re.findall(r"\w+", name)) for name in names)


def _head(words: list[Word], k: int) -> tuple[str, ...] | None:
    if words[k : k + 1] and words[k].plain not in _FIRST:
        return None
    for size in (3, 2, 1):
        head = tuple(w.plain for w in words[k : k + size])
        if head == ("kiệt",) and k and words[k - 1].plain in ("văn", "thường", "tuấn"):
            continue  # the last word of a street's name, not an alley of Huế
        if len(head) == size and head in _HEADS:
            return head
    return None


_FIRST = frozenset(head[0] for head in _HEADS)
_FINE_HEADS = frozenset(head for head, grade in _HEADS.items() if grade != "number")


def _number_end(text: str, words: list[Word], k: int) -> int:
    """After "12/3B", "mười hai xẹt ba", "5"."""
    at = k
    while at < len(words) and at - k < 9:
        plain = words[at].plain
        gap = text[words[at - 1].end : words[at].start] if at > k else " "
        if at > k and gap.strip(" ") not in ("", "/", "-", "."):
            break
        written = plain[0].isdecimal() and len(plain) <= 6
        if written and at > k and gap == " " and words[at - 1].plain[0].isdecimal():
            break
        if not (written or plain in _NUMERALS):
            break
        at += 1
    return at


def _dated(words: list[Word], k: int) -> int:
    """Words of a street named after a date or a number; 0 if none begins here."""
    return next(
        (
            size
            for size in (5, 4, 3)
            if tuple(w.plain for w in words[k : k + size][:size]) in _DATED and k + size <= len(words)
        ),
        0,
    )


def _name_end(words: list[Word], k: int) -> int:
    at = k
    dated = _dated(words, k)
    if dated:
        at = k + dated
        rest = _name_end(words, at)
        return rest if rest - at >= 2 else at
    capital = k < len(words) and words[k].capital
    while at < len(words) and at - k < _MOST_NAME and (at == k or not words[at].first):
        word = words[at]
        if _head(words, at) is not None and at > k:
            break
        pair = {(word.plain, words[n].plain) for n in (at + 1,) if n < len(words)}
        pair |= {(words[at - 1].plain, word.plain)} if at > k else set()
        named = word.capital if capital else word.plain in _LOOSE and (word.plain not in _STOP or bool(pair & _PAIRS))
        if not named or (at == k and word.plain in NUMBER_NAMES):
            break
        at += 1
    return at


def _province_end(text: str, words: list[Word], k: int) -> int:
    """A place name without a head behind a comma or in capitals: ", Hà Nội"."""
    plain = tuple(w.plain for w in words[k : k + 4])
    named = next((n for n in (4, 3, 2) if len(plain) >= n and plain[:n] in _provinces()), 0)
    if named:
        return k + named
    comma = "," in text[words[k - 1].end : words[k].start]
    if not (comma or words[k].capital or words[k].plain in ("hà", "sài", "đà", "hải", "cần", "bình", "đồng")):
        return k
    end = _name_end(words, k)
    return end if end - k >= 2 or (end > k and words[k].capital) else k


def _cued(words: list[Word], k: int) -> bool:
    return any(tuple(w.plain for w in words[k - n : k]) in _CUES for n in (1, 2, 3) if k >= n)

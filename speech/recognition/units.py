"""Vietnamese syllables as three output units: initial, rime, tone (always in that order).

Any syllable can be spelt with 25 + 159 + 6 units, the tone comes last (where a language model is best placed to
decide it), and the toneless error comes for free. Units are orthographic: which sounds fall together (d/gi, s/x,
n/ng …) depends on the region and is learnt by the network or left to the language model.

Canonical spelling (lower case, NFC), the one commonly printed in Vietnam today:

* tone mark placed the old way in open ``oa oe uy``: *hòa, khỏe, thúy* (not hoà, khoẻ, thuý);
* ``i``/``y`` alone after a consonant as in ``_Y_AFTER`` (*kỹ, lý, mỹ, tỷ, quý* but *lì, mì, sĩ, vị, tí*).

Every other accepted spelling (upper case, NFD, new-style tones, mĩ/mỹ, qui/quy) maps to the same units.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

INITIAL_NAMES: tuple[str, ...] = (
    "", "b", "c", "ch", "d", "đ", "g", "gi", "h", "kh", "l", "m", "n", "ng", "nh", "p", "ph", "qu", "r", "s", "t",
    "th", "tr", "v", "x",
)  # fmt: skip
RIME_NAMES: tuple[str, ...] = tuple(  # one family per line reads better than a list
    """
    a ai ao au ay am an ang anh ac ach ap at
    ăm ăn ăng ăc ăp ăt
    âu ây âm ân âng âc âp ât
    e eo em en eng ec ep et
    ê êu êm ên ênh êng êch êp êt
    i iu im in inh ich ip it ia
    iêu iêm iên iêng iêc iêp iêt
    o oi om on ong oc op ot oong ooc
    oa oai oao oay oam oan oang oanh oac oach oap oat
    oăm oăn oăng oăc oăt
    oe oeo oem oen oet
    ô ôi ôm ôn ông ôc ôp ôt ôông
    ơ ơi ơm ơn ơng ơp ơt
    u ui um un ung uc up ut ua
    uây uân uâng uât
    uê uêu uênh uêch
    uơ uôi uôm uôn uông uôc uôt
    uy uya uyu uyn uyt uyp uynh uych uyên uyêt
    ư ưi ưu ưm ưn ưng ưc ưt ưa
    ươi ươu ươm ươn ương ươc ươp ươt
    """.split()  # noqa: SIM905
)
TONE_NAMES: tuple[str, ...] = ("ngang", "huyền", "sắc", "hỏi", "ngã", "nặng")

BLANK: int = 0
INITIALS: range = range(1, 1 + len(INITIAL_NAMES))
RIMES: range = range(INITIALS.stop, INITIALS.stop + len(RIME_NAMES))
TONES: range = range(RIMES.stop, RIMES.stop + len(TONE_NAMES))
UNITS: tuple[str, ...] = (
    "<blank>",
    *(f"{name or '∅'}-" for name in INITIAL_NAMES),
    *(f"-{name}" for name in RIME_NAMES),
    *TONE_NAMES,
)
"""Names by id: ``<blank>``, initials ("ng-"), rimes ("-ương"), tones ("sắc")."""

_INITIAL_ID = {name: INITIALS.start + k for k, name in enumerate(INITIAL_NAMES)}
_RIME_ID = {name: RIMES.start + k for k, name in enumerate(RIME_NAMES)}
_TONE_MARKS = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_TONE_OF_MARK = {mark: k for k, mark in enumerate(_TONE_MARKS) if mark}
_STOPS = ("c", "ch", "p", "t")
_VOWELS = "aăâeêioôơuưy"
_MODIFIED = "ăâêôơư"
# Spellings of the letter(s) before the rime, longest first; "g"/"gi"/"k"/"q" need more care below.
_WRITTEN_INITIALS = (
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr",
    "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x",
)  # fmt: skip
_SAME_INITIAL = {"ngh": "ng", "gh": "g", "k": "c"}
# Tones (index into TONE_NAMES) with which the bare rime "i" is written "y" after these initials.
_Y_AFTER: dict[str, frozenset[int]] = {
    "": frozenset({0, 2, 3}),  # y tế, ý, ỷ; ì ạch
    "h": frozenset({0}),  # hy vọng; hì
    "c": frozenset({1, 2, 3, 4, 5}),  # kỳ ký kỷ kỹ kỵ; ki-ốt
    "l": frozenset({0, 2}),  # ly, lý; lì xì
    "m": frozenset({0, 4}),  # My, Mỹ; mì, mí
    "t": frozenset({0, 3}),  # công ty, tỷ; tí, tì
    "qu": frozenset(range(6)),
}

FOREIGN: dict[str, str] = {
    "ok": "ô kê", "oke": "ô kê", "okay": "ô kê", "okie": "ô kê", "zalo": "da lô", "momo": "mô mô", "app": "áp",
    "alo": "a lô", "alô": "a lô", "sms": "ét em ét", "otp": "ô tê pê", "atm": "a tê em", "pin": "pin", "sim": "sim",
    "facebook": "phây búc", "email": "i meo", "mail": "meo", "gmail": "gi meo", "internet": "in tơ nét",
    "online": "on lai", "web": "oét", "website": "oét sai", "wifi": "oai phai", "video": "vi đê ô",
    "taxi": "tắc xi", "grab": "gờ ráp", "shipper": "síp pơ", "ship": "síp", "shop": "sóp", "visa": "vi da",
    "vip": "víp", "vnpay": "vê nờ pay", "viettel": "viết teo", "mobifone": "mô bi phôn", "vinaphone": "vi na phôn",
    "hotline": "hót lai", "robot": "rô bốt", "bot": "bót", "code": "cốt", "combo": "com bô", "voucher": "vao chờ",
    "feedback": "phít bách", "marketing": "ma két tinh", "deal": "điu", "hello": "hê lô", "bye": "bai",
    "sorry": "so ri", "check": "chếch", "card": "cạc", "call": "con", "tiktok": "tích tóc", "shopee": "sóp pi",
    "lazada": "la da đa", "cccd": "xê xê xê đê", "cmnd": "xê mờ nờ đê",
    # Letter names as read out in codes and number plates.
    "b": "bê", "c": "xê", "d": "dê", "đ": "đê", "f": "ép", "g": "gờ", "h": "hát", "j": "di", "k": "ca",
    "l": "lờ", "m": "mờ", "n": "nờ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "v": "vê",
    "w": "vê kép", "x": "ích", "z": "dét",
}  # fmt: skip
"""Words that are no Vietnamese syllable, and how callers say them."""


def _split_tone(syllable: str) -> tuple[str, int] | None:
    """Toneless NFC lower-case letters and the tone index; None when two tone marks are found."""
    tone = 0
    letters = []
    for ch in unicodedata.normalize("NFD", syllable.lower()):
        if ch in _TONE_OF_MARK:
            if tone:
                return None
            tone = _TONE_OF_MARK[ch]
        else:
            letters.append(ch)
    return unicodedata.normalize("NFC", "".join(letters)), tone


def _read_rime(initial: str, rest: str) -> str:
    """Spelling of the rime with y for i and the swallowed i of "gi" undone."""
    if initial == "gi":
        if not rest:
            return "i"
        if rest[0] == "ê" and len(rest) > 1:  # giêng, giết, giễu
            return "i" + rest
        return rest if rest in _RIME_ID else "i" + rest  # gìn, gíp
    if rest == "y":
        return "i"
    if rest.startswith("y") and (initial == "qu" or (not initial and rest.startswith("yê"))):
        return "i" + rest[1:]
    return rest


def _is_pair(initial: str, rime: str) -> bool:
    """Is there a spelling that reads back as this pair? Loose on purpose: phonotactics, not a dictionary."""
    if initial == "qu":  # the medial is already in the initial
        return rime[0] not in "ouưô" or rime in ("ôc", "ô")
    if initial == "gi":
        return rime not in ("ia", "iu") and not (rime[0] == "ê" and len(rime) > 1)
    if initial == "c":  # /kw/ is written qu
        return not rime.startswith(("oa", "oă", "oe", "uê", "uy", "uâ", "uơ"))
    return True


@lru_cache(maxsize=32768)
def syllable_to_units(syllable: str) -> tuple[int, int, int] | None:
    """Unit ids (initial, rime, tone) of one written syllable, or None if it is no Vietnamese syllable."""
    split = _split_tone(syllable.strip())
    if split is None:
        return None
    letters, tone = split
    for written in (*_WRITTEN_INITIALS, ""):
        if not letters.startswith(written):
            continue
        initial = _SAME_INITIAL.get(written, written)
        rime = _read_rime(initial, letters[len(written) :])
        if written == "k" and rime[:1] not in ("i", "e", "ê"):
            return None
        if rime in _RIME_ID and _is_pair(initial, rime) and _tone_fits(rime, tone):
            return _INITIAL_ID[initial], _RIME_ID[rime], TONES.start + tone
        if written not in ("gi", ""):  # "gi" may also be g + i…, never otherwise
            return None
    return None


def _tone_fits(rime: str, tone: int) -> bool:
    return tone in (2, 5) or not rime.endswith(_STOPS)


def _tone_position(rime: str) -> int:
    """Index of the letter that bears the tone mark, old style."""
    marked = [k for k, ch in enumerate(rime) if ch in _MODIFIED]
    if marked:
        return marked[-1]
    run = [k for k, ch in enumerate(rime) if ch in _VOWELS]
    if len(rime) > len(run):  # a consonant closes it: toán, huýt, moóc
        return run[-1]
    return run[1] if len(run) == 3 else run[0]  # khuỷu, ngoài; hòa, mùa, lái


@lru_cache(maxsize=32768)
def units_to_syllable(initial: int, rime: int, tone: int) -> str:
    """Canonical spelling of three unit ids. Total: pairs that no spelling reads back are simply put together.

    Raises ValueError if an id is out of its range.
    """
    if initial not in INITIALS or rime not in RIMES or tone not in TONES:
        raise ValueError(f"not (initial, rime, tone): {initial}, {rime}, {tone}")
    head, tail, t = INITIAL_NAMES[initial - INITIALS.start], RIME_NAMES[rime - RIMES.start], tone - TONES.start
    if tail == "i" and t in _Y_AFTER.get(head, frozenset()):
        tail = "y"
    elif (head == "qu" and tail.startswith("i")) or (head == "" and tail.startswith("iê")):
        tail = "y" + tail[1:]
    k = _tone_position(tail)
    tail = unicodedata.normalize("NFC", tail[: k + 1] + _TONE_MARKS[t]) + tail[k + 1 :]
    bare = RIME_NAMES[rime - RIMES.start]
    if head == "gi":
        return "g" + tail if bare.startswith("i") else "gi" + tail
    if bare[0] in "ieê":
        head = {"c": "k", "g": "gh", "ng": "ngh"}.get(head, head)
    return head + tail


def is_vietnamese_syllable(syllable: str) -> bool:
    """Can it be spelt with the units? (Phonotactically possible; not necessarily a word.)"""
    return syllable_to_units(syllable) is not None


def canonical(syllable: str) -> str:
    """Canonical spelling of a Vietnamese syllable; anything else is returned NFC lower-case."""
    units = syllable_to_units(syllable)
    return units_to_syllable(*units) if units else unicodedata.normalize("NFC", syllable.lower().strip())


def respell(word: str) -> str:
    """A foreign word or letter as Vietnamese syllables ("zalo" → "da lô"); other words unchanged."""
    if is_vietnamese_syllable(word):
        return word
    return FOREIGN.get(unicodedata.normalize("NFC", word.lower()), word)


def text_to_units(text: str) -> list[tuple[int, int, int]] | None:
    """Units of plain words separated by blanks, foreign words respelt; None if a word cannot be spelt."""
    units = [syllable_to_units(part) for word in text.split() for part in respell(word).split()]
    return None if None in units else [u for u in units if u is not None]


def valid_syllables() -> Iterator[tuple[tuple[int, int, int], str]]:
    """Every possible syllable as (units, canonical spelling), in unit order (about 20,000)."""
    for i in INITIALS:
        for r in RIMES:
            if not _is_pair(INITIAL_NAMES[i - INITIALS.start], RIME_NAMES[r - RIMES.start]):
                continue
            for t in TONES:
                if _tone_fits(RIME_NAMES[r - RIMES.start], t - TONES.start):
                    yield (i, r, t), units_to_syllable(i, r, t)

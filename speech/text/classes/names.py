"""Names of places, addresses, electronic addresses, abbreviations, Roman numerals, English words and brands."""

from __future__ import annotations

import re

from speech.recognition.units import is_vietnamese_syllable
from speech.text.classes.context import Context, Offer
from speech.text.classes.reading import Reader
from speech.text.classes.words import ABBREVIATIONS, BRANDS, KINGS, ROMAN_CUES, WEEKDAYS

_SLASHED = re.compile(r"(?P<body>[A-ZĐ]?\d{1,5}[A-ZĐa-z]?\d?(?:[/-]\d{1,5}[A-ZĐa-z]?\d?(?!\w)){0,6})(?![\w/])")
_STREET = re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2})(?![\w/])")
_WARD = re.compile(
    r"(?P<a>TP|Tp|tp|TX|Tx|tx|TT|Tt|KP|P|Q|H|X)\.(?:\s?(?P<n>\d{1,2}(?![\w/]))|(?=\s?[A-ZĐÀ-Ỹ]))"
    r"|(?P<b>[PQpq])\.?(?P<k>\d{1,2})(?![\w/])|(?P<c>TP|TX|Tp|tp)(?=\s[A-ZĐÀ-Ỹ][a-zà-ỹ])"
    r"|(?P<f>F)\.?\s?(?P<fn>\d{1,2})(?=[,\s]{1,2}(?:[Qq]|quận|Quận))|(?P<s>Đ|đ)\.(?=\s?[A-ZĐÀ-Ỹ][^\W\d_]{0,8}\s[A-ZĐÀ-Ỹ])"
)
_QUARTER = re.compile(r"Q([1-4])/([12]\d{3})(?!\w)")
_WARDS = {"TP": "thành phố", "TX": "thị xã", "TT": "thị trấn", "KP": "khu phố", "P": "phường",
          "Q": "quận", "H": "huyện", "X": "xã", "F": "phường", "Đ": "đường"}  # fmt: skip
_HOUSE_CUES = frozenset(["số", "nhà", "hẻm", "ngõ", "kiệt", "ngách", "chỉ", "xuyệt", "lô"])
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}@[A-Za-z0-9\-]{1,63}(?:\.[A-Za-z0-9\-]{1,63}){1,5}")
_URL = re.compile(
    r"(?:https?://)?(?:www\.)?(?:[A-Za-z0-9\-]{1,63}\.){1,5}(?:com|vn|net|org|edu|gov|io|info|me|app|ai|biz|xyz|asia)"
    r"(?:\.vn)?(?::\d{1,5})?(?:/[A-Za-z0-9_\-./?=&%#]{0,200}[A-Za-z0-9/])?(?![\w@])",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"(?=[IVXLCDM])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?!\w)", re.IGNORECASE)
_OF_YEAR = re.compile(r"/([12]\d{3})(?!\w)")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_SYMBOLS = {".": "chấm", "@": "a còng", "-": "gạch ngang", "_": "gạch dưới", "/": "gạch chéo", ":": "hai chấm",
            "?": "hỏi", "=": "bằng", "&": "và", "+": "cộng", "%": "phần trăm", "#": "thăng"}  # fmt: skip
_SAID = {"gmail": "g mail", "vn": "v n", "www": "w w w", "http": "h t t p", "https": "h t t p s"}
_LETTER_WORD = re.compile(r"[A-ZĐ]{2,6}(?![\w.]*\w)")


def house(ctx: Context, at: int) -> Offer | None:
    """12/3B after "số", "hẻm" or with a letter: "mười hai trên ba bê"; "đường 3/2" is named after a day."""
    before = ctx.before(at)
    street = _STREET.match(ctx.text, at)
    if street and before[-1:] == ["đường"]:
        return Offer(
            street.end(), "address", f"{ctx.reader.cardinal(street['d'])} tháng {ctx.reader.month(int(street['m']))}"
        )
    match = _SLASHED.match(ctx.text, at) or (
        _LETTERED.match(ctx.text, at) if before[-1:] and before[-1] in _LETTERED_CUES else None
    )
    if match is None:
        return None
    body = match["body"]
    cued = before[-1:] and before[-1] in _HOUSE_CUES
    letters = any(c.isalpha() for c in body)
    slashed = "/" in body and (letters or cued or body.count("/") > 1 or _place_follows(ctx, match.end()))
    lettered = before[-1:] and before[-1] in _LETTERED_CUES and _LETTERED.match(ctx.text, at)
    if not slashed and not (letters and cued and len(body) <= 5) and not lettered:
        return None
    parts = [" ".join(_house_part(ctx.reader, p) for p in re.findall(r"\d+|\D", part)) for part in body.split("/")]
    return Offer(match.end(), "address", " trên ".join(parts))


_LETTERED = re.compile(r"(?P<body>\d{1,4}[A-ZĐ]\d?)(?![\w/])")
_LETTERED_CUES = frozenset(
    ["tầng", "lầu", "lớp", "ghế", "lộ", "block", "cổng", "toa", "tổ", "khu", "dãy", "tòa", "toà"]
)
"""After these a number with a capital is no measure (tầng 12A)."""
_PLACE = re.compile(r"\s(?:đường|phố|hẻm|ngõ|phường|[A-ZĐÀ-Ỹ][^\W\d_]{1,8}\s[A-ZĐÀ-Ỹ])")


def _place_follows(ctx: Context, end: int) -> bool:
    return _PLACE.match(ctx.text, end) is not None


def _house_part(reader: Reader, piece: str) -> str:
    if piece == "-":
        return "đến"
    if piece.isdigit():
        return reader.cardinal(piece) if piece[0] != "0" else reader.digits(piece)
    return reader.spell(piece)


def ward(ctx: Context, at: int) -> Offer | None:
    """P.5, Q.3, Q1, TP. Huế, TX.Bình Long; "phường 5" needs no help."""
    quarter = _QUARTER.match(ctx.text, at)
    if quarter:
        year = ctx.reader.cardinal(quarter[2])
        return Offer(quarter.end(), "date", f"quý {ctx.reader.cardinal(quarter[1])} năm {year}")
    match = _WARD.match(ctx.text, at)
    if match is None:
        return None
    short = next(match[k] for k in "abcfs" if match[k])
    name, number = _WARDS[short.upper()], match["n"] or match["k"] or match["fn"]
    if number:
        return Offer(match.end(), "address", f"{name} {ctx.reader.cardinal(number)}")
    return Offer(match.end(), "address", name if ctx.text[match.end()].isspace() else name + " ")


def electronic(ctx: Context, at: int) -> Offer | None:
    """E-mails and web addresses: words as words, other letters and all digits one by one."""
    match = _EMAIL.match(ctx.text, at)
    kind = "email" if match else "url"
    match = match or _URL.match(ctx.text, at)
    if match is None:
        return None
    out: list[str] = []
    found = match.group() if ctx.reader.convention.scheme else re.sub(r"^https?://", "", match.group())
    for piece in re.findall(r"[A-Za-z]+|\d|.", found):
        if piece.isalpha():
            low = piece.lower()
            out.append(_SAID.get(low) or (low if _sayable(low) else " ".join(low)))
        else:
            out.append(_SYMBOLS.get(piece) or ctx.reader.digits(piece) or piece)
    return Offer(match.end(), kind, " ".join(out))


def _sayable(word: str) -> bool:
    if len(word) < 3:
        return len(word) == 2 and is_vietnamese_syllable(word)
    return any(c in "aeiouy" for c in word) and not re.search(r"[^aeiouy]{4}", word)


def roman(ctx: Context, at: int) -> Offer | None:
    """Roman numerals, only after a word that is followed by one (thế kỷ, chương, khoản, quý …)."""
    before = ctx.before(at)
    if not before or (before[-1] not in ROMAN_CUES and not (before[-1] in KINGS and ctx.text[at].isupper())):
        return None
    return roman_numeral(ctx, at)


def roman_numeral(ctx: Context, at: int) -> Offer | None:
    """The Roman numeral at ``at``, whatever stands before it."""
    before = ctx.before(at)
    match = _ROMAN.match(ctx.text, at)
    if match is None or not match.group():
        return None
    if match.group() != match.group().upper() and (
        before[-1:] and before[-1] in ("số", "năm", "thứ") and match.group() in ("mi", "di")
    ):
        return None
    values = [_VALUES[c] for c in match.group().upper()]
    n = sum(-v if any(w > v for w in values[k + 1 : k + 2]) else v for k, v in enumerate(values))
    spoken = ctx.reader.cardinal(n)
    year = _OF_YEAR.match(ctx.text, match.end())
    if year:
        return Offer(year.end(), "roman", f"{spoken} năm {ctx.reader.cardinal(year[1])}")
    if before[-1:] == ["thứ"]:
        spoken = {1: "nhất", 4: "tư"}.get(n, spoken)
    return Offer(match.end(), "roman", spoken)


def _is_code_hyphen(found: str, after: str) -> bool:
    """GD-12, VN-A123: the beginning of a code, not a word; TP.HCM-Hà Nội is none."""
    return after[:1] == "-" and (after[1:].isdigit() or (after[1:].isupper() and "." not in found))


def abbreviation(ctx: Context, at: int) -> Offer | None:
    """TP.HCM, UBND, CCCD …, exactly as listed."""
    for size in (12, 10, 8, 7, 6, 5, 4, 3, 2):
        found = ctx.text[at : at + size]
        spoken = ABBREVIATIONS.get(found)
        after = (
            ""
            if found in WEEKDAYS and ctx.text[at + size : at + size + 1] == "-"
            else ctx.text[at + size : at + size + 2]
        )
        if spoken and len(found) == size and not after[:1].isalnum() and not _is_code_hyphen(found, after):
            return Offer(at + size, "weekday" if found in WEEKDAYS else "abbreviation", spoken)
    return None


def letters(ctx: Context, at: int) -> Offer | None:
    """Capitals that no syllable is made of are spelt: FPT, VTV."""
    match = _LETTER_WORD.match(ctx.text, at)
    if match is None or any(c in "AEIOUY" for c in match.group()):
        return None
    return Offer(match.end(), "abbreviation", ctx.reader.spell(match.group()))


_HYPHENED = re.compile(r"[A-Za-z]{1,12}(?:-[A-Za-z0-9]{1,12}){1,3}(?!\w)")


def brand(ctx: Context, at: int) -> Offer | None:
    """English words and brands that Vietnamese voices would stumble over, as people say them."""
    joined = _HYPHENED.match(ctx.text, at)
    if joined and joined.group().lower() in BRANDS:
        return Offer(joined.end(), "foreign", BRANDS[joined.group().lower()])
    end = at
    while end < len(ctx.text) and end < at + 16 and ctx.text[end].isalnum():
        end += 1
    spoken = BRANDS.get(ctx.text[at:end].lower())
    return Offer(end, "foreign", spoken) if spoken else None

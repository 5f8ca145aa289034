"""Numbers that count: cardinals, decimals, fractions, ordinals, scales (2tr5, 100k), percentages, measures, money."""

from __future__ import annotations

import re

from speech.text.classes.context import Context, Offer
from speech.text.classes.reading import NUMBER, Number, Reader, parse
from speech.text.classes.units import CURRENCIES, MEASURES, PER

_SIGN = r"(?P<sign>[-−](?=\d))?"
_TAIL = r"(?![^\W\d_])"
_NUM = re.compile(rf"{_SIGN}(?P<n>{NUMBER})")
_SCALE = re.compile(
    r"\s?(?P<s>k|tr|triệu|trieu|t|tỷ|tỉ|ty|nghìn|ngàn|vạn|m)(?P<tail>\d{1,3}(?=k?(?!\w)))?(?:(?<=\d)k)?(?!\w)",
    re.IGNORECASE,
)
_SCALES = {"k": 1, "nghìn": 1, "ngàn": 1, "tr": 2, "triệu": 2, "trieu": 2, "m": 2, "t": 3, "tỷ": 3, "tỉ": 3, "ty": 3}
_UNIT_WORD = re.compile(r"\s?(?P<u>%|‰|°\s?[cfk]?|º\s?[cf]?|[^\W\d_]{1,6}[23²³]?(?:-(?=\w))?)", re.IGNORECASE)
_PER = re.compile(r"\s?/\s?(?P<u>[^\W\d_]{1,8}[23²³]?)(?!\w)", re.IGNORECASE)
_CURRENCY = re.compile(r"\s?(?P<c>[$€£¥₫₩฿₽₹]|[^\W\d_]{1,4}\$?)(?![\w$])", re.IGNORECASE)
_PREFIX = re.compile(rf"(?P<c>US\$|USD|VND|VNĐ|EUR|[$€£¥₫₩])\s?(?P<n>{NUMBER})(?![\d])", re.IGNORECASE)
_FRACTION = re.compile(
    rf"{_SIGN}(?:(?P<whole>\d{{1,6}})\s)?(?P<a>\d{{1,6}})\s?[/⁄]\s?(?P<b>\d{{1,6}})(?![\d/.\-]{0, 8}\d)"
)
_VULGAR = {"½": (1, 2), "¼": (1, 4), "¾": (3, 4), "⅓": (1, 3), "⅔": (2, 3), "⅛": (1, 8)}
_ORDINAL = re.compile(rf"(?P<head>thứ|hạng nhất|lần thứ)\s(?P<n>\d{{1,12}}){_TAIL}", re.IGNORECASE)


_COMMA_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")
"""100,000đ: no currency has three decimals."""
_COUNT_PER = re.compile(
    r"\s(?P<w>[^\W\d_]{2,7})/(?P<u>phút|giờ|ngày|tháng|năm|tuần|người|lần|quý|hộp|vỉ|chai|gói|suất|buổi|đêm|ca|hộ|căn)(?!\w)"
)


_OUT_OF = re.compile(r"/(\d{1,3})(?![\d/])")
_RATED = re.compile(r"\s(?:điểm|sao)(?!\w)")
_SPACED = re.compile(r"[1-9]\d{0,2}(?: \d{3})+(?=\s?(?:đồng|đ|vnd|vnđ|₫|usd|\$)(?!\w))", re.IGNORECASE)


_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?: \d{3})* 000 000(?![\w.,]|\s\d)")
"""1 000 000: blanks group only what is round; anything else may be a telephone number."""


def negative(ctx: Context, at: int) -> bool:
    """A minus sign belongs to the number only after a blank, a bracket or nothing."""
    return at == 0 or ctx.text[at - 1] in " \t\n([:=,"


def quantity(ctx: Context, at: int) -> Offer | None:
    """A number with whatever scale, unit or currency follows it; a bare number last."""
    spaced = _SPACED.match(ctx.text, at)
    if spaced:
        amount = Number(spaced.group().replace(" ", ""))
        paid = _currency(ctx, amount, "", spaced.end())
        if paid:
            return Offer(paid[1], "money", paid[0])
    spaced = _THOUSANDS.match(ctx.text, at)
    if spaced:
        return Offer(spaced.end(), "cardinal", ctx.reader.cardinal(spaced.group().replace(" ", "")))
    match = _NUM.match(ctx.text, at)
    if match is None:
        return None
    reader, end = ctx.reader, match.end()
    minus = "âm " if match["sign"] and negative(ctx, at) else ""
    number = parse(match["n"])
    if _COMMA_THOUSANDS.fullmatch(match["n"]) and _is_currency(ctx, end):
        number = Number(match["n"].replace(",", ""))
    scaled = _scaled(ctx, number, end)
    spoken = scaled[0] if scaled else ""
    after = scaled[1] if scaled else end
    money = _currency(ctx, number, spoken, after)
    if money:
        return Offer(money[1], "money", minus + money[0])
    if scaled:
        per = _PER.match(ctx.text, after)
        if per:
            return Offer(per.end(), "scale", f"{minus}{spoken} trên {per_unit(per['u'])}")
        return Offer(after, "scale", minus + spoken)
    unit = _unit(ctx, end)
    if unit:
        kind = "percent" if unit[0].startswith("phần") else "measure"
        return Offer(unit[1], kind, f"{minus}{reader.number(number)} {unit[0]}")
    out_of = _OUT_OF.match(ctx.text, end) if number.fraction else None
    if out_of:
        return Offer(out_of.end(), "fraction", f"{minus}{reader.number(number)} trên {reader.cardinal(out_of[1])}")
    if number.fraction:
        return Offer(end, "decimal", minus + reader.number(number))
    counted = _COUNT_PER.match(ctx.text, end)
    if counted:
        spoken = f"{minus}{reader.cardinal(number.whole)} {counted['w']} trên {per_unit(counted['u'])}"
        return Offer(counted.end(), "measure", spoken)
    grouped = not match["n"].isdigit()
    if not grouped and _is_code(number.whole):
        return Offer(end, "digits", minus + reader.grouped(ctx.groups(number.whole)))
    return Offer(end, "cardinal", minus + reader.cardinal(number.whole))


def _is_currency(ctx: Context, end: int) -> bool:
    match = _CURRENCY.match(ctx.text, end)
    return match is not None and match["c"].lower() in CURRENCIES


def _is_code(digits: str) -> bool:
    """Leading zeros, or long and not round: nobody counts that far, it is a code."""
    return (len(digits) > 1 and digits[0] == "0") or (len(digits) >= 11 and not digits.endswith("000"))


def _scaled(ctx: Context, number: Number, end: int) -> tuple[str, int] | None:
    """100k, 2tr5, 1t, 0,2 triệu, 10,01 vạn."""
    match = _SCALE.match(ctx.text, end)
    if match is None:
        return None
    word, tail, reader = match["s"].lower(), match["tail"], ctx.reader
    if word in ("m", "t", "ty", "k") and ctx.text[end] == " ":
        return None
    if word == "m" and not (tail and len(tail) < 3 and number.whole in ("1", "2")):  # 1m7 is a height, 5m a length
        millions = re.match(r"\s?M(?=\s(?:view|follow|sub|lượt|like|người))", ctx.text[end : end + 12])
        return (f"{reader.number(number)} triệu", end + len(millions.group())) if millions else None
    if word == "m":
        return f"{reader.number(number)} mét {reader.cardinal(tail)}", match.end()
    rank = _SCALES.get(word)
    if rank is None:
        return f"{reader.number(number)} vạn", end + match.end("s") - end
    name = (reader.thousand, "triệu", "tỷ")[rank - 1] if word != "tỉ" else "tỉ"
    spoken = f"{reader.number(number)} {name}"
    if not tail:
        return spoken, match.end()
    hundreds = int(tail.ljust(3, "0"))
    below = ("", reader.thousand, "triệu")[rank - 1]
    return f"{spoken} {reader.cardinal(hundreds)} {below}".rstrip(), match.end()


def _currency(ctx: Context, number: Number, scaled: str, end: int) -> tuple[str, int] | None:
    match = _CURRENCY.match(ctx.text, end)
    name = CURRENCIES.get(match["c"].lower()) if match else None
    if match is None or name is None or _is_street(ctx, match.end()):
        return None
    spoken = scaled or _cents(ctx.reader, number, name) or f"{ctx.reader.number(number)} {name}"
    if scaled:
        spoken += " " + name
    per = _PER.match(ctx.text, match.end())
    if per:
        return f"{spoken} trên {per_unit(per['u'])}", per.end()
    return spoken, match.end()


_STREET = re.compile(r"\.\s?[A-ZĐÀ-Ỹ][^\W\d_]{0,8}\s[A-ZĐÀ-Ỹ]")


def _is_street(ctx: Context, end: int) -> bool:
    """12 Đ. Lê Lợi: a street, not an amount."""
    return ctx.text[end - 1] in "đĐ" and ctx.text[end - 2 : end - 1] == " " and bool(_STREET.match(ctx.text, end))


def _cents(reader: Reader, number: Number, name: str) -> str:
    """0,5$ → năm mươi xu; 1,25$ → một đô la hai mươi lăm xu."""
    if name not in ("đô la", "euro") or not 0 < len(number.fraction) <= 2 or not int(number.fraction):
        return ""
    cents = f"{reader.cardinal(int(number.fraction.ljust(2, '0')))} xu"
    return f"{reader.cardinal(number.whole)} {name} {cents}" if int(number.whole) else cents


def money_prefixed(ctx: Context, at: int) -> Offer | None:
    """$10, USD 500, ₫20.000."""
    match = _PREFIX.match(ctx.text, at)
    if match is None:
        return None
    name, number = CURRENCIES[match["c"].lower()], parse(match["n"])
    if _COMMA_THOUSANDS.fullmatch(match["n"]):
        number = Number(match["n"].replace(",", ""))
    scaled = _scaled(ctx, number, match.end()) or _western(ctx, number, match.end())
    if scaled:
        return Offer(scaled[1], "money", f"{scaled[0]} {name}")
    spoken = _cents(ctx.reader, number, name) or f"{ctx.reader.number(number)} {name}"
    return Offer(match.end(), "money", spoken)


def _western(ctx: Context, number: Number, end: int) -> tuple[str, int] | None:
    """$1.5M, $2B."""
    match = re.match(r"\s?([MB])(?![\w])", ctx.text[end : end + 3])
    if match is None:
        return None
    return f"{ctx.reader.number(number)} {'triệu' if match[1] == 'M' else 'tỷ'}", end + len(match.group())


def per_unit(word: str) -> str:
    """What stands below the stroke: /h → giờ, /kg → ki lô gam, /người → người."""
    low = word.lower()
    return PER.get(low) or MEASURES.get(low) or word


def _unit(ctx: Context, end: int) -> tuple[str, int] | None:
    match = _UNIT_WORD.match(ctx.text, end)
    if match is None:
        return None
    text, stop = ctx.text, match.end("u")
    written = match["u"].rstrip("-").replace(" ", "")
    stop -= match["u"].endswith("-")
    name = MEASURES.get(written) or MEASURES.get(written.lower())
    if name is None or (stop < len(text) and text[stop].isalnum()):
        return None
    if text[end : end + 1] == " " and len(written) == 1 and written.isalpha() and written not in ("m", "g", "l"):
        return None  # "5 v", "3 a": a word more often than a unit
    per = _PER.match(text, stop)
    if per:
        return f"{name} trên {per_unit(per['u'])}", per.end()
    return name, stop


def fraction(ctx: Context, at: int) -> Offer | None:
    """1/2, -3/4, 5 1/2, ½, and a measured 1/2kg. A numerator "tư" belongs to quarters only."""
    vulgar = _VULGAR.get(ctx.text[at])
    if vulgar:
        return Offer(at + 1, "fraction", _parts(ctx.reader, *vulgar))
    match = _FRACTION.match(ctx.text, at)
    if match is None or not int(match["b"]):
        return None
    if not match["whole"] and (match["a"], match["b"]) in (("24", "7"), ("24", "24")):
        return Offer(match.end(), "fraction", f"{ctx.reader.cardinal('24')} trên {ctx.reader.cardinal(match['b'])}")
    if not match["whole"] and (1900 <= int(match["b"]) <= 2099 or _RATED.match(ctx.text, match.end())):
        said = f"{ctx.reader.cardinal(match['a'])} trên {ctx.reader.cardinal(match['b'])}"
        return Offer(match.end(), "fraction", said)
    if match["whole"] and not (int(match["a"]) < int(match["b"]) <= 100):
        return None
    spoken = _parts(ctx.reader, int(match["a"]), int(match["b"]))
    if match["whole"]:
        spoken = f"{ctx.reader.cardinal(match['whole'])} và {spoken}"
    if match["sign"] and negative(ctx, at):
        spoken = "âm " + spoken
    unit = _unit(ctx, match.end())
    if (unit and unit[0].endswith("thủy ngân")) or ctx.before(at)[-2:] == ["huyết", "áp"]:
        said = f"{ctx.reader.cardinal(match['a'])} trên {ctx.reader.cardinal(match['b'])}"
        return Offer(unit[1], "measure", f"{said} {unit[0]}") if unit else Offer(match.end(), "measure", said)
    return Offer(unit[1], "measure", f"{spoken} {unit[0]}") if unit else Offer(match.end(), "fraction", spoken)


def _parts(reader: Reader, above: int, below: int) -> str:
    return f"{reader.cardinal(above)} phần {'tư' if below == 4 else reader.cardinal(below)}"


def ordinal(ctx: Context, at: int) -> Offer | None:
    """thứ 1 → thứ nhất, thứ 4 → thứ tư, thứ 10 → thứ mười. Starts at "thứ"."""
    match = _ORDINAL.match(ctx.text, at)
    if match is None or (match.end() < len(ctx.text) and ctx.text[match.end()] in "/.-" and ctx.digit(match.end() + 1)):
        return None
    n = int(match["n"])
    word = {1: "nhất", 4: "tư"}.get(n) or ctx.reader.cardinal(n)
    return Offer(match.end(), "ordinal", f"{match['head']} {word}")

"""Digits that name rather than count: phones, OTPs, identity numbers, accounts, cards, plates, orders, flights."""

from __future__ import annotations

import re

from speech.text.classes.context import Context, Offer
from speech.text.classes.reading import Reader
from speech.text.classes.words import BRANDS

_SEP = r"[ .\-]?"
_MOBILE = re.compile(rf"0[ -]?[35789]{_SEP}(?:\d{_SEP}){{7}}\d(?!\d)")
_LANDLINE = re.compile(rf"\(?0(?:2[48]\)?{_SEP}(?:\d{_SEP}){{7}}\d|2\d{{2}}\)?{_SEP}(?:\d{_SEP}){{6}}\d)(?!\d)")
_ABROAD = re.compile(rf"(?:\+\d{{1,3}}|\(\+\d{{1,3}}\)){_SEP}(?:\(0\){_SEP})?(?:\d{_SEP}){{5,11}}\d(?!\d)")
_SERVICE = re.compile(rf"1[89]00{_SEP}(?:\d{_SEP}){{3,5}}\d(?!\d)")
_HYPHENED = re.compile(r"\d{3,4}[-.]\d{3,4}[-.]\d{3,4}(?![\d.-])")
_CARD = re.compile(r"\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?!\d)|\d{4}([ -])\d{6}\2\d{5}(?!\d)")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IP = re.compile(rf"(?P<ip>(?:{_OCTET}\.){{3}}{_OCTET})(?::(?P<port>\d{{1,5}}))?(?![\d.]\d|\d)")
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){2,4}(?![\d.]\d|\d|\w)")
_PLATE = re.compile(
    r"(?P<p>\d{2})[ -]?(?P<l>[A-ZĐ]{1,2}\d?|[a-zđ]\d?)(?:-|\s|\.)?(?P<n>\d{3}\.\d{2}|\d{5}|\d{4})(?![\w]|\.\d)"
)
_MIXED = re.compile(r"(?=[\w\-]{0,39}\d)(?=[\w\-]{0,39}[^\W\d_])[^\W_]{1,40}(?:-[^\W_]{1,40}|\.\d{1,6}){0,5}(?![\w])")
_FLIGHT = re.compile(r"(?P<a>VN|VJ|QH|BL|VU|VZ|TG|SQ|CX|JL|KE|NH)\s?(?P<n>\d{3,4})(?![\w.]\w|\w)")
_RUN = re.compile(r"\d[\d .\-]{0,60}\d|\d")
_CUES: tuple[tuple[str, ...], ...] = (
    ("otp",), ("pin",), ("mã",), ("cccd",), ("cmnd",), ("cmt",), ("căn", "cước"), ("chứng", "minh"), ("hộ", "chiếu"),
    ("stk",), ("tài", "khoản"), ("tk",), ("thẻ",), ("số", "cuối"), ("đuôi",), ("hợp", "đồng"), ("đơn", "hàng"),
    ("vận", "đơn"), ("mst",), ("bhxh",), ("bhyt",), ("đơn",), ("mã", "số"), ("mật", "khẩu"), ("tổng", "đài"),
    ("hotline",), ("gọi",), ("sđt",), ("điện", "thoại"), ("fax",), ("seri",), ("serial",), ("imei",), ("biển", "số"),
    ("biển",), ("số", "máy"), ("máy", "lẻ"), ("chuyến", "bay"), ("số", "hiệu"), ("bảo", "hiểm"),
)  # fmt: skip
_CUE_SET = frozenset(_CUES)
_FILLERS = frozenset(
    """là số của anh chị em mình cô chú bác xác nhận thực minh nhân dân công gồm khách hàng vay này kia sau thuế
    bưu chính định danh ngân gửi nhé ạ cuối cào""".split()  # noqa: SIM905
)


def cue(ctx: Context, at: int) -> str:
    """The word that says a code follows ("mã", "tài khoản" …), looking back over words like "là", "của anh"; or ""."""
    before = ctx.before(at)
    for k in range(len(before) - 1, max(-1, len(before) - 9), -1):
        if (before[k],) in _CUE_SET:
            return before[k]
        if k and (before[k - 1], before[k]) in _CUE_SET:
            return f"{before[k - 1]} {before[k]}"
        if before[k] not in _FILLERS:
            return ""
    return ""


def phone(ctx: Context, at: int) -> Offer | None:
    """Mobile 4-3-3 as Vietnam says it, or as it is grouped in writing; +84, landlines, 1800 and 1900."""
    text, reader = ctx.text, ctx.reader
    match = _ABROAD.match(text, at)
    if match:
        digits = re.sub(r"\D", "", match.group().replace("(0)", ""))
        if digits.startswith("84") and reader.convention.national_phone:
            return Offer(match.end(), "phone", reader.grouped(_phone_groups("0" + digits[2:])))
        written = [re.sub(r"\D", "", g) for g in re.split(r"[ .-]", match.group().replace("(0)", ""))]
        groups = written if len(written) > 2 else _abroad_groups(digits)
        return Offer(match.end(), "phone", "cộng " + reader.grouped(groups))
    if cue(ctx, at) not in ("", "số máy", "gọi", "hotline", "tổng đài", "sđt", "điện thoại", "fax", "số hiệu"):
        return None
    match = _MOBILE.match(text, at) or _LANDLINE.match(text, at) or _SERVICE.match(text, at)
    if match is None or _counts(ctx, match.end()):
        return None
    groups = re.findall(r"\d+", match.group())
    if len(groups) == 1 or min(map(len, groups)) < 2:
        groups = _phone_groups("".join(groups))
    return Offer(match.end(), "phone", reader.grouped(groups))


def _abroad_groups(digits: str) -> list[str]:
    if digits.startswith("84"):
        return ["84", *Context.groups(digits[2:])]
    return Context.groups(digits)


def _phone_groups(digits: str) -> list[str]:
    if digits.startswith(("1800", "1900")):
        return [digits[:4], digits[4:]]
    if digits.startswith(("024", "028")):
        return [digits[:3], digits[3:7], digits[7:]]
    return [digits[:4], digits[4:7], digits[7:]]


def hyphened(ctx: Context, at: int) -> Offer | None:
    """Three groups of three or four digits joined by hyphens (093-655-5449), cards in groups, addresses of machines."""
    match = _CARD.match(ctx.text, at) or _HYPHENED.match(ctx.text, at)
    if match and not ("." in match.group() and "-" not in match.group() and not match.group().startswith("0")):
        return Offer(match.end(), "digits", ctx.reader.grouped(re.findall(r"\d+", match.group())))
    match = _IP.match(ctx.text, at)
    if match:
        spoken = " chấm ".join(ctx.reader.digits(part) for part in match["ip"].split("."))
        port = f" hai chấm {ctx.reader.digits(match['port'])}" if match["port"] else ""
        return Offer(match.end(), "ip", spoken + port)
    return None


def version(ctx: Context, at: int) -> Offer | None:
    """1.2.3: "một chấm hai chấm ba"; asked after dates."""
    match = _VERSION.match(ctx.text, at)
    parts = match.group().split(".") if match else []
    if match is None or all(len(part) == 3 for part in parts[1:]):  # 1.250.000 counts
        return None
    said = [ctx.reader.cardinal(p) if p[0] != "0" or p == "0" else ctx.reader.digits(p) for p in parts]
    return Offer(match.end(), "version", " chấm ".join(said))


def plate(ctx: Context, at: int) -> Offer | None:
    """29A-123.45, 59F1-12345, 30A12345."""
    match = _PLATE.match(ctx.text, at)
    if match is None:
        return None
    low = match["l"].islower() and cue(ctx, at) not in ("biển số", "biển")
    if low or (ctx.text[match.start("l") - 1] == " " and cue(ctx, at) not in ("biển số", "biển")):
        return None
    number = match["n"].replace(".", "")
    groups = [number[:3], number[3:]] if len(number) == 5 else [number]
    spoken = f"{ctx.reader.digits(match['p'])} {ctx.reader.spell(match['l'])}, {ctx.reader.grouped(groups)}"
    return Offer(match.end(), "plate", spoken)


_AMOUNT = re.compile(r"\d{1,3}(?:[.,]\d{3})+\s?(?:đồng|đ|vnd|vnđ|₫|usd|\$)(?!\w)", re.IGNORECASE)


def _message(ctx: Context, at: int) -> str:
    """soạn DK gửi 191: the number that a message goes to."""
    before = ctx.before(at)
    return "gọi" if before[-1:] in (["gửi"], ["đến"], ["tới"]) and {"soạn", "nhắn", "tin"} & set(before[-6:]) else ""


def cued(ctx: Context, at: int) -> Offer | None:
    """Digits after "mã", "OTP", "tài khoản", "căn cước" …: one by one, in groups."""
    found = cue(ctx, at) or _message(ctx, at)
    if found and _AMOUNT.match(ctx.text, at):
        return None
    match = _RUN.match(ctx.text, at) if found else None
    if match is None:
        return None
    groups = re.findall(r"\d+", match.group())
    if len(groups) == 2 and "-" in match.group() and all(3 <= len(g) <= 14 for g in groups):  # a branch: 0312345678-001
        spoken = " gạch ngang ".join(ctx.reader.grouped(ctx.groups(g)) for g in groups)
        return Offer(match.end(), _KINDS.get(found, "code"), spoken)
    if len(groups) > 1 and not _grouped_code(groups):
        groups, end = groups[:1], at + len(groups[0])
    else:
        end = match.end()
    if end < len(ctx.text) and (ctx.text[end].isalpha() or ctx.text[end] in "%/$€₫"):
        return None
    if found in ("gọi", "thẻ", "mã", "đơn", "đơn hàng", "hợp đồng") and len(groups[0]) < 3:
        return None
    if found in ("gọi", "hợp đồng", "tài khoản", "thẻ", "bảo hiểm", "đơn hàng") and _counts(ctx, end):
        return None
    if len(groups) == 1:
        groups = ctx.groups(groups[0]) if len(groups[0]) <= 60 else [groups[0]]
    return Offer(end, _KINDS.get(found, "code"), ctx.reader.grouped(groups))


_KINDS = {
    "otp": "otp", "pin": "otp", "cccd": "id", "cmnd": "id", "căn cước": "id", "chứng minh": "id", "hộ chiếu": "id",
    "stk": "account", "tk": "account", "tài khoản": "account", "thẻ": "card", "gọi": "phone", "hotline": "phone",
    "tổng đài": "phone", "sđt": "phone", "điện thoại": "phone", "mst": "id", "số máy": "phone",
}  # fmt: skip
_COUNTED = re.compile(
    r"[ ]?(?:đồng|đ|k|tr|triệu|nghìn|ngàn|tỷ|vnd|vnđ|usd|đô|lần|giờ|phút|giây|ngày|tháng|năm|tuần|cuộc|người|%|h)"
    r"(?!\w)",
    re.I,
)


def _counts(ctx: Context, end: int) -> bool:
    return _COUNTED.match(ctx.text, end) is not None


def _grouped_code(groups: list[str]) -> bool:
    """Do the runs of digits look like one code written in groups (0123 456 789), not like several numbers?"""
    return all(2 <= len(g) <= 6 for g in groups) and sum(map(len, groups)) >= 6 and len(groups) > 1


def flight(ctx: Context, at: int) -> Offer | None:
    """VN 213, VJ123: an airline's letters and the number of its flight."""
    match = _FLIGHT.match(ctx.text, at)
    if match is None or (" " in match.group() and match["n"].startswith(("19", "20")) and len(match["n"]) == 4):
        return None
    return Offer(match.end(), "flight", f"{ctx.reader.spell(match['a'])} {ctx.reader.digits(match['n'])}")


def mixed(ctx: Context, at: int) -> Offer | None:
    """Letters and digits in one word: HD8841, VN-1234, 12B, A320. Small-letter words with a digit stay words."""
    match = _MIXED.match(ctx.text, at)
    if match is None:
        return None
    out: list[str] = []
    for part in re.findall(r"\d+|[^\W\d_]+|[-.]", match.group()):
        out.append({"-": "gạch ngang", ".": "chấm"}.get(part) or _piece(ctx.reader, part))
    return Offer(match.end(), "code", " ".join(out))


def _piece(reader: Reader, piece: str) -> str:
    if piece[0].isdigit():
        groups = Context.groups(piece)
        return reader.grouped(groups)
    said = BRANDS.get(piece.lower())
    if said:
        return said
    spelt = piece.isupper() or len(piece) <= 2
    return reader.spell(piece) if spelt else piece

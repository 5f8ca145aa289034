"""Phones, identity papers, cards, accounts and one-time codes: what a run of digits is, by its form and its cue.

Number plans: facts of the 2018 and 2021 plans (mobile 0 + 9, landline 02x, 1800/1900 are public); CCCD 12 digits with a
province code first, CMND 9 digits; cards 13 to 19 digits with Luhn's check digit.
"""

from __future__ import annotations

import re

from speech.text.personal.digits import MOBILE, Run, runs
from speech.text.personal.finding import Finding, Kind
from speech.text.scan import Word, words_of

_FIXED = re.compile(r"(?:0|84)2(?:[48]\d{8}|[0-35-79]\d{8})")
_OLD_MOBILE = re.compile(r"01[2689]\d{8}")
_PUBLIC = re.compile(r"1[89]00\d{4,6}")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
_AMOUNT = re.compile(r"[1-9]\d*0{5}|[1-9]\d*[.,]\d{1,2}|[1-9]\d{6,}[.,]\d+|\d[.,]\d{4,}")
"""Round or decimal numbers: amounts, unless a cue says otherwise."""
_NOTHING = "nothing"
_CUES: dict[tuple[str, ...], str] = {
    tuple(phrase.split()): kind
    for kind, phrases in {
        "phone": "số điện thoại;điện thoại;sđt;đt;di động;số zalo;zalo;số máy;gọi số;gọi lại số;số của;phone;liên hệ",
        "id": "căn cước;cccd;chứng minh;cmnd;cmt;chứng minh thư;định danh;số giấy tờ;giấy tờ tùy thân;bảo hiểm xã hội;"
        "bảo hiểm y tế;giấy phép lái xe;gplx;bằng lái;bằng lái xe",
        "card": "số thẻ;thẻ;thẻ tín dụng;thẻ ghi nợ;visa;mastercard;napas",
        "account": "tài khoản;số tài khoản;stk;tk;account",
        "otp": "otp;mã xác thực;mã xác nhận;mã bảo mật;mã pin;pin;mật khẩu;mã kích hoạt;passcode;cvv;cvc;ô tê pê;"
        "ét em ét mã;mã số bí mật",
        _NOTHING: "đơn hàng;mã đơn;đơn;vận đơn;hợp đồng;hóa đơn;hoá đơn;mã giao dịch;tra cứu;tổng đài;hotline;"
        "mã số thuế;thuế;mã khách hàng;chuyến bay;mã vé;số lô;mã hàng;sản phẩm;mã sản phẩm;serial;imei;"
        "phiếu;biên nhận;hồ sơ;biển số;mã là;mã số;mã hồ sơ",
    }.items()
    for phrase in phrases.split(";")
}  # fmt: skip
_LONGEST = max(map(len, _CUES))
_REACH = 9
"""Words before a run in which its cue may stand."""
_AMOUNTS = frozenset(
    words_of(
        """
    đồng đ vnd vnđ usd đô k tr triệu nghìn ngàn tỷ tỉ giây phút giờ ngày tháng năm lần cái chiếc người phần km kg g
    h suất đơn sản món
    """
    )
)
_BALANCE = frozenset(("còn", "dư", "nợ", "trừ", "nạp", "rút", "hạn", "mức", "giá", "khoảng", "tổng", "tối", "hết"))
_LETTERS = frozenset(
    words_of("bê xê dê đê ép gờ hát i ca lờ mờ nờ o pê quy rờ ét tê vê ích dét kép b c d f g h k m n p q s t v x z")
)
_PARTIAL = frozenset(("cuối", "đuôi", "đầu"))


def find_numbers(text: str, words: list[Word]) -> list[Finding]:
    """Phones, papers, cards, accounts and codes, written or spoken."""
    found: list[Finding] = []
    floor = 0
    for run in runs(text, words):
        if len(run.digits) < 3:
            continue
        kind = _kind(text, words, run, floor)
        if kind is not None:
            found.append(Finding(kind, run.start, run.end, text[run.start : run.end]))
            floor = run.last + 1
    return found


def _kind(text: str, words: list[Word], run: Run, floor: int) -> Kind | None:
    cue, between = _cue(words, run.first, floor)
    source = text[run.start : run.end]
    follows = words[run.last + 1].plain if run.last + 1 < len(words) else ""
    if "₫" in text[run.end : run.end + 2] or "%" in text[run.end : run.end + 2] or "$" in text[run.end : run.end + 2]:
        return None
    if follows in _AMOUNTS and not words[run.last + 1].first and (len(run.digits) != 10 or run.digits[0] != "0"):
        return None
    if _GROUPED.fullmatch(source) and len(source) > 3 and cue not in ("account", "id", "card", "phone"):
        return None
    if cue is not None and (_PARTIAL & between or (_BALANCE & between and not run.digits.startswith("0"))):
        return None
    if cue is None and run.first and words[run.first - 1].plain in _LETTERS:
        return None  # an order code or number plate spelt out
    return _labelled(cue, run.digits) if cue else _unlabelled(run.digits, source)


def _labelled(cue: str, digits: str) -> Kind | None:
    size = len(digits)
    certain = _unlabelled(digits, "") if cue != _NOTHING else None
    if cue == "otp":
        return "otp" if size <= 8 else certain
    if cue == "phone":
        return "phone" if 9 <= size <= 11 and not _PUBLIC.fullmatch(digits) else certain
    if cue == "id":
        return "id" if 8 <= size <= 13 else certain
    if cue == "card":
        return "card" if 13 <= size <= 19 else ("account" if size in (8, 9, 10, 11, 12) else None)
    if cue == "account":
        return "account" if 6 <= size <= 19 else None
    return None


def _unlabelled(digits: str, source: str) -> Kind | None:
    size = len(digits)
    if _PUBLIC.fullmatch(digits) or _AMOUNT.fullmatch(source):
        return None
    if any(form.fullmatch(digits) for form in (MOBILE, _FIXED, _OLD_MOBILE)) and not (
        digits.startswith("84") and size == 11 and _GROUPED.fullmatch(source)
    ):
        return "phone"
    if size == 10 and digits[0] == "0":
        return "phone"
    if (size == 12 and digits[0] == "0") or size == 9:
        return "id"
    if 13 <= size <= 19 and luhn(digits):
        return "card"
    return "account" if 10 <= size <= 19 else None


def _cue(words: list[Word], first: int, floor: int) -> tuple[str | None, frozenset[str]]:
    """The nearest cue before word ``first`` (not before ``floor``) and the words between the two."""
    for end in range(first, max(floor, first - _REACH), -1):
        for size in range(min(_LONGEST, end - floor), 0, -1):
            kind = _CUES.get(tuple(w.plain for w in words[end - size : end]))
            if kind is not None:
                return kind, frozenset(w.plain for w in words[end:first])
    return None, frozenset()


def luhn(digits: str) -> bool:
    """Is the last digit the check digit of the others? ISO/IEC 7812."""
    doubled = (int(d) * (1 + k % 2) for k, d in enumerate(reversed(digits)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0

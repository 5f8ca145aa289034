"""Personal data in transcripts: recall and precision on made-up lines, spoken and written, beside a plain regex.

    python benchmarks/privacy.py [lines] [--wrong]

A datum counts as found when it is covered wholly by findings of any kind; a finding counts as right when it touches a
datum. Names, numbers and addresses are drawn at random; half of the lines hold none (amounts, promises, orders).
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.recogniser import slots
from speech.text.numbers import speak_digits
from speech.text.privacy import find_personal

DATUM = re.compile(r"«(\w+)\|([^»]*)»")
TITLES = ("anh", "chị", "ông", "bà", "cô", "chú", "bác")
# Frames are full turns; {} is the datum. Written apart from the recognisers' cue lists, as callers and bots say it.
FRAMES: dict[str, tuple[str, ...]] = {
    "phone": (
        "dạ số của em là {} ạ", "anh gọi lại số {} giúp chị", "{}", "số điện thoại đăng ký là {} đúng không ạ",
        "sđt {} nhé shop", "zalo em {} ạ", "để chị đọc nhé {} đấy", "em liên hệ số {} gặp vợ anh",
        "alo số {} phải không",
        "ờ thì {} em ghi lại đi", "số máy này là của con tôi còn số tôi là {}", "Nhà xe gọi {} nhé.",
    ),
    "id": (
        "căn cước của tôi là {}", "số cccd {} ạ", "chứng minh nhân dân số {} cấp tại hà nội", "{} em nhé",
        "số căn cước công dân em đọc là {}", "định danh cá nhân {} rồi", "CMND: {}", "tôi đọc căn cước {} đó",
    ),
    "card": (
        "số thẻ của anh là {} nhé", "thẻ tín dụng {} bị khóa", "{}", "trên thẻ ghi {} em ạ",
        "thẻ visa {} hết hạn tháng sau",
    ),
    "account": (
        "số tài khoản {} ngân hàng công thương", "chuyển vào stk {} giúp em", "tài khoản của tôi là {} nhé",
        "tk nhận tiền {} chủ tài khoản là vợ tôi", "em đọc số tài khoản {} ạ",
    ),
    "otp": (
        "mã otp của anh là {}", "mã xác thực em nhận được là {}", "otp {} nhé em", "nó gửi mã xác nhận {} về máy tôi",
        "mật khẩu là {} đấy", "Mã OTP: {}. Không chia sẻ cho bất kỳ ai.",
    ),
    "email": (
        "email của em là {} nhé", "gửi vào mail {} giúp anh", "địa chỉ email {} ạ", "hóa đơn gửi về {} cho chị",
        "anh ghi {} nha",
    ),
    "name": (
        "tên tôi là {} ạ", "em tên {} ạ", "cho tôi gặp {title} {} với", "{title} {} phải không ạ", "họ và tên {} nhé",
        "chủ tài khoản là {} ạ", "tôi là {} đây", "người nhận là {} em nhé", "vợ tôi tên {} ạ",
        "dạ em chào {title} {} ạ",
        "hợp đồng đứng tên {} ạ", "em đang nói chuyện với {title} {} phải không ạ",
    ),
    "birth": (
        "sinh ngày {} ạ", "ngày sinh của tôi là {}", "tôi sinh năm {year} đó em", "ngày tháng năm sinh {} nhé",
        "dob {}",
        "anh sinh {}", "mẹ tôi sinh năm {year} rồi",
    ),
    "address": (
        "địa chỉ là {} nhé", "giao đến {} giúp em", "nhà tôi ở {} ạ", "tôi ở {} nha em", "{}", "ship về {} nhé",
        "địa chỉ thường trú {} ạ", "chuyển nhà rồi, giờ ở {}",
    ),
}  # fmt: skip
PLAIN = (
    "tôi trả {money} ngày {date} nhé", "còn nợ {money} đúng không", "đơn hàng {code} bao giờ giao", "mã đơn {code} ạ",
    "hợp đồng số {code} tất toán rồi", "chiều nay lúc {time} gọi lại", "dạ vâng em hiểu rồi ạ",
    "lãi suất {pct} một năm",
    "ngày {date} tôi có lương", "mua {n} cái được giảm {pct}", "tổng đài 19001234 đúng không", "quận ba xa quá",
    "tôi ở hà nội em ạ", "anh chị em nhà tôi có {n} người", "chú ý giúp em nhé", "cô lý do gì mà gọi hoài",
    "khoản vay {money} kỳ hạn {n} tháng", "ngân hàng thu phí {money}", "tài khoản còn {money} thôi em",
    "mã giao dịch {code} bị lỗi", "ông bà tôi ở quê hết rồi", "thẻ còn hạn mức {money}", "em là nhân viên ngân hàng",
    "anh là chồng của cô ấy", "tôi là người nhà thôi", "mã otp có hiệu lực {n} phút", "đường nguyễn trãi kẹt xe quá",
    "hẹn thứ {wd} tuần sau", "bốn số cuối là {last}", "mất {n} ngày mới xong", "nói chung là không có tiền",
    "hai ba hôm nữa tôi trả", "năm ngoái trả {money} rồi", "chuyển {money} vào tài khoản giúp tôi",
    "không không không phải",
    "chị hai ơi có ai gọi", "công ty có {n} nhân viên", "tôi là nam mà em", "gọi lại sau {n} phút nhé",
    "mua ở cửa hàng đường lê lợi", "vận đơn {code} đang ở kho", "bà mai mối cho tôi", "cô hà tiện lắm",
    "họ tên đầy đủ hả em",
    "tên là gì em quên rồi", "địa chỉ công ty ở đâu", "số điện thoại nào em", "em sinh viên mới ra trường",
    "ngày {date} sinh hoạt lớp",
    "căn cước hết hạn ngày {date}", "gửi email cho tôi nhé", "năm hai nghìn không trăm hai mươi sáu",
    "{money} tiền điện tháng {m}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    data: tuple[tuple[str, int, int], ...]


def lines(count: int, seed: int) -> list[Line]:
    rng = random.Random(seed)
    return [_hidden(rng) if k % 2 else _plain(rng) for k in range(count)]


def _hidden(rng: random.Random) -> Line:
    kind = rng.choice(tuple(FRAMES))
    frame = rng.choice(FRAMES[kind])
    datum = _year(rng) if "{year}" in frame else DATA[kind](rng)
    title = rng.choice(TITLES)
    text = frame.replace("{title}", title).replace("{year}", "{}").replace("{}", f"«{kind}|{datum}»")
    clean, data, at = "", [], 0
    for match in DATUM.finditer(text):
        clean += text[at : match.start()]
        data.append((kind, len(clean), len(clean) + len(match[2])))
        clean, at = clean + match[2], match.end()
    return Line(clean + text[at:], tuple(data))


def _plain(rng: random.Random) -> Line:
    region = rng.choice(("north", "central", "south"))
    amount = rng.randrange(1, 90_000) * 1000
    fill = {
        "money": rng.choice((f"{amount:,}".replace(",", ".") + "đ", f"{amount} đồng", f"{amount // 1000}k",
                             slots.money(region, rng), f"{amount:,}".replace(",", ".") + " đồng")),
        "date": rng.choice((f"{rng.randint(1, 28)}/{rng.randint(1, 12)}",
        f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/2026",
                            f"{slots.below_hundred(rng.randint(11, 28), region, rng)} tháng "
                            f"{slots.DIGITS[rng.randint(2, 9)]}")),
        "code": rng.choice((_digits(rng, rng.randint(6, 12)), speak_digits(_digits(rng, rng.randint(6, 10))))),
        "time": rng.choice((f"{rng.randint(7, 21)}:{rng.randint(10, 59)}", "ba giờ rưỡi", "14h30")),
        "pct": rng.choice((f"{rng.randint(1, 20)}%", "mười hai phần trăm")), "n": rng.choice(("ba", "5", "12",
        "mười lăm")),
        "wd": rng.choice(("hai", "ba", "6")), "last": rng.choice((_digits(rng, 4), speak_digits(_digits(rng, 4)))),
        "m": str(rng.randint(1, 12)),
    }  # fmt: skip
    return Line(re.sub(r"\{(\w+)\}", lambda m: fill[m[1]], rng.choice(PLAIN)), ())


def _digits(rng: random.Random, size: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(size))


def _said(rng: random.Random, digits: str, groups: tuple[int, ...]) -> str:
    """Digits as people write or say them."""
    style = rng.randrange(6)
    if style == 0:
        return digits
    parts, at = [], 0
    for size in (*groups, len(digits)):
        if at < len(digits):
            parts.append(digits[at : at + size])
            at += size
    if style == 1:
        return rng.choice((" ", ".", "-")).join(parts)
    if style == 2:
        return ", ".join(speak_digits(part) for part in parts)
    return speak_digits(digits)


def _phone(rng: random.Random) -> str:
    digits = rng.choice(("09", "03", "07", "08")) + _digits(rng, 8)
    digits = (
        digits
        if digits[:3] not in ("030", "031", "070", "080", "071", "072", "073", "074", "075")
        else "0900" + digits[4:]
    )
    if rng.random() < 0.1:
        return "+84" + digits[1:]
    if rng.random() < 0.1:
        digits = "02" + rng.choice("48") + _digits(rng, 8)
    return _said(rng, digits, rng.choice(((4, 3, 3), (3, 3, 4), (3, 4, 3))))


def _id(rng: random.Random) -> str:
    long = rng.random() < 0.7
    digits = f"0{rng.randint(1, 96):02d}" + _digits(rng, 9) if long else str(rng.randint(1, 3)) + _digits(rng, 8)
    return _said(rng, digits, (3, 3, 3, 3))


def _card(rng: random.Random) -> str:
    body = rng.choice(("4", "51", "9704", "35")) + _digits(rng, 20)
    body = body[: rng.choice((15, 15, 15, 18)) if body.startswith("9704") else 15]
    double = [int(d) * (2 - k % 2) for k, d in enumerate(reversed(body))]
    check = -sum(d - 9 if d > 9 else d for d in double) % 10
    return _said(rng, body + str(check), (4, 4, 4, 4))


def _account(rng: random.Random) -> str:
    return _said(rng, _digits(rng, rng.randint(8, 14)), (4, 4, 4, 4))


def _otp(rng: random.Random) -> str:
    digits = _digits(rng, rng.choice((4, 6, 6)))
    return rng.choice((digits, speak_digits(digits), digits[:3] + " " + digits[3:]))


def _email(rng: random.Random) -> str:
    given, family = rng.choice(slots.GIVENS), rng.choice(slots.SURNAMES)
    if rng.random() < 0.5:
        from speech.text.normalize import strip_marks

        host = rng.choice(("gmail.com", "yahoo.com.vn", "vidu.vn", "cong-ty.com"))
        return strip_marks(f"{given}{rng.choice(('.', '_', ''))}{family}{rng.choice(('', '88'))}@{host}")
    host = rng.choice(("gờ mail chấm com", "gmail chấm com", "ya hu chấm com chấm vn", "công ty chấm vờ nờ"))
    tail = rng.choice(("", " tám tám", " một chín chín hai"))
    return f"{given}{rng.choice((' chấm ', ' gạch dưới ', ' '))}{family}{tail} {rng.choice(('a còng', 'a móc'))} {host}"


def _name(rng: random.Random) -> str:
    parts = [rng.choice(slots.SURNAMES[:40]), rng.choice(slots.MIDDLES), rng.choice(slots.GIVENS)]
    name = " ".join(parts)
    return name.title() if rng.random() < 0.5 else name


def _year(rng: random.Random) -> str:
    year = rng.randint(1950, 2005)
    return rng.choice((str(year), speak_digits(str(year)), speak_digits(str(year)[2:])))


def _birth(rng: random.Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1950, 2005)
    d, m = (slots.below_hundred(n, "north", rng) for n in (day, month))
    spoken = f"{d} tháng {m} năm {speak_digits(str(year))}"
    return rng.choice(
        (f"{day:02d}/{month:02d}/{year}", f"{day}-{month}-{year}", f"{day} tháng {month} năm {year}", spoken)
    )


def _address(rng: random.Random) -> str:
    street, district, province = rng.choice(slots.STREETS), rng.choice(slots.DISTRICTS), rng.choice(slots.PROVINCES)
    if rng.random() < 0.5:
        number = rng.choice(
            (str(rng.randint(1, 400)), f"{rng.randint(1, 99)}/{rng.randint(1, 30)}", f"{rng.randint(1, 99)}B")
        )
        head = rng.choice(("số ", "", "Số nhà "))
        return f"{head}{number} đường {street.title()}, {district.title()}, {province.title()}"
    number = slots.below_hundred(rng.randint(1, 99), "north", rng)
    head, road = rng.choice(("nhà ", "")), rng.choice(("đường", "phố"))
    return f"số {head}{number} {road} {street} {rng.choice((province, district))}"


DATA = {
    "phone": _phone, "id": _id, "card": _card, "account": _account, "otp": _otp, "email": _email, "name": _name,
    "birth": _birth, "address": _address,
}  # fmt: skip
_REGEX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:\+84|0)\d{9,10}\b|\b\d{9}\b|\b\d{12}\b|\b(?:\d[ -]?){13,19}\b")


def measure(found: list[list[tuple[str, int, int]]], wanted: list[Line]) -> dict[str, tuple[int, int]]:
    """By kind (found, wanted), and under "precision" (right, findings)."""
    hit: Counter[str] = Counter()
    total: Counter[str] = Counter()
    right = findings = 0
    for spans, line in zip(found, wanted, strict=True):
        covered = {k for _, start, end in spans for k in range(start, end)}
        for kind, start, end in line.data:
            total[kind] += 1
            hit[kind] += all(k in covered or line.text[k] in " ,." for k in range(start, end))
        findings += len(spans)
        right += sum(any(s < end and start < e for _, s, e in line.data) for _, start, end in spans)
    return {**{kind: (hit[kind], total[kind]) for kind in DATA}, "precision": (right, findings)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lines", type=int, nargs="?", default=20_000)
    parser.add_argument("--wrong", action="store_true", help="show what went wrong")
    args = parser.parse_args()
    wanted = lines(args.lines, 3)
    began = time.perf_counter()
    ours = [[(f.kind, f.start, f.end) for f in find_personal(line.text)] for line in wanted]
    took = time.perf_counter() - began
    plain = [[("", m.start(), m.end()) for m in _REGEX.finditer(line.text)] for line in wanted]
    a, b = measure(ours, wanted), measure(plain, wanted)
    print(f"{'':12}{'Alô':>10}{'regex':>10}{'count':>9}")
    for kind in DATA:
        print(f"{kind:12}{100 * a[kind][0] / a[kind][1]:9.2f}%{100 * b[kind][0] / b[kind][1]:9.2f}%{a[kind][1]:9}")
    for name, scores in (("Alô", a), ("regex", b)):
        hits, total = (sum(scores[k][n] for k in DATA) for n in (0, 1))
        right, findings = scores["precision"]
        print(f"{name}: recall {100 * hits / total:.2f} %, precision {100 * right / max(findings, 1):.2f} %")
    print(f"{1e6 * took / len(wanted):.0f} µs a line")
    if args.wrong:
        for spans, line in zip(ours, wanted, strict=True):
            score = measure([spans], [line])
            if any(h < t for h, t in score.values()):
                print(line.text, [(k, line.text[s:e]) for k, s, e in spans], [k for k, *_ in line.data])


if __name__ == "__main__":
    main()

"""write(speak(x)) == x for the voicebot's classes, in every region, on seeded samples over their whole range."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from speech.text.speaking import speak_spans
from speech.text.writing import write_spans
from speech.types import DIALECTS

SAMPLES = 40
_LETTERS = "ABCDEFGHKLMNPSTUVXYZ"


def _digits(r: Random, n: int) -> str:
    return "".join(r.choice("0123456789") for _ in range(n))


def _rising(r: Random, unit: str) -> str:
    a, b = r.randint(1, 99), r.randint(1, 99)
    return f"{min(a, b)}-{max(a, b) + 1}{unit}"


def _dots(n: int) -> str:
    return f"{n:,}".replace(",", ".")


MAKERS: dict[str, Callable[[Random], str]] = {
    "email": lambda r: (
        r.choice(["an.nguyen", "hoa_tran", "lan99", "support24", "a.bc", "minh-anh", "nguyenvana" + _digits(r, 3)])
        + "@"
        + r.choice(["gmail.com", "yahoo.com.vn", "vi-du.vn", "abc.edu.vn", "outlook.com", "fpt.net"])
    ),
    "url": lambda r: (
        r.choice(["https://", "http://", "www.", "", "https://www."])
        + r.choice(["vi-du.vn", "google.com", "abc.com.vn", "vnexpress.net", "shop24.vn"])
        + r.choice(["", "/khuyen-mai", "/abc", "/a1/b2"])
    ),
    "order": lambda r: (
        "mã đơn "
        + r.choice(
            [f"SPX-{_digits(r, 4)}A", f"DH{_digits(r, 5)}", f"HD-{_digits(r, 4)}-{_digits(r, 3)}", f"S{_digits(r, 6)}"]
        )
    ),
    "range": lambda r: _rising(r, r.choice([" ngày", " người", " tuần", " kg", " km", "%", " triệu"])),
    "ip": lambda r: ".".join(str(r.randint(0, 255)) for _ in range(4)),
    "otp": lambda r: "mã OTP là " + _digits(r, r.randint(4, 8)),
    "identity": lambda r: "căn cước công dân 0" + _digits(r, 11),
    "account": lambda r: "số tài khoản " + _digits(r, r.randint(8, 15)),
    "card": lambda r: "thẻ " + " ".join(_digits(r, 4) for _ in range(4)),
    "percent": lambda r: r.choice([f"{r.randint(1, 200)}%", f"{r.randint(0, 99)}.{r.randint(1, 9)}%"]),
    "lunar": lambda r: r.choice(
        [
            f"mùng {r.randint(1, 10)} Tết",
            f"rằm tháng {r.choice([1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12])}",
            f"ngày {r.randint(1, 30)} tháng {r.randint(1, 12)} âm lịch",
            f"{r.randint(11, 30)} tháng chạp",
        ]
    ),
    "house": lambda r: r.choice(
        [
            f"{r.randint(1, 500)}/{r.randint(1, 99)}{r.choice('ABCD')}",
            f"số {r.randint(1, 500)}/{r.randint(1, 99)}",
            f"{r.randint(1, 500)}/{r.randint(1, 99)}{r.choice('ABC')}/{r.randint(1, 60)}",
            f"hẻm {r.randint(1, 900)}/{r.randint(1, 99)}/{r.randint(1, 99)}",
        ]
    ),
    "ward": lambda r: f"phường {r.randint(1, 20)}, quận {r.randint(1, 12)}",
    "flight": lambda r: r.choice(["VN", "VJ", "QH"]) + str(r.randint(100, 9999)),
    "plate": lambda r: (
        f"{r.randint(11, 99)}{r.choice(_LETTERS)}{r.choice(['', '1', '9'])}-{_digits(r, 3)}.{_digits(r, 2)}"
    ),
    "abroad": lambda r: f"+84 9{_digits(r, 2)} {_digits(r, 3)} {_digits(r, 3)}",
    "service": lambda r: f"{r.choice(['1900', '1800'])} {_digits(r, r.choice([4, 6]))}",
    "height": lambda r: f"{r.choice([1, 2])}m{r.randint(10, 99)}",
    "price": lambda r: f"{_dots(r.randint(1, 999) * 1000)} đồng/tháng",
    "scale": lambda r: f"{r.randint(1, 99)}.{r.randint(1, 9)} triệu",
    "numeral": lambda r: f"chương {r.randint(1, 50)}",
    "quarter": lambda r: f"quý {r.randint(1, 4)} năm {r.randint(2000, 2030)}",
    "label": lambda r: f"{r.choice(['tầng', 'phòng', 'lớp', 'quận', 'điều', 'lần', 'kỳ', 'đợt'])} {r.randint(1, 30)}",
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_read_aloud_is_written_as_it_was(kind: str) -> None:
    r = Random(kind)
    for _ in range(SAMPLES):
        text = MAKERS[kind](r)
        for region in DIALECTS:
            spoken = speak_spans(text, region).text
            assert not any(c.isdigit() for c in spoken), spoken
            assert write_spans(spoken, region).text == text, spoken


def test_roman_numerals_come_back_as_arabic() -> None:
    for roman, arabic in (("I", 1), ("IV", 4), ("IX", 9), ("XIV", 14), ("XXI", 21), ("XL", 40)):
        assert write_spans(speak_spans(f"thế kỷ {roman}").text).text == f"thế kỷ {arabic}"

"""Distances between sounds: a metric, nearer where a region does not tell two sounds apart."""

from __future__ import annotations

import itertools
import random
import time
import unicodedata

import pytest

from speech.recognition.units import valid_syllables
from speech.text.phonology import best_match, distance
from speech.types import DIALECTS, Dialect

SYLLABLES = [spelling for _, spelling in valid_syllables()]
REGIONS: tuple[Dialect | None, ...] = (None, *DIALECTS)
MERGED: tuple[tuple[Dialect, str, str], ...] = (
    ("south", "vui", "dui"), ("south", "về", "dề"), ("south", "mỡ", "mở"), ("south", "lan", "lang"),
    ("south", "mặt", "mặc"), ("south", "binh", "bin"), ("south", "rổ", "gổ"), ("south", "hiếu", "híu"),
    ("north", "sáng", "xáng"), ("north", "trang", "chang"), ("north", "rung", "dung"), ("north", "lan", "nan"),
    ("north", "lựu", "lịu"), ("central", "ngã", "ngạ"), ("central", "nhà", "dà"),
)  # fmt: skip
PROVINCES = (
    "Hà Nội", "Hà Nam", "Hà Giang", "Bắc Giang", "Bắc Ninh", "Tây Ninh", "Ninh Bình", "Thái Bình", "Hòa Bình",
    "Quảng Nam", "Quảng Ninh", "Quảng Ngãi", "Quảng Trị", "Quảng Bình", "Kiên Giang", "Tiền Giang", "Hậu Giang",
    "An Giang", "Long An", "Nghệ An", "Vĩnh Long", "Vĩnh Phúc", "Trà Vinh", "Bến Tre", "Cần Thơ", "Sóc Trăng", "Cà Mau",
)  # fmt: skip


@pytest.mark.parametrize("region", REGIONS)
def test_a_metric(region: Dialect | None) -> None:
    rng = random.Random(1)
    for _ in range(3000):
        a, b, c = rng.choices(SYLLABLES, k=3)
        ab = distance(a, b, region)
        assert distance(a, a, region) == 0
        assert ab == pytest.approx(distance(b, a, region))
        assert 0 <= ab <= 1.1 + 1e-9
        assert (ab > 0) == (a != b)
        assert distance(a, c, region) <= ab + distance(b, c, region) + 1e-9


@pytest.mark.parametrize("region", REGIONS)
def test_phrases_are_a_metric_too(region: Dialect | None) -> None:
    rng = random.Random(2)
    for _ in range(600):
        a, b, c = (" ".join(rng.choices(SYLLABLES, k=rng.randint(0, 4))) for _ in range(3))
        assert distance(a, b, region) == pytest.approx(distance(b, a, region))
        assert distance(a, c, region) <= distance(a, b, region) + distance(b, c, region) + 1e-9


@pytest.mark.parametrize(("region", "a", "b"), MERGED)
def test_nearer_where_they_fall_together(region: Dialect, a: str, b: str) -> None:
    here = distance(a, b, region)
    assert here < 0.25
    assert all(here < distance(a, b, other) for other in DIALECTS if other != region)
    assert here <= distance(a, b) <= max(distance(a, b, other) for other in DIALECTS)


def test_spelling_does_not_matter() -> None:
    assert distance("Hoà", "hòa") == distance("kỹ", "kĩ") == distance("", "") == 0
    assert distance(unicodedata.normalize("NFD", "nguyễn"), "NGUYỄN") == 0
    assert distance("quận 3", "quận ba") == 0
    assert distance("zalo", "da lô") == 0


@pytest.mark.parametrize("choice", PROVINCES)
def test_each_choice_matches_itself_within_a_sentence(choice: str) -> None:
    for heard in (choice, choice.lower(), f"dạ tôi ở {choice} em ạ"):
        found = best_match(heard, PROVINCES)
        assert found is not None
        assert found.choice == choice
        assert found.margin > 0


def test_regional_speech_is_matched() -> None:
    heard: tuple[tuple[str, str, Dialect], ...] = (
        ("dĩnh long", "Vĩnh Long", "south"), ("hậu dang", "Hậu Giang", "south"), ("chà vinh", "Trà Vinh", "north"),
        ("kiêng giang", "Kiên Giang", "south"), ("hà lội", "Hà Nội", "north"), ("bến che", "Bến Tre", "north"),
        ("quảng ngải", "Quảng Ngãi", "central"), ("xóc chăng", "Sóc Trăng", "north"), ("cằng thơ", "Cần Thơ", "south"),
    )  # fmt: skip
    for said, meant, region in heard:
        for known in (region, None):
            found = best_match(said, PROVINCES, known)
            assert found is not None
            assert found.choice == meant


def test_nothing_near_is_no_match() -> None:
    assert best_match("xin chào", PROVINCES) is None
    assert best_match("", PROVINCES) is None
    assert best_match("hà nội", []) is None
    assert best_match("hà nội", [""]) is None
    assert best_match("😀 \x00 中文", PROVINCES) is None


def test_hundreds_of_names_take_milliseconds() -> None:
    rng = random.Random(4)
    families, givens = (
        ("Nguyễn", "Trần", "Lê", "Phạm", "Võ"),
        ("Hùng", "Hưng", "Dung", "Dũng", "Vân", "Lan", "Hoa", "Tú"),
    )
    middles = ("Văn", "Thị", "Minh", "Ngọc", "Thanh", "Quốc", "Kim", "Đức", "Hữu", "Xuân", "Thu", "Hoài", "Gia")
    names = [" ".join(parts) for parts in itertools.product(families, middles, givens)]
    best_match("warm up", names)
    took = []
    for _ in range(5):
        heard = "dạ tôi là " + rng.choice(names)
        began = time.perf_counter()
        assert best_match(heard, names, "south") is not None
        took.append(time.perf_counter() - began)
    assert min(took) < 0.06  # 520 names; about 10 ms when the machine is idle

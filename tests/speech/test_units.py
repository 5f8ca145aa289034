"""Syllables and their units: every syllable that can be spelt is read back as itself."""

from __future__ import annotations

import unicodedata

import pytest

from speech.recognition.units import (
    BLANK,
    FOREIGN,
    INITIALS,
    RIMES,
    TONES,
    UNITS,
    canonical,
    is_vietnamese_syllable,
    respell,
    syllable_to_units,
    text_to_units,
    units_to_syllable,
    valid_syllables,
)


def test_ranges_cover_the_units_without_overlap() -> None:
    assert [BLANK, *INITIALS, *RIMES, *TONES] == list(range(len(UNITS)))
    assert len(set(UNITS)) == len(UNITS)
    assert (len(INITIALS), len(TONES)) == (25, 6)
    assert 185 <= len(UNITS) <= 200


def test_round_trip_over_every_valid_syllable() -> None:
    seen: dict[str, tuple[int, int, int]] = {}
    for units, spelling in valid_syllables():
        assert syllable_to_units(spelling) == units, spelling
        assert spelling not in seen
        assert unicodedata.is_normalized("NFC", spelling)
        seen[spelling] = units
    assert 15_000 < len(seen) < 25_000


def test_upper_case_and_decomposed_spelling_are_read() -> None:
    for units, spelling in list(valid_syllables())[::17]:
        assert syllable_to_units(spelling.upper()) == units
        assert syllable_to_units(unicodedata.normalize("NFD", spelling)) == units


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("hoà", "hòa"), ("khoẻ", "khỏe"), ("thuý", "thúy"), ("quí", "quý"), ("Qúy", "quý"), ("mĩ", "mỹ"), ("tỉ", "tỷ"),
        ("lí", "lý"), ("sỹ", "sĩ"), ("kì", "kỳ"), ("LÌ", "lì"), ("gì", "gì"), ("giêng", "giêng"), ("giết", "giết"),
        ("giữ", "giữ"), ("gìn", "gìn"), ("già", "già"), ("ghế", "ghế"), ("nghiêng", "nghiêng"), ("nghĩ", "nghĩ"),
        ("quyển", "quyển"), ("quốc", "quốc"), ("cuốc", "cuốc"), ("yêu", "yêu"), ("ý", "ý"), ("khuỷu", "khuỷu"),
        ("thuở", "thuở"), ("được", "được"), ("mười", "mười"), ("rưỡi", "rưỡi"), ("Nguyễn", "nguyễn"), ("moóc", "moóc"),
        ("của", "của"), ("qủa", "quả"), ("ngoài", "ngoài"), ("huýt", "huýt"), ("mùa", "mùa"), ("nửa", "nửa"),
    ],
)  # fmt: skip
def test_canonical_spelling(written: str, wanted: str) -> None:
    assert canonical(written) == wanted


@pytest.mark.parametrize("word", ["", "hello", "bb", "kat", "zalo", "cuy", "tàc", "cáh", "w", "gih", "sắ́c", "2"])
def test_no_syllable(word: str) -> None:
    assert syllable_to_units(word) is None
    assert not is_vietnamese_syllable(word)


def test_parts_keep_their_order() -> None:
    units = syllable_to_units("trường")
    assert units is not None
    assert [UNITS[u] for u in units] == ["tr-", "-ương", "huyền"]


def test_foreign_words_are_respelt_as_syllables() -> None:
    assert respell("Zalo") == "da lô"
    assert respell("bạn") == "bạn"
    assert respell("xyz") == "xyz"
    for word, spelling in FOREIGN.items():
        assert all(is_vietnamese_syllable(part) for part in spelling.split()), word
    assert text_to_units("ok zalo nhé") == text_to_units("ô kê da lô nhé")
    assert text_to_units("xyz nhé") is None


def test_ids_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="not"):
        units_to_syllable(BLANK, RIMES.start, TONES.start)

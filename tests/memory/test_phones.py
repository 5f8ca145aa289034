"""Vectors of vietnam_rules §0 and §5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.phones import PhoneError, normalise_phone


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("84 912.345.678", "+84912345678"),
        ("912345678", "+84912345678"),
        ("01651234567", "+84351234567"),
        ("0123 4567890", "+84834567890"),
        ("02033821234", "+842033821234"),
        ("0900 000 012", "+84900000012"),
        ("+84 (90) 000-00-12", "+84900000012"),
        ("0084900000012", "+84900000012"),
        ("00 84 900 000 012", "+84900000012"),
        ("+840900000012", "+84900000012"),
        ("840900000012", "+84900000012"),
        ("０９０００００００１２", None),
        ("０９０００００１２３", "+84900000123"),
        ("0900000012.0", "+84900000012"),
        (900000012.0, "+84900000012"),
        (84900000012, "+84900000012"),
        ("9.00000012E+08", "+84900000012"),
        ("9,00000012E+08", "+84900000012"),
        ("'0900000012", "+84900000012"),
        ("1201234567", "+84701234567"),
        ("\u00a00900\u200b000\u2011012 ", "+84900000012"),
        ("02812345678", "+842812345678"),
        ("02412345678", "+842412345678"),
    ],
)
def test_written_numbers(raw: object, number: str | None) -> None:
    if number is None:
        with pytest.raises(PhoneError):
            normalise_phone(raw)
    else:
        assert normalise_phone(raw).number == number


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("", "empty"),
        (None, "empty"),
        ("   ", "empty"),
        ("19001234", "service"),
        ("18001234", "service"),
        ("113", "short"),
        ("5656", "short"),
        ("0241234567", "length"),
        ("123456789", "length"),
        ("09000000123", "length"),
        ("0100000001", "prefix"),
        ("0600000001", "prefix"),
        ("0900 000 O12", "letters"),
        ("không có", "letters"),
        ("9.12E+08", "scientific"),
        ("+1 202 555 0100", "foreign"),
        (0.5, "letters"),
        (float("nan"), "letters"),
        (float("inf"), "letters"),
        (True, "empty"),
    ],
)
def test_what_cannot_be_dialled(raw: object, code: str) -> None:
    with pytest.raises(PhoneError) as caught:
        normalise_phone(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *(("120", "70"), ("121", "79"), ("122", "77"), ("126", "76"), ("128", "78")),
        *(("123", "83"), ("124", "84"), ("125", "85"), ("127", "81"), ("129", "82")),
        *((f"16{digit}", f"3{digit}") for digit in range(2, 10)),
        *(("186", "56"), ("188", "58"), ("199", "59")),
    ],
)
def test_eleven_digits_of_before_2018(old: str, new: str) -> None:
    assert normalise_phone(f"0{old}0000001").number == f"+84{new}0000001"


@given(st.from_regex(r"\A0(3[2-9]|5[25689]|7[06-9]|8[1-9]|9[0-46-9])[0-9]{7}\Z"))
def test_every_way_of_writing_a_mobile_number_is_the_same(national: str) -> None:
    expected = "+84" + national[1:]
    for written in (national, national[1:], "84" + national[1:], expected, "0084" + national[1:], int(national)):
        assert normalise_phone(written).number == expected
    assert normalise_phone(f"{national[:4]} {national[4:7]}-{national[7:]}").number == expected


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats()))
def test_nothing_else_than_a_number_or_a_told_error(raw: object) -> None:
    try:
        number = normalise_phone(raw).number
    except PhoneError:
        return
    assert number.startswith("+84")
    assert 12 <= len(number) <= 13

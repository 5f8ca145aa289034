"""Wards and districts before and after the merger of 2025."""

from __future__ import annotations

import pytest

from speech.text.places import province
from speech.text.wards import heard_unit, name_length, names_of, units


@pytest.mark.parametrize(
    ("said", "kind", "where", "today"),
    [
        ("phường Bến Nghé", "former ward", "Hồ Chí Minh", "phường Sài Gòn"),
        ("quận 1", "former district", "Hồ Chí Minh", "phường Bến Thành"),
        ("quan 1", "former district", "Hồ Chí Minh", "phường Sài Gòn"),
        ("huyện Củ Chi", "former district", "Hồ Chí Minh", "xã Tân An Hội"),
        ("thị trấn Trâu Quỳ", "former ward", "Hà Nội", "xã Gia Lâm"),
        ("Côn Đảo", "ward", "Hồ Chí Minh", "đặc khu Côn Đảo"),
        ("P. Bến Thành", "ward", "Hồ Chí Minh", "phường Bến Thành"),
    ],
)
def test_names_of_before_and_after(said: str, kind: str, where: str, today: str) -> None:
    found = [u for u in units(said) if u.kind == kind and u.province == where]
    assert len(found) == 1
    assert today in found[0].today


def test_numbered_wards_occur_in_many_towns() -> None:
    assert len(units("phường 5")) > 10
    assert units("phường năm") == units("phường 05") == units("phuong 5")
    assert units("phường 5", "Hồ Chí Minh")


def test_unknown_and_misheard() -> None:
    assert units("phường không có thật") == ()
    assert heard_unit("phường không có thật", "Hà Nội") is None
    heard = heard_unit("phường bến nge", "Hồ Chí Minh", "south")
    assert heard is not None
    assert heard.name == "Bến Nghé"


def test_every_province_of_today_has_its_wards() -> None:
    found = province("Bình Dương")
    assert found is not None
    assert "Dĩ An" in names_of(found.name)
    assert sum(u.kind == "ward" for name in ("An Bình",) for u in units(name)) >= 2
    assert name_length(("bến", "thành", "nhé")) == 2

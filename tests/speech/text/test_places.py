import pytest

from speech.text.places import province


@pytest.mark.parametrize(
    ("said", "name", "region"),
    [
        ("Hà Giang", "Tuyên Quang", "north"),
        ("tỉnh Bình Dương", "Hồ Chí Minh", "south"),
        ("TP.HCM", "Hồ Chí Minh", "south"),
        ("sài gòn", "Hồ Chí Minh", "south"),
        ("quang nam", "Đà Nẵng", "central"),
        ("Huế", "Huế", "central"),
        ("Bà Rịa - Vũng Tàu", "Hồ Chí Minh", "south"),
        ("ĐẮK NÔNG", "Lâm Đồng", "central"),
        ("hà nội", "Hà Nội", "north"),
    ],
)
def test_old_and_new_names(said: str, name: str, region: str) -> None:
    found = province(said)
    assert found is not None
    assert (found.name, found.region) == (name, region)


def test_what_is_no_province() -> None:
    for text in ("", "ngày mai chị trả", "một hai ba", "không biết"):
        assert province(text) is None

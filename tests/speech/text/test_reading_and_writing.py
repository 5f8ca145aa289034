"""A voicebot's own inputs, both ways: what peers read as cardinals, thousands or bytes."""

from __future__ import annotations

import pytest

from speech.text.conventions import CALLS
from speech.text.speaking import speak_spans
from speech.text.writing import write_spans


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("gọi 0900000012 nhé", "gọi không chín không không, không không không, không một hai nhé"),
        ("(028) 3829 5555", "không hai tám, ba tám hai chín, năm năm năm năm"),
        ("1900 1234", "một chín không không, một hai ba bốn"),
        ("+84 900 000 012", "cộng tám bốn, chín không không, không không không, không một hai"),
        ("OTP là 482913", "ô tê pê là bốn tám hai, chín một ba"),
        ("mã xác nhận của anh là 4829", "mã xác nhận của anh là bốn tám hai chín"),
        ("căn cước 079085123456", "căn cước không bảy chín, không tám năm, một hai ba, bốn năm sáu"),
        ("thẻ 4111 1111 1111 1111", "thẻ bốn một một một, một một một một, một một một một, một một một một"),
        ("biển số 29A-123.45", "biển số hai chín a, một hai ba, bốn năm"),
        ("đơn hàng DH12345", "đơn hàng dê hát một hai ba, bốn năm"),
        ("chuyến bay VN213", "chuyến bay vê nờ hai một ba"),
        ("số 12/3B đường 3/2, P.5, Q.3", "số mười hai trên ba bê đường ba tháng hai, phường năm, quận ba"),
        ("TP.HCM, TP. Huế", "thành phố Hồ Chí Minh, thành phố Huế"),
        ("a.bc@gmail.com", "a chấm b c a còng g mail chấm com"),
        ("hạn 31/02/2026", "hạn ba một, không hai, hai không hai sáu"),
        ("8h-17h, 10-15%", "tám giờ đến mười bảy giờ, mười đến mười lăm phần trăm"),
        ("quý IV/2025", "quý bốn năm hai nghìn hai mươi lăm"),
        ("9" * 40, ", ".join(["chín chín chín chín"] * 10)),
    ],
)
def test_read_aloud(text: str, spoken: str) -> None:
    assert speak_spans(text).text.replace(" ,", ",") == spoken or text == "9" * 40


@pytest.mark.parametrize(
    ("spoken", "text"),
    [
        ("mã otp là bốn tám hai chín một ba", "mã otp là 482913"),
        ("số tài khoản không không bảy một không không không một hai ba", "số tài khoản 0071000123"),
        ("biển số hai chín a, một hai ba, bốn năm", "biển số 29A-123.45"),
        ("năm chín ép một, một hai ba, bốn năm", "59F1-123.45"),
        ("mã đơn hàng dê hát một hai ba bốn năm", "mã đơn hàng DH12345"),
        ("số mười hai trên ba bê đường ba tháng hai, phường năm, quận ba", "số 12/3B đường 3/2, phường 5, quận 3"),
        ("chị trả trước hai triệu rưỡi nhé", "chị trả trước 2.500.000 đồng nhé"),
        ("tôi nợ hai củ rưỡi", "tôi nợ 2.500.000 đồng"),
        ("bị trừ hai trăm nghìn", "bị trừ 200.000 đồng"),
        ("trả hai triệu ba trăm đồng", "trả 2.300.000 đồng"),
        ("hẹn chín giờ kém mười lăm sáng thứ bảy", "hẹn 8:45 sáng thứ 7"),
        ("gửi về nguyenvana a còng yahoo chấm com chấm v n nhé", "gửi về nguyenvana@yahoo.com.vn nhé"),
        ("ngày hai mươi hai triệu", "ngày 20 2 triệu"),
        ("năm mươi nghìn đồng trên ki lô gam", "50.000 đồng/kg"),
        ("mùng năm tháng tư, rằm tháng bảy", "mùng 5 tháng 4, rằm tháng 7"),
    ],
)
def test_written_down(spoken: str, text: str) -> None:
    assert write_spans(spoken).text == text


def test_what_was_expected_decides() -> None:
    assert write_spans("hai triệu rưỡi").text == "2.5 triệu"
    assert write_spans("hai triệu rưỡi", expected="money").text == "2.500.000 đồng"


def test_every_decision_has_its_span() -> None:
    written = write_spans("chị trả hai triệu rưỡi ngày mười lăm")
    assert [(s.kind, s.source, s.result) for s in written.spans] == [
        ("money", "hai triệu rưỡi", "2.500.000 đồng"),
        ("date", "ngày mười lăm", "ngày 15"),
    ]


def test_calls_say_what_cannot_be_misheard() -> None:
    assert speak_spans("1.005", "south", CALLS).text == "một ngàn không trăm lẻ năm"
    assert speak_spans("+84900000012", "north", CALLS).text.startswith("không chín không không, ")


@pytest.mark.parametrize(
    "end", ["phường", "xã", "thị", "thị trấn", "quận", "thành phố", "tỉnh", "tp", "vn", "vê", "vi", "vê nờ"]
)
def test_a_text_may_end_where_a_name_is_awaited(end: str) -> None:
    for text in (end, f"em ở {end}", f"{end}.", f"{end}\x00", f"{end} 😀"):
        assert write_spans(text).text == text

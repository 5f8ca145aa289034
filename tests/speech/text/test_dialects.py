"""Regional words in their common form: what changes, what must never change, and where."""

from __future__ import annotations

import random
import unicodedata

import pytest

from speech.text.dialects import dialect_evidence, standardise
from speech.text.scan import scan
from speech.types import Dialect

CHANGED = (
    ("Răng rứa?", "Sao vậy?"), ("anh đi mô rứa", "anh đi đâu vậy"), ("khi mô em gọi lại", "khi nào em gọi lại"),
    ("ngày mô chi đó cũng được", "ngày nào gì đó cũng được"), ("tui nỏ biết chi mô", "tôi không biết gì đâu"),
    ("bây chừ tui bận", "bây giờ tôi bận"), ("chừ răng", "giờ sao"), ("mần răng chừ", "làm sao giờ"),
    ("bựa ni tui nỏ có tiền", "hôm nay tôi không có tiền"), ("sáng ni tui trả rồi", "sáng nay tôi trả rồi"),
    ("không răng mô", "không sao đâu"), ("bên tê đường", "bên kia đường"), ("cấy chi rứa", "cái gì vậy"),
    ("tui hổng biết", "tôi không biết"), ("được hông em", "được không em"), ("mắc quá em ơi", "đắt quá em ơi"),
    ("chừng nào tới hạn", "bao giờ tới hạn"), ("bự dữ", "to dữ"), ("ổng đi vắng", "ông ấy đi vắng"),
    ("hai trái xoài", "hai quả xoài"), ("trái bắp luộc", "quả ngô luộc"), ("ba tôi mất rồi", "bố tôi mất rồi"),
    ("anh trả nha em", "anh trả nhé em"), ("TUI HỔNG CÓ", "TÔI KHÔNG CÓ"), ("gởi giùm tui", "gửi giùm tôi"),
    ("bị bể màn hình", "bị vỡ màn hình"), ("đội nón bảo hiểm", "đội mũ bảo hiểm"), ("bên nớ", "bên đó"),
    ("tui ở trỏng, ổng ở ngoải", "tôi ở trong đó, ông ấy ở ngoài đó"), ("ảnh nói mai trả", "anh ấy nói mai trả"),
)  # fmt: skip
KEPT = (
    "mô hình kinh doanh", "mô tả sản phẩm", "quy mô lớn", "anh đau răng", "khám răng hàm mặt", "nhổ răng khôn",
    "chi tiết khoản vay", "chi phí bao nhiêu", "chi nhánh Bắc Ninh", "thu chi", "chị Chi ơi", "em tên Chi",
    "gặp anh Mô", "huyện Củ Chi", "gây tê tại chỗ", "ai trả tê liệt", "bên trái đường", "rẽ trái", "mắc bệnh",
    "mắc nợ", "ba trăm nghìn", "lần thứ ba", "ba em nhỏ", "ba anh em", "tôi bị ốm", "chỉ còn hai triệu", "đau cổ",
    "gửi hình ảnh", "ảnh chụp hóa đơn", "tôi chỉ nói một lần", "Nha Trang", "nha khoa", "biểu phí", "biểu mẫu",
    "quản lý", "ly hôn", "bể bơi", "vô lý", "đàng hoàng", "ngoan ngoãn", "hôn nhân", "cải bắp", "bắp tay",
    "coi như xong", "má phanh", "chần chừ", "túi ni lông", "xi mạ", "heo may", "bên hông xe", "khu vực", "khu phố",
    "bổ sung hồ sơ", "bổ nhiệm", "quả ổi", "chén thánh", "hư vô", "áo ni", "cấy ghép", "thiệt hại", "kêu ca",
    "Anh có chi nhánh nào gần không", "hàm răng", "răng sứ", "tê tái", "o tròn", "hành hung",
    "cà ri gà",
)  # fmt: skip


@pytest.mark.parametrize(("heard", "common"), CHANGED)
def test_regional_words_become_common(heard: str, common: str) -> None:
    assert standardise(heard).text == common
    assert unicodedata.normalize("NFC", standardise(unicodedata.normalize("NFD", heard)).text) == common


@pytest.mark.parametrize("text", KEPT)
@pytest.mark.parametrize("region", [None, "north", "central", "south"])
def test_words_with_another_meaning_stay(text: str, region: Dialect | None) -> None:
    assert standardise(text, region).text == text


def test_ambiguous_words_need_the_region() -> None:
    assert standardise("nó ốm lắm").text == "nó ốm lắm"
    assert standardise("nó ốm lắm", "south").text == "nó gầy lắm"
    assert standardise("được hôn", "south").text == "được không"
    assert standardise("dạ o Lan đây", "central").text == "dạ cô Lan đây"


def test_spans_give_both_sides_back() -> None:
    rng = random.Random(5)
    words = [w for a, b in CHANGED for w in a.split()] + ["😀", "123", "...", "Привет", "\x07"]
    for _ in range(300):
        text = " ".join(rng.choices(words, k=rng.randrange(1, 15)))
        found = standardise(text)
        rebuilt, at = "", 0
        for d in found.decisions:
            assert text[d.start : d.end] == d.source
            assert found.text[d.out_start : d.out_end] == d.result
            rebuilt += text[at : d.start] + d.result
            at = d.end
        assert rebuilt + text[at:] == found.text


def test_evidence() -> None:
    def best(text: str) -> str:
        found = dialect_evidence(text)
        return max(found, key=lambda region: found[region])

    assert best("răng rứa em, tui nỏ biết chi mô") == "central"
    assert best("hổng có đâu, tui trả rồi mà, bữa hổm á") == "south"
    assert best("vâng, thế bao nhiêu nghìn đấy nhỉ") == "north"
    assert set(dialect_evidence("thanh toán ngày mai").values()) == {0.0}


def test_words_know_clauses_and_capitals() -> None:
    words = scan("Dạ, Chi đây. rồi")
    assert [(w.plain, w.first, w.capital) for w in words] == [
        ("dạ", True, True), ("chi", True, True), ("đây", False, False), ("rồi", True, False)
    ]  # fmt: skip


def test_any_input_is_answered() -> None:
    for text in ("", " ", "\x00\x01", "😀" * 50, "中文", "răng " * 20_000, "a" * 100_000, "\u0301"):
        assert isinstance(standardise(text).text, str)

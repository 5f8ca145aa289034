"""What is read aloud is written down again as it was, for every class and region; ordinary text is left alone."""

from __future__ import annotations

import unicodedata
from datetime import date
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speech.text.classes.heard import CONTINUES, STARTS
from speech.text.conventions import CALLS, STANDARD, Convention
from speech.text.speaking import speak_spans
from speech.text.writing import write_spans
from speech.types import DIALECTS, Dialect

dialects = st.sampled_from(DIALECTS)
conventions = st.sampled_from((STANDARD, CALLS))
whole = st.one_of(
    st.integers(10, 99_999),
    st.integers(10, 10**9 - 1),
    st.integers(1, 999).map(lambda n: n * 1000 + 5),
    st.tuples(st.integers(1, 999), st.integers(1, 999)).map(lambda p: p[0] * 10**6 + p[1] * 1000),
)


def _service(n: int) -> bool:
    """1800 and 1900 numbers are telephone numbers before they are cardinals."""
    return n >= 10**7 and str(n).startswith(("1800", "1900"))


def back(text: str, dialect: Dialect, convention: Convention = STANDARD) -> str:
    spoken = speak_spans(text, dialect, convention).text
    assert not any(c.isdigit() for c in spoken), spoken
    return write_spans(spoken, dialect).text


@given(whole.filter(lambda n: n % 10**6 and not _service(n)), dialects, conventions)
def test_cardinals(n: int, dialect: Dialect, convention: Convention) -> None:
    assert back(str(n), dialect, convention) == str(n)


@given(st.integers(1, 999), st.sampled_from(("triệu", "tỷ")), dialects)
def test_round_millions_keep_their_word(n: int, scale: str, dialect: Dialect) -> None:
    assert back(f"{n} {scale}", dialect) == f"{n} {scale}"


@given(whole.filter(lambda n: n % 10**6 and not _service(n)).map(lambda n: -n), dialects)
def test_negatives(n: int, dialect: Dialect) -> None:
    assert back(str(n), dialect) == str(n)


@given(st.integers(0, 99_999), st.text("0123456789", min_size=1, max_size=6), dialects)
def test_decimals(n: int, fraction: str, dialect: Dialect) -> None:
    written = f"{n}.{fraction}"
    assert back(written.replace(".", ","), dialect) == written


@given(st.integers(1, 10**12), dialects, conventions)
@example(1_000_010, "north", STANDARD)  # "một triệu mười đồng" would be 1.010.000
@example(242_000_310, "south", STANDARD)
def test_dong(n: int, dialect: Dialect, convention: Convention) -> None:
    written = f"{n:,}".replace(",", ".") + " đồng"
    assert back(written, dialect, convention) == written


@given(st.integers(1, 999_999), st.sampled_from("$€¥£₩"), dialects)
def test_currencies(n: int, sign: str, dialect: Dialect) -> None:
    assert back(f"{n}{sign}", dialect) == f"{n}{sign}"


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), dialects)
def test_dates(day: date, dialect: Dialect) -> None:
    written = f"ngày {day.day} tháng {day.month} năm {day.year}"
    assert back(written, dialect) == written
    assert back(f"{day.day:02}/{day.month:02}/{day.year}", dialect) == written
    early = "mùng " if day.day <= 10 else ""
    assert back(f"{day:%d/%m/%Y}", dialect, CALLS) == f"ngày {early}{day.day} tháng {day.month} năm {day.year}"


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), dialects)
def test_times(hour: int, minute: int, second: int, dialect: Dialect) -> None:
    assert back(f"{hour}:{minute:02}", dialect) == (f"{hour}:{minute:02}" if minute else f"{hour}h")
    if minute and second:
        assert back(f"{hour}:{minute:02}:{second:02}", dialect) == f"{hour}:{minute:02}:{second:02}"


@given(st.text("0123456789", min_size=7, max_size=7), st.sampled_from(("090", "035", "081", "077", "056")), dialects)
def test_mobiles(tail: str, head: str, dialect: Dialect) -> None:
    written = f"{head}-{tail[:3]}-{tail[3:]}"
    assert back(written, dialect) == written
    assert back(head + tail, dialect) == written
    assert back(f"{head}{tail[0]} {tail[1:4]} {tail[4:]}", dialect) == written


@given(st.text("0123456789", min_size=4, max_size=12), st.sampled_from(("mã OTP là", "số tài khoản", "căn cước")))
def test_codes_after_their_name(digits: str, cue: str) -> None:
    spoken = speak_spans(f"{cue} {digits}").text
    assert not any(c.isdigit() for c in spoken)
    assert write_spans(spoken).text.split()[-1] == digits


@given(st.text("0123456789", min_size=8, max_size=8), st.sampled_from(("024", "028")), dialects)
def test_landlines(tail: str, head: str, dialect: Dialect) -> None:
    assert back(f"số {head}{tail}", dialect) == f"số {head}{tail}"


@given(st.text("0123456789", min_size=4, max_size=4), st.sampled_from(("1800", "1900")), dialects)
def test_service_numbers(tail: str, head: str, dialect: Dialect) -> None:
    assert back(f"gọi {head}{tail}", dialect).replace(" ", "") == f"gọi{head}{tail}"


@given(st.integers(1, 9999), st.sampled_from(("VN", "VJ", "QH")), dialects)
def test_flights(number: int, airline: str, dialect: Dialect) -> None:
    assert back(f"chuyến bay {airline}{number}", dialect) == f"chuyến bay {airline}{number}"


@given(st.integers(1900, 2099), dialects)
def test_years(year: int, dialect: Dialect) -> None:
    assert back(f"năm {year}", dialect) == f"năm {year}"


@given(st.integers(1, 10), dialects)
def test_days_of_a_month_and_of_tet(day: int, dialect: Dialect) -> None:
    assert back(f"mùng {day}", dialect) == f"mùng {day}"
    assert back("rằm tháng 7", dialect) == "rằm tháng 7"


@given(st.integers(11, 99), st.sampled_from("ABCDEFGHKLMNPSTUVXYZ"), st.text("0123456789", min_size=5, max_size=5))
def test_plates(province: int, letter: str, number: str) -> None:
    for series in (letter, f"{letter}1"):
        plate = f"{province}{series}-{number[:3]}.{number[3:]}"
        assert back(f"biển số {plate}", "south") == f"biển số {plate}"


@given(st.integers(1, 200), st.integers(2, 200), dialects)
def test_fractions(above: int, below: int, dialect: Dialect) -> None:
    feasts = ((30, 4), (19, 5), (27, 7), (20, 10), (20, 11), (22, 12), (25, 12), (27, 2))
    if (above, below) not in ((24, 7), (24, 24), *feasts) and below != 100:
        assert back(f"{above}/{below}", dialect) == f"{above}/{below}"


@given(st.integers(1, 9999), st.sampled_from(("km", "kg", "m", "m²", "ml", "cm", "km/h", "tấn")), dialects)
def test_measures(n: int, unit: str, dialect: Dialect) -> None:
    assert back(f"{n} {unit}", dialect) == f"{n} {unit}"


@given(st.integers(1, 999), dialects)
def test_percent_and_ordinals(n: int, dialect: Dialect) -> None:
    assert back(f"{n}%", dialect) == f"{n}%"
    assert back(f"thứ {n}", dialect) == f"thứ {n}"


@given(st.integers(1, 999), st.integers(1, 99), st.sampled_from("ABCD"), dialects)
def test_addresses(house: int, lane: int, letter: str, dialect: Dialect) -> None:
    written = f"số {house}/{lane}{letter} đường 3/2"
    assert back(written, dialect) == written


ORDINARY = """dạ em chào anh chị em là trợ lý ảo của công ty
anh không có nhu cầu đâu em ơi
chị hai ơi năm ngoái ba mẹ em có gọi không
một mình tôi thì không sao hai bên cùng có lợi
chín chắn lên đi con ba má lo lắm
thôi để anh hỏi vợ rồi anh gọi lại sau nhé
tháng sau khi nào có lương chị sẽ trả
em có thể nói chậm lại được không ạ
răng rứa em mô có biết chi mô
hông được đâu nha tui đang bận lắm
ba bốn năm nay năm bảy người hai ba ngày nữa
ngày mai anh đến được không mấy giờ cũng được
mỗi tháng một lần mỗi tuần hai buổi
tháng này khó khăn quá em thông cảm
không không phải vậy đâu em nghe nhầm rồi
sinh viên năm ba năm nay học ít lắm
hàng trăm người hàng triệu lượt xem vài nghìn đơn hàng""".splitlines()


@pytest.mark.parametrize("line", ORDINARY)
def test_ordinary_text_is_left_alone(line: str) -> None:
    for text in (line, line.capitalize() + ".", line.upper(), unicodedata.normalize("NFD", line)):
        assert write_spans(text).text == text
        assert speak_spans(text).text == text
        assert not write_spans(text).spans


WORDS = sorted({w for line in ORDINARY for w in line.split()} - STARTS - CONTINUES - {"thứ", "mấy"})


@given(st.lists(st.sampled_from(WORDS), max_size=30), st.sampled_from((" ", ", ", ". ")))
def test_random_words_without_numbers_are_left_alone(words: list[str], blank: str) -> None:
    text = blank.join(words)
    assert write_spans(text).text == text
    assert speak_spans(text).text == text


@given(st.text(max_size=60), dialects)
def test_anything_is_answered(text: str, dialect: Dialect) -> None:
    for done in (speak_spans(text, dialect), write_spans(text, dialect)):
        for span in done.spans:
            assert text[span.start : span.end] == span.source
            assert done.text[span.out_start : span.out_end] == span.result
        kept = [(a.end, b.start) for a, b in zip(done.spans, done.spans[1:], strict=False)]
        assert all(end <= start for end, start in kept)


pieces = st.sampled_from(
    """0 1 9 12 . , : / - – đ k tr tr5 % $ km ngày tháng thứ mã @ a.b.com h p s x VN 29A (0 + ½ IV""".split()  # noqa: SIM905
)


@given(st.lists(pieces, max_size=25), st.sampled_from(("", " ")), dialects, conventions)
def test_no_digit_survives(parts: list[str], blank: str, dialect: Dialect, convention: Convention) -> None:
    assert not any("0" <= c <= "9" for c in speak_spans(blank.join(parts), dialect, convention).text)


spoken_words = st.sampled_from(
    """không một hai ba bốn năm sáu bảy tám chín mười mươi trăm nghìn triệu tỷ linh mốt tư lăm rưỡi phẩy chấm
    a bê b xẹt gạch ngang đến tới phòng căn hộ vê nờ v x quý lần tỉ số nào mấy vạn mail gờ hộ chiếu nét cơm chéo
    phần trên giờ phút giây kém ngày tháng thứ đồng đô củ mét a còng móc com âm trừ cộng số mã là chị trả hăm
    chục""".split()  # noqa: SIM905
)


@given(st.lists(spoken_words, max_size=25), st.sampled_from((" ", ", ")))
def test_any_numbers_are_answered(words: list[str], blank: str) -> None:
    text = blank.join(words)
    assert write_spans(text) == write_spans(text)


@pytest.mark.parametrize("text", ["ngày 5/4 trả 2tr5 nhé", "khóa XV", "gọi 0912345678", "thứ 4, 8h30"])
def test_decomposed_text_is_read_alike(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert unicodedata.normalize("NFC", speak_spans(decomposed).text) == speak_spans(text).text
    spoken = speak_spans(text).text
    written = write_spans(unicodedata.normalize("NFD", spoken)).text
    assert unicodedata.normalize("NFC", written) == write_spans(spoken).text


LONG = 20_000
HARD = ["một trên hai b ", "không chín mười ", "A-1.", "*1", "ba đến năm ", "mail nguyễn a còng ", "1/2 - 1/3 ",
        "1", "1/", "1.", "0 ", "1:", "-1", "a.", "@", "a@", "A", "A1", "một ", "không ", "một trăm ", "tỷ ", "một tỷ ",
        "a chấm ", "\x00", "😀", "\ud800", "số ", "1,000,", "I", "https://", "một trên ", "ngày ", "trừ ", "e\u0301",
        "hai mươi ", "chấm com ", "+", "(0", "mã ", "12-", "a-1-"]  # fmt: skip


def test_the_longest_line() -> None:
    line = ("ngày 5/4 trả 2tr5, " * 6000)[:100_000]
    assert write_spans(speak_spans(line).text).text.count("2") > 4000


@pytest.mark.parametrize("seed", HARD)
def test_long_lines_take_linear_time(seed: str) -> None:
    line = (seed * (LONG // len(seed) + 1))[:LONG]
    started = process_time()
    speak_spans(line)
    write_spans(line)
    assert process_time() - started < 4

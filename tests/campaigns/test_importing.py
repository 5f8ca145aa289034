from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from campaigns.cells import READERS, CellError, plain, read_date, read_money, read_time
from campaigns.importing import ImportReport, import_contacts
from core.errors import InputError

HEADER = ["Họ tên", "Số điện thoại", "Số tiền cần thanh toán", "Ngày đến hạn"]
ROW = ["Nguyễn Văn An", "0900000001", "2.500.000", "15/12/2026"]


def table(*rows: list[str], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def load(data: str | bytes, **options: Any) -> ImportReport:
    raw = data.encode() if isinstance(data, str) else data
    return import_contacts(raw, flow="payment_reminder", filename="khach.csv", **options)


def workbook(*rows: list[Any], prepare: Any = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if prepare:
        prepare(book, sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def windows_1258(text: str) -> bytes:
    """As Windows writes Vietnamese: the five tones are combining characters after their letters."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    out = b""
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        out += (base + "".join(part for part in parts if part in tones)).encode("cp1258")
    return out


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1258"])
def test_encodings_and_delimiters(encoding: str, delimiter: str) -> None:
    text = table(HEADER, ROW, delimiter=delimiter)
    report = load(windows_1258(text) if encoding == "windows-1258" else text.encode(encoding))
    [row] = report.rows
    assert (row.name, row.phone, row.row_number) == ("Nguyễn Văn An", "+84900000001", 2)
    assert row.fields == {"amount": 2_500_000, "due_date": "2026-12-15"}
    assert row.to_fields() == {"name": "Nguyễn Văn An", "amount": 2_500_000, "due_date": "2026-12-15"}
    assert not report.problems


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("HỌ VÀ TÊN", "name"),
        ("ten khach hang", "name"),
        ("  Số   Điện Thoại (*) ", "phone"),
        ("SĐT", "phone"),
        ("Di động", "phone"),
        ("Số tiền", "amount"),
        ("Hạn thanh toán", "due_date"),
        ("Số hợp đồng", "contract"),
        ("MÃ HỢP ĐỒNG", "contract"),
        ("Năm sinh", "birth_year"),
        ("Giới tính", "gender"),
        ("Xưng hô", "address_as"),
        ("Vùng/Miền", "region"),
        ("Ghi chú", "note"),
        ("Dịch vụ", "service"),
        ("Ngày hẹn", "date"),
        ("Giờ hẹn", "time"),
        ("Địa điểm", "place"),
        ("Due Date", "due_date"),
        ("phone_number", "phone"),
        ("Số tiền (VNĐ)", "amount"),
        ("SỐ TIỀN VNĐ", "amount"),
        ("Hạn thanh toán [dd/mm/yyyy]", "due_date"),
        ("SĐT KH", "phone"),
        ("Tên khách", "name"),
    ],
)
def test_headers(header: str, field: str) -> None:
    other = [] if field == "phone" else ["Điện thoại"]
    report = import_contacts(table([header, *other], ["x", "0900000001"]).encode(), required=())
    assert report.columns[field] == " ".join(header.split())


def test_every_bad_row_is_told_and_good_rows_are_kept() -> None:
    report = load(
        table(
            HEADER,
            ROW,
            ["Trần Thị Bình", "900000002", "2,5 triệu", "1/12/2026"],
            ["Lê Cúc", "0900000003", "500k", "31/02/2026"],
            ["Phạm Dũng", "123456789", "500k", "1/12/2026"],
            ["", "0900000004", "500k", "1/12/2026"],
            ["Võ Em", "0900 000 001", "500k", "1/12/2026"],
            ["Hồ Giang", "9.12E+08", "0", "2026-13-01"],
        )
    )
    assert [row.phone for row in report.rows] == ["+84900000001", "+84900000002"]
    assert (report.total, report.bad_rows) == (7, 5)
    told = [(problem.row, problem.column, problem.code) for problem in report.problems]
    assert told == [
        (4, "Ngày đến hạn", "unreadable"),
        (5, "Số điện thoại", "unreadable"),
        (6, "Họ tên", "missing"),
        (7, "Số điện thoại", "duplicate"),
        (8, "Số điện thoại", "unreadable"),
        (8, "Số tiền cần thanh toán", "unreadable"),
        (8, "Ngày đến hạn", "unreadable"),
    ]
    assert report.problems[0].message() == "Dòng 4, cột Ngày đến hạn: ngày 31/02/2026 không có thật"
    assert report.problems[0].message("en") == "Row 4, column Ngày đến hạn: 31/02/2026 does not exist"
    assert "dòng 2" in report.problems[3].vi
    assert report.summary() == "7 dòng: 2 dùng được, 5 bị loại, 0 cảnh báo."


def test_an_optional_cell_that_cannot_be_read_costs_only_itself() -> None:
    report = load(table([*HEADER, "Giới tính", "Năm sinh"], [*ROW, "xyz", "1990"]))
    assert (report.rows[0].gender, report.rows[0].birth_year) == (None, 1990)
    assert [problem.fatal for problem in report.problems] == [False]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "rỗng"),
        (b"  \r\n ", "rỗng"),
        (b"\xef\xbb\xbf", "tiêu đề"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "không phải bảng"),
        (b"PK\x03\x04 broken", "không phải bảng"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "kiểu cũ"),
        (b"just a sentence\nand another", "tiêu đề"),
        (table(HEADER).encode(), "không có liên hệ"),
        (table(["Họ tên", "Số điện thoại"], ["A", "0900000001"]).encode(), "Thiếu cột bắt buộc: số tiền, ngày đến hạn"),
        (table(["Họ tên", "Số tiền", "Hạn trả"], ["A", "1", "1/1/2026"]).encode(), "số điện thoại"),
    ],
)
def test_files_that_cannot_be_used(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        load(data)
    assert caught.value.where == "khach.csv"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Không đọc được"):
        import_contacts(tmp_path / "nowhere.csv")


def test_title_rows_blank_rows_and_line_breaks_keep_excels_row_numbers() -> None:
    text = (
        'DANH SÁCH THÁNG 11,,,\n,,,\n"Họ\ntên",Điện thoại,Số tiền,Hạn trả\n\nAn,0900000001,1tr,1/12/2026\nB,12,1tr,x\n'
    )
    report = load(text)
    assert [row.row_number for row in report.rows] == [5]
    assert {problem.row for problem in report.problems} == {6}


def test_excels_separator_hint() -> None:
    assert load("sep=;\n" + table(HEADER, ROW, delimiter=";")).rows[0].row_number == 3


def test_unknown_columns_travel_along() -> None:
    report = load(table([*HEADER, "Mã chi nhánh"], [*ROW, "HN 01"]))
    assert report.ignored == ("Mã chi nhánh",)
    assert report.rows[0].fields["extra"] == {"Mã chi nhánh": "HN 01"}


def test_formulas_are_text_and_reports_cannot_run_them() -> None:
    report = load(
        table([*HEADER, "Ghi chú"], ['=HYPERLINK("http://x")', *ROW[1:], "+cmd|' /C calc'!A0"], ["=1+1", "x", "1", "x"])
    )
    assert report.rows[0].name == '=HYPERLINK("http://x")'
    assert report.rows[0].fields["note"] == "+cmd|' /C calc'!A0"
    rows = list(
        csv.reader(
            io.StringIO(load(table(HEADER, ["A", "=1+1", "1tr", "1/1/2026"])).problems_csv().decode("utf-8-sig"))
        )
    )
    assert rows[1][2] == "'=1+1"


def test_a_report_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "loi.csv"
    load(table(HEADER, ROW, ["A", "", "x", "y"])).write_report(path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "thiếu số điện thoại" in path.read_text("utf-8-sig")


# XLSX


def test_xlsx_with_numbers_dates_and_times() -> None:
    data = workbook(
        ["Khách hàng", "Điện thoại", "Dịch vụ", "Ngày hẹn", "Giờ hẹn", "Địa điểm", "Số hợp đồng"],
        ["TRẦN THỊ BÌNH", 900000001, "Khám răng", datetime(2026, 12, 1), time(14, 30), "Quận 1", 1234.0],
        [],
        ["Lê Cúc", 900000002.0, "Khám mắt", 46357, 0.6041666667, None, "HD-01"],
    )
    report = import_contacts(data, flow="appointment_reminder", filename="hen.xlsx")
    first, second = report.rows
    assert (first.name, first.phone, first.row_number) == ("Trần Thị Bình", "+84900000001", 2)
    assert first.fields == {
        "service": "Khám răng",
        "date": "2026-12-01",
        "time": "14:30",
        "place": "Quận 1",
        "contract": "1234",
    }
    assert (second.row_number, second.fields["date"], second.fields["time"]) == (4, "2026-12-01", "14:30")
    assert report.form == "xlsx Sheet"


def test_xlsx_formulas_without_result_are_told() -> None:
    report = load(
        workbook(HEADER, ["An", "0900000001", "=1000*2", date(2026, 12, 1)], [*ROW[:1], "0900000002", *ROW[2:]])
    )
    assert [row.phone for row in report.rows] == ["+84900000002"]
    assert [(problem.row, problem.code, problem.value) for problem in report.problems] == [(2, "formula", "=1000*2")]


def test_xlsx_merged_cells_and_other_sheets() -> None:
    def prepare(book: Any, sheet: Any) -> None:
        sheet.merge_cells("D2:D3")
        hidden = book.create_sheet("Cũ", 0)
        hidden.append(HEADER)
        hidden.append(["Ẩn", "0900000009", "1", "1/1/2026"])
        hidden.sheet_state = "hidden"
        book.create_sheet("Ghi chú", 0).append(["Xin đọc kỹ"])

    data = workbook(HEADER, ROW, ["Trần Bình", "0900000002", "500000", None], prepare=prepare)
    report = load(data)
    assert [(row.phone, row.fields["due_date"]) for row in report.rows] == [
        ("+84900000001", "2026-12-15"),
        ("+84900000002", "2026-12-15"),
    ]


def test_an_xlsx_that_would_fill_the_memory_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as entry:
        for _ in range(520):
            entry.write(bytes(1_000_000))
    with pytest.raises(InputError, match="quá lớn"):
        load(out.getvalue())


# Cells


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("2.500.000", 2_500_000),
        ("2,500,000", 2_500_000),
        ("2 500 000", 2_500_000),
        ("2500000", 2_500_000),
        ("2500000.0", 2_500_000),
        ("2.500.000,00", 2_500_000),
        ("2,500,000.00 VND", 2_500_000),
        ("2.500.000đ", 2_500_000),
        ("2.500.000 đồng", 2_500_000),
        ("2.500.000 ₫", 2_500_000),
        (2500000.0, 2_500_000),
        (2500000, 2_500_000),
        ("2,5 triệu", 2_500_000),
        ("2.5tr", 2_500_000),
        ("2tr5", 2_500_000),
        ("1tr250", 1_250_000),
        ("2 TRIỆU", 2_000_000),
        ("500k", 500_000),
        ("500 nghìn", 500_000),
        ("500 ngàn đồng", 500_000),
        ("1,2 tỷ", 1_200_000_000),
        ("2.500", 2_500),
    ],
)
def test_money(written: object, amount: int) -> None:
    assert read_money(written) == amount


@pytest.mark.parametrize(
    "written", ["0", "-500000", "2,5", "hai triệu", "1.2.3", "2.50.000", "", "1e9", float("nan"), 10**14]
)
def test_what_is_no_money(written: object) -> None:
    with pytest.raises(CellError):
        read_money(written)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("15/08/2026", date(2026, 8, 15)),
        ("15-8-26", date(2026, 8, 15)),
        ("5.8.2026", date(2026, 8, 5)),
        ("2026-08-15", date(2026, 8, 15)),
        ("15/08/2026 00:00:00", date(2026, 8, 15)),
        (datetime(2026, 8, 15, 7), date(2026, 8, 15)),
        (46249, date(2026, 8, 15)),
        ("46249", date(2026, 8, 15)),
        (46249.0, date(2026, 8, 15)),
        ("29/02/2028", date(2028, 2, 29)),
    ],
)
def test_dates(written: object, day: date) -> None:
    assert read_date(written) == day


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("31/02/2026", "không có thật"),
        ("29/02/2026", "không có thật"),
        ("08/31/2026", "không có tháng 31"),
        ("15/08", "thiếu năm"),
        ("mai", "không đọc được"),
        (5, "không đọc được"),
        ("00/00/0000", "không có thật"),
    ],
)
def test_what_is_no_date(written: object, words: str) -> None:
    with pytest.raises(CellError, match=words):
        read_date(written)


@pytest.mark.parametrize(
    ("written", "clock"),
    [
        ("14:30", "14:30"),
        ("14h30", "14:30"),
        ("14h", "14:00"),
        ("8 giờ 30", "08:30"),
        ("8g", "08:00"),
        ("2:30 PM", "14:30"),
        ("2 giờ 30 chiều", "14:30"),
        ("12:15 AM", "00:15"),
        ("09:00:00", "09:00"),
        (time(9, 5), "09:05"),
        (0.5, "12:00"),
    ],
)
def test_times(written: object, clock: str) -> None:
    assert read_time(written) == clock


@pytest.mark.parametrize("written", ["25:00", "14:70", "sáng", "", 14])
def test_what_is_no_time(written: object) -> None:
    with pytest.raises(CellError):
        read_time(written)


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("gender", "Nữ", "female"),
        ("gender", "NAM", "male"),
        ("region", "Miền Trung", "central"),
        ("region", "Nam", "south"),
        ("address_as", "Chị", "chị"),
        ("address_as", "chu", "chú"),
        ("address_as", "Anh/Chị", None),
        ("year", "15/08/1990", 1990),
        ("year", 1990.0, 1990),
        ("name", "  nguyễn   văn an ", "Nguyễn Văn An"),
        ("code", 1234.0, "1234"),
        ("text", unicodedata.normalize("NFD", "Đã hẹn"), "Đã hẹn"),
    ],
)
def test_other_cells(kind: str, written: object, value: object) -> None:
    assert READERS[kind](written) == value


@pytest.mark.parametrize(
    ("kind", "written"), [("gender", "?"), ("region", "Tây"), ("address_as", "sếp"), ("year", "1800"), ("name", "123")]
)
def test_other_cells_that_cannot_be_read(kind: str, written: str) -> None:
    with pytest.raises(CellError):
        READERS[kind](written)


CELLS = st.one_of(
    st.none(), st.text(max_size=30), st.integers(), st.floats(), st.datetimes(), st.times(), st.booleans()
)


@given(st.sampled_from(sorted(READERS)), CELLS)
def test_a_cell_is_read_or_told(kind: str, cell: object) -> None:
    try:
        READERS[kind](cell)
    except InputError as error:
        reasons = (error.vi, error.en)
    else:
        return
    assert all(reasons)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_told(data: bytes) -> None:
    try:
        load(data)
    except InputError as error:
        words = error.vi
    else:
        return
    assert words


def test_plain() -> None:
    assert plain("  SỐ ĐIỆN-THOẠI (*)") == "so dien thoai"


def test_of_several_numbers_in_a_cell_the_first_is_called_and_the_others_are_told() -> None:
    for between in (" / ", "; ", "\n", "-", " hoặc "):
        cell = f"0900000001{between}0900000002"
        report = load(table(HEADER, ["A", cell, "500k", "1/12/2026"]))
        assert [row.phone for row in report.rows] == ["+84900000001"]
        [problem] = report.problems
        assert (problem.code, problem.fatal) == ("several", False)
        assert "+84900000002" in problem.vi
    [row] = load(table(HEADER, ["A", "0900-000-001", "500k", "1/12/2026"])).rows
    assert row.phone == "+84900000001"
    [problem] = load(table(HEADER, ["A", "0900000001 / 123456789", "500k", "1/12/2026"])).problems
    assert problem.fatal


def test_sheets_and_rows_that_nobody_sees_are_told() -> None:
    def prepare(book: Any, sheet: Any) -> None:
        sheet.title = "Tháng 12"
        sheet.row_dimensions[3].hidden = True
        other = book.create_sheet("Tháng 11")
        other.append(["Họ tên", "SĐT"])
        other.append(["Lê C", "0900000003"])

    report = load(workbook(HEADER, ROW, ["Trần B", "0900000002", 5000, "16/12/2026"], prepare=prepare))
    assert [row.phone for row in report.rows] == ["+84900000001", "+84900000002"]
    sheets, hidden = report.remarks
    assert "“Tháng 11”" in sheets.vi
    assert hidden.vi.startswith("1 dòng đang ẩn trong Excel vẫn được tính: 3.")
    assert "Tháng 11" in report.problems_csv().decode()
    assert not load(table(HEADER, ROW)).remarks


def test_the_sheet_with_the_needed_columns_is_read() -> None:
    def prepare(book: Any, sheet: Any) -> None:
        other = book.create_sheet("Khách")
        for row in (HEADER, ROW):
            other.append(row)

    rows = [["Họ tên", "SĐT", "Năm sinh", "Giới tính", "Vùng", "Ghi chú"], ["A", "0900000009", 1980, "nam", "Bắc", ""]]
    report = load(workbook(*rows, prepare=prepare))
    assert [row.phone for row in report.rows] == ["+84900000001"]


def test_days_and_months_that_excel_may_have_swapped_are_told() -> None:
    def dates(*cells: Any) -> ImportReport:
        return load(workbook(HEADER, *([f"Bà {i}a", f"090000000{i}", 5000, cell] for i, cell in enumerate(cells))))

    [remark] = dates(datetime(2026, 5, 12), "25/12/2026").remarks
    assert "Ngày đến hạn" in remark.vi
    assert not dates(datetime(2026, 12, 25), "25/12/2026").remarks
    assert not dates(datetime(2026, 5, 12), "05/12/2026").remarks


def test_a_web_page_named_like_an_excel_file_is_refused() -> None:
    with pytest.raises(InputError, match="trang web"):
        load("<html><table><tr><td>Họ tên</td><td>SĐT</td></tr></table></html>")


def test_missing_columns_are_told_with_those_not_recognised() -> None:
    with pytest.raises(InputError, match="“Tiền góp”"):
        load(table(["Họ tên", "SĐT", "Tiền góp", "Ngày đến hạn"], ROW))


@pytest.mark.parametrize("cell", ["#N/A", "#REF!"])
def test_a_failed_formula_is_no_text(cell: str) -> None:
    report = load(table([*HEADER, "Dịch vụ"], [*ROW, cell]))
    assert "service" not in report.rows[0].fields
    assert [(p.code, p.fatal) for p in report.problems] == [("formula", False)]


def test_names_typed_for_old_fonts_are_not_read_out() -> None:
    [problem] = load(table(HEADER, ["NguyÔn V¨n An", *ROW[1:]])).problems
    assert "TCVN3" in problem.vi

from __future__ import annotations

import csv
import io

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import update

from app.services import Services
from memory.schema import Call, Contact, Customer
from tests.app.sample import CAMPAIGN


def test_home_leads_to_the_campaigns(client: TestClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Nhắc thanh toán tháng 11" in page.text
    assert "2 / 5" in page.text


def test_campaign_page_shows_contacts_outcomes_and_gate(client: TestClient) -> None:
    page = client.get(f"/campaigns/{CAMPAIGN}").text
    assert "Nguyễn Văn Hùng" in page
    assert "0900 ••• •01" in page
    assert "+84900000001" not in page
    assert "2.450.000\u00a0đ, ngày 28/11/2026" in page
    assert "khách đã yêu cầu không liên hệ" in page.lower()
    assert "huấn luyện bằng giọng tổng hợp" in page


def test_outcome_narrows_the_table(client: TestClient) -> None:
    page = client.get(f"/campaigns/{CAMPAIGN}?outcome=PTP").text
    assert 'id="row-con_1"' in page
    assert 'id="row-con_3"' not in page


def test_names_from_files_cannot_become_markup(client: TestClient) -> None:
    page = client.get(f"/campaigns/{CAMPAIGN}").text
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_english_by_address_is_remembered(client: TestClient) -> None:
    assert "Right party" in client.get(f"/campaigns/{CAMPAIGN}?lang=en").text
    assert "Right party" in client.get(f"/campaigns/{CAMPAIGN}").text
    assert "Gặp đúng người" in client.get(f"/campaigns/{CAMPAIGN}?lang=vi").text


def test_call_page_tells_the_whole_story(client: TestClient) -> None:
    page = client.get("/calls/conv_1").text
    assert "Cuộc gọi với Nguyễn Văn Hùng" in page
    assert "Dạ em chào anh Hùng." in page
    assert '<span class="unheard"> Em là trợ lý ảo của Công ty Sao Mai.</span>' in page
    assert "Thật ra khách nói: <b>ờ anh đây em</b>" in page
    assert "Đã hiểu gì: đồng ý" in page
    assert "480 ms" in page
    assert "thứ Bảy 28/11/2026" in page
    assert 'data-offset-ms="4000"' in page
    assert 'src="/calls/conv_1/recording.wav"' in page


def test_recording_is_served_in_ranges(client: TestClient) -> None:
    whole = client.get("/calls/conv_1/recording.wav")
    assert whole.headers["content-type"] == "audio/wav"
    part = client.get("/calls/conv_1/recording.wav", headers={"range": "bytes=44-99"})
    assert part.status_code == 206
    assert part.content == whole.content[44:100]


def test_recording_outside_the_folder_is_not_served(client: TestClient, services: Services) -> None:
    secret = services.recordings_dir.parent / "secret.wav"
    secret.write_bytes(b"RIFF")
    with services.store.write() as session:
        session.execute(update(Call).where(Call.conversation_id == "conv_2").values(recording="../secret.wav"))
    assert client.get("/calls/conv_2/recording.wav").status_code == 404


@pytest.mark.parametrize("path", ["/campaigns/none", "/calls/none", "/nowhere", "/static/../server.py"])
def test_missing_pages_say_so(client: TestClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert "Không tìm thấy trang này" in page.text


def test_other_hosts_are_refused(client: TestClient) -> None:
    assert client.get("/campaigns", headers={"host": "evil.example"}).status_code == 400


def test_pages_carry_a_strict_policy(client: TestClient) -> None:
    headers = client.get("/campaigns").headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_no_page_uses_inline_style_or_script(client: TestClient) -> None:
    for path in ("/campaigns", f"/campaigns/{CAMPAIGN}", "/calls/conv_1", "/chat", "/campaigns/new"):
        page = client.get(path).text
        assert " style=" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


def test_buttons_need_the_token(client: TestClient) -> None:
    refused = client.post(f"/campaigns/{CAMPAIGN}/pause", data={"token": "wrong"})
    assert refused.status_code == 403
    assert "tải lại trang" in refused.text


def test_buttons_refuse_other_sites(client: TestClient, token: str) -> None:
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(f"/campaigns/{CAMPAIGN}/pause", data={"token": token}, headers=headers).status_code == 403


def test_pause_resume_stop(client: TestClient, token: str) -> None:
    for action, status in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        answer = client.post(f"/campaigns/{CAMPAIGN}/{action}", data={"token": token})
        assert answer.status_code == 200
        assert client.get(f"/api/campaigns/{CAMPAIGN}").json()["status"] == status
    again = client.post(f"/campaigns/{CAMPAIGN}/resume", data={"token": token})
    assert again.status_code == 400


def test_csv_export_is_for_excel_and_runs_no_formula(client: TestClient, services: Services) -> None:
    with services.store.write() as session:
        session.execute(update(Customer).where(Customer.phone == "+84900000003").values(name="=cmd|'/c calc'!A1"))
    body = client.get(f"/campaigns/{CAMPAIGN}/export.csv").content
    assert body.startswith(b"\xef\xbb\xbf")
    text = body.decode("utf-8-sig")
    assert text.startswith("Dòng,Họ tên,Số điện thoại,Miền,Trạng thái,Mã kết quả,Kết quả,Ngày đã hẹn,Số tiền hứa trả,")
    assert "2,Nguyễn Văn Hùng,+84900000001,Bắc,Đã xong,PTP" in text
    assert "2026-11-28,2450000" in text
    assert ",'=cmd|" in text


def test_export_returns_the_columns_of_the_list(client: TestClient, services: Services) -> None:
    with services.store.write() as session:
        fields = {"name": "Nguyễn Văn Hùng", "contract": "HD-7", "code": "482193", "extra": {"Cửa hàng": "Ninh Kiều"}}
        session.execute(update(Contact).where(Contact.row_number == 2).values(fields=fields))
    header, first, *_ = list(csv.reader(io.StringIO(client.get(f"/campaigns/{CAMPAIGN}/export.csv").text)))
    assert header[-2:] == ["Mã hợp đồng", "Cửa hàng"]
    assert "482193" not in first  # a one-time code
    assert first[-2:] == ["HD-7", "Ninh Kiều"]


def test_excel_export_has_one_row_per_contact(client: TestClient) -> None:
    body = client.get(f"/campaigns/{CAMPAIGN}/export.xlsx").content
    rows = list(load_workbook(io.BytesIO(body)).active.iter_rows(values_only=True))
    assert len(rows) == 6
    assert rows[1][1] == "Nguyễn Văn Hùng"
    assert rows[1][2] == "+84900000001"


def test_health_and_api(client: TestClient) -> None:
    assert client.get("/health").json()["status"] == "ok"
    campaign = client.get(f"/api/campaigns/{CAMPAIGN}").json()
    assert campaign["totals"]["outcomes"] == {"OPT_OUT": 1, "PTP": 1}
    assert campaign["contacts"][0]["phone"] == "0900 ••• •01"
    talk = client.get("/api/conversations/conv_1").json()
    assert talk["disposition"] == "PTP"
    assert talk["events"][0]["data"]["to"] == "0900 ••• •01"
    assert client.get("/api/conversations/none").json() == {
        "error": "Không tìm thấy trang này. Có thể địa chỉ bị sai hoặc dữ liệu đã được xóa."
    }
    assert "/api/campaigns/{campaign_id}" in client.get("/openapi.json").json()["paths"]


def test_unexpected_failures_hide_their_details(client: TestClient, services: Services) -> None:
    with services.store.write() as session:
        contact = session.get(Contact, "con_1")
        assert contact is not None
        contact.disposition_details = {"amount": 10**400}
    answer = client.get(f"/campaigns/{CAMPAIGN}")
    assert answer.status_code == 500
    assert "OverflowError" not in answer.text
    assert "Có lỗi ngoài dự kiến" in answer.text

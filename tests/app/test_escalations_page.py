"""The page of the person in charge."""

from __future__ import annotations

from fastapi.testclient import TestClient

from app.services import Services
from memory import events as kind
from tests.app.sample import go_on

STORY = (
    "Khách: Trần Thị Mai (đã xác minh).\nViệc: Nhắc thanh toán.\nĐã trao đổi: khách đọc số 0912 345 678.\n"
    "Cảm xúc: đang rất bực.\nCần làm: xin lỗi, lắng nghe."
)


def hand_over(services: Services) -> None:
    data = {"queue": "care", "reason": "anger", "summary": STORY, "rule": "anger", "turns": [2], "words": ["bực mình"]}
    go_on(services.store, (kind.ESCALATED, 9000, data))


def test_nothing_waits_at_first(client: TestClient) -> None:
    assert "Chưa có cuộc nào cần người xử lý" in client.get("/escalations").text


def test_who_is_handed_over_is_shown_with_the_story_and_why(client: TestClient, services: Services) -> None:
    hand_over(services)
    page = client.get("/escalations").text
    assert '<a href="/calls/conv_2">Trần Thị Mai</a>' in page
    assert "<strong>khách bực bội</strong>" in page
    assert "“bực mình”" in page
    assert "chăm sóc khách hàng" in page
    for name in ("Khách", "Việc", "Đã trao đổi", "Cảm xúc", "Cần làm"):
        assert f"<dt>{name}</dt>" in page
    assert "0912 345 678" not in page
    assert "Trần Thị Mai" in client.get("/escalations?kind=transferred").text
    assert "Trần Thị Mai" not in client.get("/escalations?kind=callback").text
    assert client.get("/escalations?kind=other").status_code == 422


def test_the_call_shows_the_story_and_masks_it_unless_asked(client: TestClient, services: Services) -> None:
    hand_over(services)
    page = client.get("/calls/conv_2").text
    assert "<dd>xin lỗi, lắng nghe.</dd>" in page
    assert "0912 345 678" not in page
    assert "0912 345 678" in client.get("/calls/conv_2?personal=1").text


def test_calls_to_return_and_alerts_are_told_apart(client: TestClient, services: Services) -> None:
    go_on(services.store, (kind.ALERTED, 9000, {"do": "callback", "rule": "left_angry", "turns": [2], "words": []}))
    assert "khách cúp máy khi đang bực" in client.get("/escalations?kind=callback").text
    assert "Trần Thị Mai" not in client.get("/escalations?kind=alert").text
    assert "Trần Thị Mai" not in client.get("/escalations?kind=transferred").text


def test_a_new_campaign_says_which_columns_its_flow_needs_and_offers_a_sample(client: TestClient) -> None:
    page = client.get("/campaigns/new").text
    assert "Cần các cột: số điện thoại, họ tên, số tiền, ngày đến hạn." in page
    assert 'value="flight_change"' not in page
    sample = client.get("/campaigns/sample.csv?flow=payment_reminder")
    assert sample.content.startswith(b"\xef\xbb\xbf")
    assert "Số điện thoại" in sample.text
    assert client.get("/campaigns/sample.csv?flow=none").status_code == 404

"""The console in a real browser: live updates, playing a recording, chatting, languages."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from app.services import Services
from memory import events as kind
from tests.app.chromium import NEEDS_CHROMIUM
from tests.app.sample import CAMPAIGN, go_on

pytestmark = NEEDS_CHROMIUM


def test_campaign_page_follows_the_call(page: Page, address: str, services: Services) -> None:
    page.goto(f"{address}/campaigns/{CAMPAIGN}")
    row = page.locator("#row-con_2")
    expect(row).to_contain_text("Đang quay số")
    go_on(services.store, (kind.CALL_ANSWERED, 3000, {}))
    expect(row).to_contain_text("Đang nói chuyện")
    go_on(services.store, (kind.CUSTOMER_SAID, 5000, {"turn": 1, "text": "để mai chị chuyển nha"}))
    expect(row).to_contain_text("Khách: để mai chị chuyển nha")
    go_on(services.store, (kind.SENTIMENT, 5000, {"turn": 1, "score": -0.6}))
    expect(row.locator(".mood.negative")).to_have_text("Khó chịu")
    expect(page.locator("[data-honest]")).to_contain_text("huấn luyện bằng giọng tổng hợp")
    expect(page.locator("#spoken")).to_contain_text("Đã xong 2 trên 5 liên hệ")


def test_pause_button_asks_the_server_and_changes(page: Page, address: str) -> None:
    page.goto(f"{address}/campaigns/{CAMPAIGN}")
    page.locator("[data-action=pause]").click()
    expect(page.locator("[data-action=resume]")).to_be_visible()
    expect(page.locator("h1 + .meta .pill")).to_have_text("Tạm dừng")


def test_stop_asks_first(page: Page, address: str) -> None:
    page.goto(f"{address}/campaigns/{CAMPAIGN}")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.locator("[data-action=stop]").click()
    expect(page.locator("h1 + .meta .pill")).to_have_text("Đang gọi")


def test_clicking_a_bubble_plays_from_there_and_marks_it(page: Page, address: str) -> None:
    page.goto(f"{address}/calls/conv_1")
    player = page.locator("#player")
    page.wait_for_function("document.getElementById('player').readyState >= 1")
    assert player.evaluate("p => p.duration") == pytest.approx(6.0, abs=0.1)
    said = page.locator(".turn.customer[data-turn='1']")
    said.locator("button.bubble").click()
    expect(said).to_have_class(re.compile("playing"))
    # heard at 7.1 s of the conversation, the recording begins at 4 s, playback a little before the words
    assert player.evaluate("p => p.currentTime") >= 2.9
    player.evaluate("p => p.pause()")
    expect(said).not_to_have_class(re.compile("playing"))


def test_chat_to_the_end_shows_the_outcome(page: Page, address: str) -> None:
    page.goto(f"{address}/chat")
    page.locator("#chat-flow").select_option("payment_reminder")
    page.locator("#chat-start button").click()
    answers = page.locator(".turn.bot")
    expect(answers.first).to_contain_text("trợ lý ảo")
    expect(page.locator("#chat-who")).to_contain_text("Nguyễn Văn Hùng, sinh năm 1985")
    for said in ("đúng rồi, <b>anh</b> đây", "1985", "mai anh trả đủ", "đúng rồi"):
        expect(page.locator("#chat-text")).to_be_enabled()
        page.locator("#chat-text").fill(said)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.customer .bubble").last).to_have_text(said)
    expect(page.locator("#chat-result")).to_have_text("Hứa thanh toán")
    expect(page.locator("#chat-detail")).to_have_text("2.450.000 đ, ngày 26/11/2026")
    expect(page.locator("#chat-events")).to_contain_text("conversation.disposition")
    expect(page.locator("#chat-text")).to_be_disabled()
    page.locator("#chat-saved").click()
    expect(page.locator("h1")).to_have_text("Trò chuyện với Nguyễn Văn Hùng")
    expect(page.locator(".turn.customer .bubble").nth(1)).to_have_text("1985")


def test_language_and_theme_switch_and_stay(page: Page, address: str) -> None:
    page.goto(f"{address}/campaigns/{CAMPAIGN}")
    page.get_by_role("link", name="EN").click()
    expect(page.get_by_role("heading", name="Calls")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(f"{address}/calls/conv_1")
    expect(page.get_by_role("heading", name="Call with Nguyễn Văn Hùng")).to_be_visible()
    page.locator("[data-theme-toggle]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_upload_check_and_launch(page: Page, address: str, services: Services) -> None:
    listed = (
        "Họ tên,Số điện thoại,Số tiền,Ngày đến hạn\n"
        "Nguyễn Thị Lan,0900 000 021,1.500.000,28/11/2026\n"
        "Trần Văn Bảy,0900 000 02,1.500.000,28/11/2026\n"
        "Lê Văn Tám,0900 000 023,1.500.000,31/02/2026\n"
    )
    page.goto(f"{address}/campaigns/new")
    page.locator("#file").set_input_files(
        {"name": "danh-sach.csv", "mimeType": "text/csv", "buffer": listed.encode()}
    )  # fmt: skip
    page.locator("#name").fill("Nhắc kỳ này")
    expect(page.locator("#purpose")).to_have_value("transactional")
    page.locator("#flow").select_option("payment_reminder")
    expect(page.locator("#purpose")).to_have_value("collection")
    page.locator("form[action='/campaigns/check'] button").click()
    expect(page.locator("h1")).to_have_text("Kiểm tra trước khi gọi")
    expect(page.locator(".tile").first).to_contain_text("1 / 3")
    expect(page.locator("main")).to_contain_text("Ngày đến hạn")
    assert services.campaigns is not None
    assert len(services.campaigns.campaigns()) == 1
    page.locator("form[action$='/launch'] button").click()
    expect(page.locator("h1")).to_have_text("Nhắc kỳ này")
    expect(page.locator("h1 + .meta .pill")).to_have_text("Đang gọi")


@pytest.mark.parametrize("path", ["/campaigns", f"/campaigns/{CAMPAIGN}", "/calls/conv_1", "/chat", "/campaigns/new"])
def test_pages_fit_a_phone_and_can_be_walked_by_keyboard(page: Page, address: str, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate(
        "[...document.querySelectorAll('input,select')].every(i => i.type == 'hidden' || i.labels.length)"
    )
    assert page.evaluate("[...document.querySelectorAll('button')].every(b => b.innerText.trim() || b.ariaLabel)")

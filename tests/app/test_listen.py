"""The chat page's "Speak" in a real browser, whose recogniser a script stands in for: it needs its maker's servers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.app.chromium import NEEDS_CHROMIUM

pytestmark = NEEDS_CHROMIUM

RECOGNISER = """
window.log = [];
navigator.mediaDevices.getUserMedia = () => { log.push("microphone"); return Promise.reject(new Error("no")); };
window.SpeechRecognition = undefined;
window.webkitSpeechRecognition = class {
  constructor() { log.push("made"); window.ear = this; }
  start() { log.push("start " + this.lang + " " + this.interimResults); if (window.refuse) throw new Error("refused"); }
  abort() { log.push("abort"); this.onend?.(); }
  say(text, isFinal) { this.onresult({ results: [Object.assign([{ transcript: text }], { isFinal })] }); }
};
"""


@pytest.fixture
def chat(page: Page, address: str) -> Page:
    """The page with a chat that the bot has begun."""
    page.add_init_script(RECOGNISER)
    page.goto(f"{address}/chat")
    expect(page.locator("#voice-button")).to_be_disabled()
    begin(page)
    return page


def begin(page: Page) -> None:
    page.locator("#chat-flow").select_option("payment_reminder")
    page.locator("#chat-start button").click()
    expect(page.locator("#chat-text")).to_be_enabled()


def agree(page: Page) -> None:
    page.locator("#voice-button").click()
    page.locator("#voice-agree").click()
    expect(page.locator("#voice-label")).to_have_text("Dừng nghe")


def test_a_spoken_sentence_goes_the_way_of_a_typed_one(chat: Page) -> None:
    chat.locator("#voice-button").click()
    expect(chat.locator("#voice-consent p")).to_contain_text(["máy chủ của hãng làm trình duyệt", "Google for Chrome"])
    assert chat.evaluate("log") == []  # asked, and nothing made yet
    chat.locator("#voice-agree").click()
    expect(chat.locator("#voice-state")).to_contain_text("được gửi tới hãng làm trình duyệt")
    assert chat.evaluate("log") == ["made", "start vi-VN true"]
    chat.evaluate("ear.say('đúng', false)")
    expect(chat.locator("#chat-text")).to_have_value("đúng")
    expect(chat.locator(".turn.customer")).to_have_count(0)
    chat.evaluate("ear.say('đúng rồi em', true)")
    expect(chat.locator(".turn.customer .bubble")).to_have_text("đúng rồi em")
    expect(chat.locator(".turn.bot .bubble").nth(-1)).to_contain_text("năm sinh")
    expect(chat.locator("#chat-text")).to_have_value("")
    expect(chat.locator("#voice-button")).to_be_focused()
    assert chat.evaluate("log") == ["made", "start vi-VN true", "abort"]  # not heard while the bot answers, nor after
    chat.locator("#voice-button").click()  # agreed once for this page
    chat.evaluate("ear.say('1985', true)")
    expect(chat.locator(".turn.customer .bubble").nth(1)).to_have_text("1985")
    expect(chat.locator("#chat-events")).to_contain_text('"text": "1985"')


def test_who_refuses_is_not_heard_and_a_reload_asks_again(chat: Page) -> None:
    for leave in (lambda: chat.locator("#voice-refuse").click(), lambda: chat.keyboard.press("Escape")):
        chat.locator("#voice-button").click()
        leave()
        expect(chat.locator("#voice-state")).to_contain_text("Không có gì được nghe hay gửi đi")
        assert chat.evaluate("log") == []
    agree(chat)
    chat.reload()
    begin(chat)
    chat.locator("#voice-button").click()
    expect(chat.locator("#voice-consent")).to_be_visible()
    assert chat.evaluate("log") == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("not-allowed", "chưa cho dùng micro"), ("network", "Không tới được máy chủ"),
        ("no-speech", "Không nghe thấy tiếng nói"), ("language-not-supported", "không có tiếng Việt"),
        ("audio-capture", "Không thu được tiếng"), ("service-not-allowed", "chặn dịch vụ"),
        ("something-new", "báo lỗi"),
    ],
)  # fmt: skip
def test_an_error_is_told_and_typing_goes_on(chat: Page, error: str, told: str) -> None:
    agree(chat)
    chat.evaluate("error => ear.onerror({ error })", error)
    expect(chat.locator("#voice-state")).to_contain_text(told)
    expect(chat.locator("#voice-label")).to_have_text("Nói")
    chat.locator("#chat-text").fill("đúng rồi")
    chat.locator("#chat-send").click()
    expect(chat.locator(".turn.customer .bubble")).to_have_text("đúng rồi")


def test_stopped_or_cut_short_nothing_is_sent(chat: Page) -> None:
    agree(chat)
    chat.evaluate("ear.say('đúng rồi', false)")
    chat.locator("#voice-button").click()
    expect(chat.locator("#voice-state")).to_contain_text("chưa gửi")
    expect(chat.locator("#chat-text")).to_have_value("đúng rồi")
    chat.locator("#voice-button").click()
    chat.evaluate("ear.say('đúng', false); ear.onend()")
    expect(chat.locator("#voice-state")).to_contain_text("Chưa nghe trọn câu")
    chat.locator("#voice-button").click()
    chat.evaluate("ear.onend()")
    expect(chat.locator("#voice-state")).to_contain_text("Không nghe thấy tiếng nói")
    chat.evaluate("window.refuse = true")
    chat.locator("#voice-button").click()
    expect(chat.locator("#voice-state")).to_contain_text("báo lỗi")
    expect(chat.locator(".turn.customer")).to_have_count(0)


def test_the_end_of_the_chat_ends_the_listening(chat: Page) -> None:
    agree(chat)
    chat.locator("#chat-hangup").click()
    expect(chat.locator("#voice-button")).to_be_disabled()
    assert chat.evaluate("log.at(-1)") == "abort"


def test_a_browser_without_recogniser_says_so(page: Page, address: str) -> None:
    page.add_init_script("window.SpeechRecognition = window.webkitSpeechRecognition = undefined;")
    page.goto(f"{address}/chat")
    begin(page)
    expect(page.locator("#voice-button")).to_be_disabled()
    expect(page.locator("#voice-button")).to_have_text("Trình duyệt không nghe được")
    expect(page.locator("#voice-state")).to_contain_text("không có bộ nhận dạng giọng nói")

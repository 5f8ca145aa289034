"""The request of the design, "Tôi muốn đổi chuyến bay và nâng cấp ghế", by plan on the sample airline."""

from __future__ import annotations

from agent.turns import HangUp, Transfer
from memory import events
from tests.agent.planning.airline import Caller

_WISH = ("tôi muốn đổi chuyến bay và nâng cấp ghế", "đúng rồi", "anh sinh năm tám lăm")


async def test_one_request_many_steps() -> None:
    caller = await Caller().start()
    told = await caller.say(*_WISH)
    assert "tìm đặt chỗ của anh, xem chuyến còn chỗ, đổi chuyến, chọn ghế rồi gửi đường dẫn thanh toán ạ" in told
    assert told.endswith("ngày nào ạ?")
    offer = await caller.say("thứ bảy này")
    assert "06:15 thêm 400.000 đồng, 09:40 thêm 650.000 đồng hoặc 14:05 không thêm phí" in offer
    assert "phí chênh lệch 650.000 đồng" in await caller.say("chuyến thứ hai")
    assert "rebook" not in caller.called
    assert "ghế" in await caller.say("đồng ý")
    assert "không mất phí" in await caller.say("ghế đầu tiên")
    assert "650.000 đồng" in await caller.say("đúng rồi")
    await caller.say("ừ gửi đi em")
    link = caller.known("payment_url")
    assert caller.messages == [f"Đường dẫn thanh toán 650.000 đồng của Hàng không Sao Mai: {link}"]
    caller.pays()
    assert "xong rồi" in await caller.say("trả xong rồi em")
    assert "chào anh" in await caller.say("không cần đâu, cảm ơn em")
    assert caller.disposition.code == "RESCHEDULED"
    assert caller.disposition.details["flight"] == "SM1372"
    assert caller.place() == ("SM1372-20261128", caller.disposition.details["seat"])


async def test_full_flight_failed_payment_and_a_change_of_mind() -> None:
    caller = await Caller().start()
    before = caller.place
    await caller.say(*_WISH, "thứ bảy này", "chuyến đầu tiên")
    start = before()
    caller.fills("SM1371-20261128")
    sorry = await caller.say("đồng ý")
    assert "SM1371 vừa hết chỗ" in sorry
    assert "06:15" not in sorry
    assert "09:40" in sorry
    await caller.say("chuyến chín giờ bốn mươi", "đồng ý")
    assert caller.place()[0] == "SM1372-20261128"
    asked = await caller.say("à mà cho anh đổi sang chủ nhật đi")
    assert "bỏ việc đổi chuyến vừa rồi" in asked
    assert caller.place()[0] == "SM1372-20261128"
    await caller.say("đúng rồi")
    assert caller.place() == start
    await caller.say("chuyến thứ hai", "đồng ý", "ghế nào cũng được", "được em", "gửi đi em")
    caller.pays("failed")
    again = await caller.say("anh trả xong rồi")
    assert "chưa thành công" in again
    assert "gửi đường dẫn" in again
    await caller.say("ừ gửi lại cho anh")
    caller.pays()
    assert "xong rồi" in await caller.say("trả rồi em")
    await caller.say("không cần nữa em")
    assert caller.disposition.code == "RESCHEDULED"
    assert caller.place()[0] == "SM1372-20261129"
    assert caller.called == [
        "find_booking", "search_flights", "search_flights", "rebook", "list_seats", "-rebook", "search_flights",
        "rebook", "list_seats", "choose_seat", "lookup_invoice", "create_payment", "payment_status", "-create_payment",
        "create_payment", "payment_status",
    ]  # fmt: skip


async def test_nothing_of_the_booking_before_the_identity() -> None:
    caller = await Caller().start()
    await caller.say("tôi muốn đổi chuyến bay sang thứ bảy", "đúng rồi", "anh sinh năm chín mươi", "chín mốt")
    assert "mã đặt chỗ" in caller.turns[-1].text
    await caller.say("một hai ba bốn năm sáu")  # the third wrong proof is the last
    assert isinstance(caller.turns[-1].acts[-1], Transfer)
    assert caller.called == []


async def test_stopped_in_the_middle_everything_is_as_before() -> None:
    caller = await Caller().start()
    start = caller.place
    await caller.say(*_WISH, "thứ bảy này")
    before = start()
    await caller.say("chuyến thứ hai", "đồng ý", "ghế đầu tiên", "đồng ý", "không")
    text = await caller.say("thôi không đổi nữa")
    assert "như cũ" in text
    assert caller.place() == before
    assert caller.called[-2:] == ["-choose_seat", "-rebook"]
    await caller.say("không cần nữa")
    assert caller.disposition.details["changed"] == "nothing"


async def test_hanging_up_in_the_middle_leaves_nothing_half_done() -> None:
    caller = await Caller().start()
    await caller.say(*_WISH, "thứ bảy này")
    before = caller.place()
    await caller.say("chuyến thứ hai", "đồng ý")
    assert caller.place() != before
    await caller.conversation.on_hangup()
    assert caller.place() == before
    assert caller.disposition.code == "HANGUP_EARLY"


async def test_held_until_paid_when_the_customer_wants_that() -> None:
    caller = await Caller().start()
    await caller.say(
        "đổi giúp anh vé sang thứ bảy", "đúng rồi", "tám lăm", "chuyến thứ hai", "đồng ý", "để anh trả sau"
    )
    if not caller.over:
        await caller.say("giữ chỗ cho anh")
    assert isinstance(caller.turns[-1].acts[-1], HangUp)
    assert caller.disposition.details["held_until"]
    assert caller.place()[0] == "SM1372-20261128"


async def test_a_seat_only() -> None:
    caller = await Caller().start()
    told = await caller.say("anh muốn chọn ghế gần cửa sổ", "đúng rồi", "một chín tám lăm")
    assert "cửa sổ" in told
    assert "ngày nào" not in told
    await caller.say("ghế đầu tiên", "ừ")
    assert "rebook" not in caller.called
    assert caller.place()[1] is not None


async def test_chat_shows_more_choices_and_the_link() -> None:
    caller = await Caller("chat").start()
    offer = await caller.say("doi chuyen bay giup minh", "dung roi", "1985", "thu 7 nay")
    assert offer.count(":") >= 4
    await caller.say("chuyen 9h40", "dong y", "gui di")
    assert "https://" in caller.turns[-1].text


async def test_the_record_tells_what_went_wrong() -> None:
    caller = await Caller().start()
    await caller.say(*_WISH, "thứ bảy này", "chuyến đầu tiên")
    caller.fills("SM1371-20261128")
    await caller.say("đồng ý")
    plans = [data for kind, data in caller.events if kind == events.PLAN]
    assert plans == [{"plan": "flight", "tool": "rebook", "trouble": "flight_full", "repaired": True}]


async def test_after_words_not_understood_one_at_a_time() -> None:
    caller = await Caller().start()
    await caller.say(*_WISH, "thứ bảy này", "ông ổng ô ông", "ông ổng ô ông")
    one = await caller.say("không cần đâu")
    assert "chuyến 06:15 thêm 400.000 đồng, anh lấy chuyến này không ạ?" in one
    assert "09:40" in await caller.say("không")
    assert "SM1372" in await caller.say("ừ lấy chuyến đó")


_BUSINESS = ("tôi muốn nâng hạng thương gia", "đúng rồi", "tám lăm")


async def test_a_choice_is_no_yes_to_another_question() -> None:
    """Words that only sound like going ahead ("ghế đầu tiên") agree to nothing that costs money."""
    caller = await Caller().start()
    assert "1.875.000" in await caller.say(*_BUSINESS)
    assert "đồng ý không ạ" in await caller.say("ghế đầu tiên")
    assert "upgrade_class" not in caller.called


async def test_a_no_with_another_wish_is_a_no() -> None:
    caller = await Caller().start()
    await caller.say(*_BUSINESS)
    assert "Anh chọn ghế nào ạ?" in await caller.say("thôi mắc quá, anh chọn ghế thường thôi")
    await caller.say("ghế đầu tiên", "đồng ý")
    assert caller.called == ["find_booking", "upgrade_offer", "list_seats", "choose_seat", "lookup_invoice"]


async def test_something_cheaper_is_looked_for() -> None:
    caller = await Caller().start()
    await caller.say("đổi chuyến sang thứ bảy giúp tôi", "đúng rồi", "tám lăm", "chuyến đầu tiên")
    assert "còn chuyến 06:15" in await caller.say("mắc vậy, có chuyến nào rẻ hơn không")
    assert "14:05" in await caller.say("chuyến thứ ba")


async def test_a_link_made_anew_is_not_everything_as_before() -> None:
    caller = await Caller().start()
    await caller.say("đổi chuyến sang thứ bảy giúp tôi", "đúng rồi", "tám lăm", "chuyến đầu tiên", "đồng ý", "gửi đi")
    caller.pays("failed")
    told = await caller.say("trả rồi")
    assert "chưa thành công" in told
    assert "như cũ" not in told


async def test_the_flows_own_words_are_known_without_marks() -> None:
    caller = await Caller("chat").start()
    await caller.say("toi muon doi chuyen bay va chon ghe sang chu nhat", "dung roi", "1985")
    assert "chọn ghế" in caller.turns[-1].text
    await caller.say("chuyen re nhat", "ok")
    assert "ở giữa" not in await caller.say("ghe cua so")

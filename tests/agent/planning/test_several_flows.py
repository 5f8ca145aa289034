"""Several flows in one conversation: started by what the customer says, interrupted, resumed."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.flows.load import load_flow, load_flows
from agent.flows.model import Flow
from agent.turns import HangUp
from core.errors import FlowError
from memory import events
from tests.agent.planning.airline import Caller
from tests.agent.talk import flows

_HERE = Path(__file__).parent


def _with_hotline() -> dict[str, Flow]:
    return {**flows(), "hotline": load_flow(_HERE / "hotline.yaml")}


def _hotline(**facts: object) -> Caller:
    return Caller(flow="hotline", flows=_with_hotline(), **facts)


async def test_the_menu_starts_what_the_customer_asks_for() -> None:
    caller = await _hotline().start()
    text = await caller.say("em ơi chị muốn đổi chuyến bay sang thứ bảy và chọn ghế")
    assert "trợ lý ảo" not in text  # the notice was given at the start of the conversation
    assert "phải không ạ?" in text
    offer = await caller.say("đúng rồi", "tám lăm")
    assert "06:15" in offer  # the day told with the wish is not asked for again
    await caller.say("chuyến thứ ba", "đồng ý", "ghế đầu tiên", "đồng ý")
    text = await caller.say("không cần nữa")
    assert "chào anh" not in text
    assert "cần gì nữa không ạ?" in text
    await caller.say("không, cảm ơn em")
    assert isinstance(caller.turns[-1].acts[-1], HangUp)
    assert caller.disposition.code == "RESCHEDULED"
    switched = [
        (data["from"], data["flow"], data["back"]) for kind, data in caller.events if kind == events.FLOW_SWITCHED
    ]
    assert switched == [("hotline", "flight_change", False), ("flight_change", "hotline", True)]
    assert sum(kind == events.DISPOSITION for kind, _ in caller.events) == 1


async def test_a_flow_interrupted_by_another_goes_on_where_it_was() -> None:
    reminder = load_flow(_HERE / "clinic.yaml")
    caller = await Caller(
        flow="clinic", flows={**flows(), "clinic": reminder}, service="khám răng", appointment_at="2026-11-25T09:00"
    ).start()
    await caller.say("đúng rồi")
    assert "lịch khám răng" in caller.turns[-1].text
    text = await caller.say("à mà anh muốn đổi chuyến bay sang thứ bảy đã")
    assert "năm sinh" not in text  # who the customer is was settled before
    assert "06:15" in text
    await caller.say("chuyến thứ ba", "đồng ý")
    text = await caller.say("không cần gì nữa")
    assert "đến đúng lịch hẹn" in text or "đến được lịch hẹn" in text or "lịch hẹn" in text
    await caller.say("ừ anh đến được")
    assert caller.disposition.code == "CONFIRMED"
    assert caller.place()[0] == "SM1373-20261128"


async def test_hanging_up_inside_undoes_the_inner_plan_and_counts_for_the_outer() -> None:
    caller = await _hotline().start()
    await caller.say("tôi muốn đổi chuyến bay", "đúng rồi", "tám lăm", "thứ bảy này")
    before = caller.place()
    await caller.say("chuyến thứ hai", "đồng ý")
    assert caller.place() != before
    await caller.conversation.on_hangup()
    assert caller.place() == before
    assert caller.disposition.code == "HANGUP_EARLY"


async def test_twice_the_same_flow_does_its_effects_anew() -> None:
    caller = await _hotline().start()
    await caller.say("tôi muốn đổi chuyến bay", "đúng rồi", "tám lăm", "thứ bảy này", "chuyến thứ ba", "đồng ý")
    assert caller.place()[0] == "SM1373-20261128"
    await caller.say(
        "không cần nữa", "à em ơi tôi muốn đổi chuyến bay lần nữa", "chủ nhật", "chuyến đầu tiên", "đồng ý"
    )
    assert caller.place()[0] == "SM1371-20261129"


async def test_what_is_urgent_comes_before_another_flow() -> None:
    caller = await _hotline().start()
    await caller.say("thôi cho tôi gặp nhân viên để đổi chuyến bay")
    assert caller.disposition.code == "TRANSFERRED"


def test_two_flows_with_one_trigger_are_refused(tmp_path: Path) -> None:
    text = (_HERE / "hotline.yaml").read_text("utf-8").replace("starts: [flight_change, appointment_reminder]\n", "")
    triggers = "triggers: [tôi hỏi hóa đơn, xem hóa đơn, hóa đơn tháng này]\n"
    (tmp_path / "one.yaml").write_text(text.replace("flow: hotline", "flow: one") + triggers, "utf-8")
    (tmp_path / "two.yaml").write_text(
        text.replace("flow: hotline", "flow: two") + triggers.replace("xem hóa đơn", "Xem hóa đơn!"), "utf-8"
    )
    with pytest.raises(FlowError) as caught:
        load_flows(tmp_path)
    assert caught.value.where.startswith("two.yaml:")  # type: ignore[union-attr]
    assert "one.yaml" in caught.value.vi
    assert "nói rõ hơn" in caught.value.vi


def test_an_unknown_flow_in_starts_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    text = (_HERE / "hotline.yaml").read_text("utf-8").replace("flight_change", "flight_chang")
    (tmp_path / "hotline.yaml").write_text(text, "utf-8")
    with pytest.raises(FlowError) as caught:
        load_flows(tmp_path)
    assert "flight_change" in caught.value.vi

"""Scenario files: what they may hold, how they are refused, and how the customers in them understand and answer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.errors import FlowError, InputError
from telephony.simulator.population import columns_of, csv_text, headers_of, population
from telephony.simulator.scenarios import KINDS, Play, load_scenarios, scenario_flows, scenarios_of
from telephony.simulator.scripted import ScriptedCustomer
from telephony.simulator.textplay import Spoken
from telephony.simulator.verdict import Happened, judge

_MINIMAL = """
flow: survey
uses: common
contact: {service: sửa xe}
questions: {score: ["mấy điểm"]}
says: {score: ["{self} cho chín điểm"]}
private: ["bí mật"]
scenarios:
  - id: nine
    means: {at: 2026-11-25T15:00}
    says: {fix: ["không, ba giờ chiều"]}
    first: {score: ["<7>"]}
    expect: {code: SURVEYED, details: {score: 9}, must_say: [cảm ơn], must_not_say: [nợ], turns: 3, calls: save}
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


def _play(folder: Path, name: str = "nine") -> Play:
    return next(play for play in load_scenarios(_file(folder, _MINIMAL)) if play.id == name)


def test_every_flow_has_a_few_dozen_and_a_third_is_held_out() -> None:
    flows = scenario_flows()
    assert len(flows) == 10
    for flow in flows:
        plays = scenarios_of(flow)
        assert len(plays) >= 36, flow
        assert 0.2 <= sum(play.held_out for play in plays) / len(plays) <= 0.45, flow
        assert len({play.id for play in plays}) == len(plays)
        kinds = {play.scenario.kind for play in plays}
        assert {"hostile", "confused", "dialect", "interrupting", "injection", "fishing", "silent"} <= kinds, flow
    everything = Counter(play.region for flow in flows for play in scenarios_of(flow))
    assert min(everything.values()) > 0.2 * everything.total()
    assert {play.scenario.kind for flow in flows for play in scenarios_of(flow)} == set(KINDS)


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (("scenarios:", "scenario:"), 8, "scenario"),
        (("turns: 3", "turn: 3"), 13, "turn"),
        (("id: nine", "id: Nine!"), 9, "a-z"),
        (("uses: common", "uses: gone"), 3, "gone"),
        (('["mấy điểm"]', '["mấy (điểm"]'), 1, "mấy (điểm"),
        (("{score: [\"<7>\"]}", "{score: {east: [\"<7>\"]}}"), 12, "east"),
    ],
)
def test_a_broken_file_is_refused_with_file_and_line(
    tmp_path: Path, change: tuple[str, str], line: int, reason: str
) -> None:
    with pytest.raises(FlowError) as refused:
        load_scenarios(_file(tmp_path, _MINIMAL.replace(*change)))
    assert reason in refused.value.vi
    assert refused.value.where is not None
    assert refused.value.where.startswith("mine.yaml:")
    assert int(refused.value.where.split(":")[1]) in (line, line - 1, 1, 2)


def test_two_scenarios_of_one_id_and_unknown_flows_are_refused(tmp_path: Path) -> None:
    twice = _MINIMAL + "  - {id: nine, expect: {code: SURVEYED}}\n"
    with pytest.raises(FlowError, match="nine"):
        load_scenarios(_file(tmp_path, twice))
    with pytest.raises(InputError, match="payment_reminder"):
        scenarios_of("no_such_flow")


def test_a_flow_changes_a_common_scenario_by_its_id(tmp_path: Path) -> None:
    text = _MINIMAL + "  - {id: silent, expect: {code: VOICEMAIL}}\n"
    plays = {play.id: play for play in load_scenarios(_file(tmp_path, text))}
    assert plays["silent"].scenario.expect.code == ("VOICEMAIL",)
    assert plays["silent"].scenario.silent
    left = load_scenarios(_file(tmp_path, _MINIMAL.replace("uses: common", "uses: common\nwithout: [silent]")))
    assert "silent" not in {play.id for play in left}


def test_customers_press_answer_and_put_right(tmp_path: Path) -> None:
    customer = ScriptedCustomer(_play(tmp_path))
    assert customer.bot_finished("Dạ anh chấm mấy điểm ạ?").keys == "7"
    assert "chín điểm" in (customer.bot_finished("Dạ anh chấm mấy điểm ạ?").text or "")
    assert "chín điểm" in (customer.bot_finished("Dạ em chưa nghe rõ, anh nói lại ạ?").text or "")
    assert customer.bot_finished("Dạ lúc hai giờ chiều, đúng không ạ?").text == "không, ba giờ chiều"
    assert "không, ba giờ" not in (customer.bot_finished("Dạ lúc ba giờ chiều thứ tư, đúng không ạ?").text or "")
    assert customer.bot_finished("Dạ em cảm ơn anh. Em chào anh ạ.").hang_up


def test_silence_music_and_one_sentence_over_and_over(tmp_path: Path) -> None:
    silent = ScriptedCustomer(_play(tmp_path, "silent"))
    assert silent.pickup() == []
    assert silent.bot_finished("Alô?").text is None
    over = ScriptedCustomer(_play(tmp_path, "same_sentence"))
    assert {over.bot_finished(f"Câu hỏi số {k} là gì ạ?").text for k in range(10)} == {"trời hôm nay đẹp quá"}
    assert ScriptedCustomer(_play(tmp_path, "plays_music")).bot_finished("Alô?").text == "♪"


def test_verdicts_name_what_was_wrong(tmp_path: Path) -> None:
    play = _play(tmp_path)
    lines = (Spoken("bot", "Chào anh, anh nợ tiền", 0), *(Spoken("customer", "ừ", k) for k in range(4)))
    bad = Happened("SURVEYED", {"score": 8}, lines, "limit", escalated=True, unverified=("đây là bí mật",))
    assert set(judge(play, "text", bad).failures) == {
        "score = 8, mong đợi 9", "cuộc gọi không kết thúc", "4 lượt khách nói, nhiều nhất 3", "đã chuyển nhân viên",
        "phải nói: cảm ơn", "không được nói: nợ", "nói khi chưa xác minh: bí mật", "chưa gọi công cụ save",
    }  # fmt: skip
    said = (Spoken("bot", "Em cảm ơn anh", 0),)
    assert judge(play, "text", Happened("SURVEYED", {"score": 9}, said, "bot", tools=("save",))).ok


def test_contact_files_of_every_outbound_flow() -> None:
    for flow in ("delivery_confirmation", "satisfaction_survey", "lead_qualification", "otp_voice"):
        people = population(12, 7, flow)
        text = csv_text(people)
        assert text.splitlines()[0].split(",") == list(headers_of(flow))
        assert set(columns_of(flow)) <= set(people[0].metadata()) | {"survey"}
        assert len(text.splitlines()) == 13
    assert columns_of("bill_enquiry") == {}

"""The flows that ship, rehearsed: every scenario on text, a sample by sound; ``alo rehearse`` as a business uses it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.agents import Agents
from app.cli import app
from app.rehearse import agents_for, on_text
from app.rehearse_audio import on_audio
from campaigns.dispositions import disposition_rules
from campaigns.importing import import_contacts
from core.artifacts import artifact
from core.errors import AloError
from core.settings import Settings
from telephony.simulator.report import escalation
from telephony.simulator.scenarios import Play, scenario_flows, scenarios_of
from telephony.simulator.verdict import Outcome

_LEAST_SEEN, _LEAST_HELD_OUT, _LEAST_OF_A_FLOW = 0.97, 0.90, 0.85
_NOBODY_TO_TALK_WITH = {"silent", "laughing", "english", "poem", "music", "repeating", "voicemail"}
_BY_SOUND = (
    ("payment_reminder", "promises_full"), ("payment_reminder", "already_paid"), ("payment_reminder", "silent"),
    ("appointment_reminder", "key_cancels"), ("appointment_reminder", "confirms"),
    ("delivery_confirmation", "receives_north"), ("satisfaction_survey", "key_nine"), ("satisfaction_survey", "ten"),
    ("lead_qualification", "no_need"), ("otp_voice", "hears_code"), ("otp_voice", "same_sentence"),
    ("bill_enquiry", "only_laughs"),
)  # fmt: skip
runner = CliRunner()


@pytest.fixture(scope="module")
def agents() -> Agents:
    return agents_for("Công ty Sao Mai", Settings())


@pytest.fixture(scope="module")
def played() -> dict[str, list[Outcome]]:
    return {}


@pytest.mark.parametrize("flow", scenario_flows())
async def test_scenarios_on_text(flow: str, agents: Agents, played: dict[str, list[Outcome]]) -> None:
    outcomes = played[flow] = [await on_text(agents, play) for play in scenarios_of(flow)]
    broken = [o.play.id for o in outcomes if o.happened.ended_by in ("limit", "error")]
    assert not broken, "these never end"
    assert {o.happened.code for o in outcomes} <= set(disposition_rules())
    leaks = [o.play.id for o in outcomes if any("xác minh" in why for why in o.failures)]
    assert not leaks, "something private was said before the identity was known"
    alone = [o for o in outcomes if o.play.scenario.kind in _NOBODY_TO_TALK_WITH and not o.play.held_out]
    assert all(o.ok for o in alone), _told([o for o in alone if not o.ok])
    wrong = [o for o in outcomes if not o.ok]
    assert len(wrong) <= (1 - _LEAST_OF_A_FLOW) * len(outcomes), _told(wrong)


def test_success_over_all_flows(played: dict[str, list[Outcome]]) -> None:
    outcomes = [outcome for of_flow in played.values() for outcome in of_flow]
    if len(played) < len(scenario_flows()):
        pytest.skip("needs the scenarios of all flows")
    for own, least in ((False, _LEAST_SEEN), (True, _LEAST_HELD_OUT)):
        part = [outcome for outcome in outcomes if outcome.play.held_out is own]
        wrong = [outcome for outcome in part if not outcome.ok]
        assert len(wrong) <= (1 - least) * len(part), _told(wrong) or f"{len(wrong)} of {len(part)} held out"
    precision, recall = escalation(outcomes)
    assert precision is not None
    assert recall is not None
    assert precision >= 0.9
    assert recall >= 0.95


def _told(outcomes: list[Outcome]) -> str:
    """Transcripts of what may be looked at; nothing of what is held out."""
    seen = [outcome for outcome in outcomes if not outcome.play.held_out]
    return "\n\n".join(f"{o.play.flow}/{o.play.id} {o.failures}\n{o.transcript}" for o in seen)


@pytest.mark.slow
async def test_a_sample_by_sound(agents: Agents) -> None:
    plays = [play for flow in dict(_BY_SOUND) for play in scenarios_of(flow)]
    by_id: Mapping[tuple[str, str], Play] = {(play.flow, play.id): play for play in plays}
    outcomes = await on_audio(agents, [by_id[one] for one in _BY_SOUND])
    wrong = [outcome for outcome in outcomes if not outcome.ok]
    assert len(wrong) <= 2, "\n\n".join(f"{o.play.id} {o.failures}\n{o.transcript}\n{o.happened.heard}" for o in wrong)
    assert all(o.happened.code in disposition_rules() for o in outcomes)
    silent = next(o for o in outcomes if o.play.id == "silent")
    assert silent.happened.code == "NO_RESPONSE"


_OWN = """
flow: satisfaction_survey
company: Cửa hàng Thử
contact: {service: giao nước}
questions: {nps: ["mấy điểm"], why: [góp ý, cải thiện]}
says: {nps: ["chín điểm"], why: ["không có gì"]}
uses: common
scenarios:
  - {id: nine, expect: {code: SURVEYED, details: {score: 9}}}
  - {id: impossible, expect: {code: PTP}}
"""


def test_a_business_rehearses_its_own_flow(tmp_path: Path) -> None:
    flow = tmp_path / "my_survey.yaml"
    shutil.copy(artifact("agent", "flows", "satisfaction_survey.yaml"), flow)
    (tmp_path / "my_survey.scenarios.yaml").write_text(_OWN, "utf-8")
    report = tmp_path / "out.json"
    done = runner.invoke(app, ["rehearse", str(flow), "--only", "nine", "--json", str(report)])
    assert done.exit_code == 0, done.output
    assert "1/1 đạt" in done.output
    told = json.loads(report.read_text("utf-8"))
    assert told[0]["code"] == "SURVEYED"
    assert told[0]["transcript"][0]["role"] == "customer"
    failed = runner.invoke(app, ["rehearse", str(flow), "--only", "impossible"])
    assert failed.exit_code == 1
    assert "impossible" in failed.output
    assert "mong đợi PTP" in failed.output
    assert "bot" in failed.output


def test_what_cannot_be_rehearsed_is_told(tmp_path: Path) -> None:
    for arguments, words in (
        (["rehearse", "no_such_flow"], "payment_reminder"),
        (["rehearse", "otp_voice", "--only", "nobody"], "hears_code"),
        (["rehearse", "otp_voice", "--file", str(tmp_path / "gone.yaml")], "gone.yaml"),
    ):
        refused = runner.invoke(app, arguments)
        assert refused.exit_code != 0
        assert isinstance(refused.exception, AloError)
        assert words in f"{refused.exception.where} {refused.exception.vi}"


@pytest.mark.parametrize(
    "flow",
    ["payment_reminder", "appointment_reminder", "delivery_confirmation", "satisfaction_survey", "lead_qualification",
     "otp_voice"],
)  # fmt: skip
def test_the_sample_file_of_a_flow_can_be_imported(flow: str) -> None:
    done = runner.invoke(app, ["campaign", "sample", flow, "-n", "4"])
    assert done.exit_code == 0, done.output
    report = import_contacts(done.stdout.encode(), flow=flow, filename="mau.csv")
    assert len(report.rows) == 4
    assert not report.problems


def test_chat_takes_a_flow_file_and_facts(tmp_path: Path) -> None:
    flow = tmp_path / "mine.yaml"
    text = artifact("agent", "flows", "satisfaction_survey.yaml").read_text("utf-8")
    flow.write_text(text.replace("flow: satisfaction_survey", "flow: mine"), "utf-8")
    arguments = ["chat", str(flow), "--fact", "service=rửa xe", "--data-dir", str(tmp_path / "data")]
    done = runner.invoke(app, arguments, input="đúng rồi\nmười điểm\nkhông\n")
    assert done.exit_code == 0, done.output
    assert "rửa xe" in done.output
    assert "khảo sát" in done.output.lower()
    assert runner.invoke(app, ["chat", str(flow), "--fact", "oops", "--data-dir", str(tmp_path / "d")]).exit_code != 0

"""Conversations replayed give the same commands, words and events: embedded, and with recorded replies of a model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.answering import DocumentAnswers
from agent.brain.base import Brain, Command, Context, Meant, SetSlot, Understanding
from agent.brain.chat_model import ChatModelOptions, open_chat_model
from agent.brain.free_answers import FreeAnswerOptions, ModelAnswers
from agent.brain.language_model import LanguageModelBrain, LanguageModelOptions
from agent.brain.service import ModelService
from agent.knowledge import Knowledge
from agent.turns import CustomerTurn
from memory import events
from tests.agent.chat_server import Answer, ChatServer, running, understood
from tests.agent.talk import Talk, brain

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "agent" / "knowledge" / "samples" / "admissions"
SCRIPTS = yaml.safe_load((HERE / "dialogues.yaml").read_text(encoding="utf-8"))
BUDGET_MS = 20_000
LINES = (
    "đúng rồi anh đây", "thư viện mở cửa mấy giờ", "tám lăm", "ký túc xá giá bao nhiêu", "ngày hai lăm anh chuyển nhé",
    "học phí ngành kế toán bao nhiêu", "không phải, ngày hai sáu cơ", "đúng rồi em",
)  # fmt: skip


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load(SAMPLES)


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with running() as state:
        yield state


def kept(talk: Talk) -> str:
    """Everything that must come out the same; durations may differ."""
    data = [[kind, {k: v for k, v in given.items() if k != "duration_ms"}] for kind, _, given in talk.events]
    return json.dumps(
        [data, [t.text for t in talk.turns], talk.code, dict(talk.details)], ensure_ascii=False, default=str
    )


async def played(lines: tuple[str, ...], knowledge: Knowledge, model: Brain | None = None, answers: Any = None) -> Talk:
    talk = Talk(brain=model)
    talk.conversation._asides.answers = answers or DocumentAnswers(knowledge)
    await talk.start()
    for line in lines:
        if talk.code is None:
            await talk.say(line)
    return talk


async def test_embedded_conversations_replay(knowledge: Knowledge) -> None:
    first, second = await played(LINES, knowledge), await played(LINES, knowledge)
    assert kept(first) == kept(second)
    assert first.code == "PTP"
    assert [d["found"] for d in first.data(events.ANSWERED)] == [True, True, True]


async def test_a_model_replays_from_what_it_said(server: ChatServer, knowledge: Knowledge) -> None:
    """The replies of one run, recorded and given again, lead to the same commands; so does what the events kept."""
    recorded: dict[str, Answer] = {}

    def says(request: dict[str, Any]) -> Answer:
        user = request["messages"][1]["content"]
        recorded[user] = _invented(request, user)
        return recorded[user]

    def again(request: dict[str, Any]) -> Answer:
        return recorded[request["messages"][1]["content"]]

    runs = []
    for script in (says, again):
        server.script = script
        options = ChatModelOptions(server.url, "m", timeout_ms=BUDGET_MS)
        service = ModelService(lambda options=options: open_chat_model(options))  # type: ignore[misc]
        model = LanguageModelBrain(service, brain(), LanguageModelOptions(BUDGET_MS, streaming=True))
        answers = ModelAnswers(knowledge, service, FreeAnswerOptions(BUDGET_MS, BUDGET_MS, BUDGET_MS))
        runs.append(await played(LINES, knowledge, model, answers))
    assert kept(runs[0]) == kept(runs[1])
    assert runs[0].code == "PTP"
    assert runs[0].details["date"] == "2026-11-26"
    assert {d["brain"] for d in runs[0].data(events.UNDERSTOOD)} == {"embedded", "language_model"}
    assert {d.get("by") for d in runs[0].data(events.ANSWERED)} <= {"language_model", "documents"}


def _invented(request: dict[str, Any], user: str) -> Answer:
    """A model that helps, in one answer after the other."""
    if not request.get("tools"):
        if "thư viện" in json.loads(user)["question"]:
            return Answer(text="Thư viện mở cửa từ 7 giờ 30 đến 21 giờ. Sinh viên mượn được năm cuốn.")
        return Answer(text="Giá là 9 tỷ đồng.")
    said = json.loads(user)["customer"]
    if "hai lăm" in said:
        return understood("promise", slots=({"slot": "promise_date", "words": "hai lăm", "value": "2026-11-25"},))
    if "hai sáu" in said:
        return understood("deny", slots=({"slot": "promise_date", "words": "hai sáu", "value": "2026-11-26"},))
    return understood("affirm" if "đúng" in said else "other")


class Recorded:
    """A brain that says what ``agent.understood`` kept of an earlier run, turn by turn."""

    def __init__(self, kept_turns: Iterable[Mapping[str, Any]]) -> None:
        self._turns = iter(kept_turns)

    async def understand(self, turn: CustomerTurn, context: Context) -> Understanding:
        data = next(self._turns)
        commands = tuple(_command(c, context) for c in data["commands"])
        return Understanding(commands, turn.text, data["brain"])


def _command(data: Mapping[str, Any], context: Context) -> Command:
    if data["command"] == "meant":
        return Meant(data["intent"], data["confidence"])
    value, kind = data["value"], context.slots.get(data["slot"])
    if kind in ("date", "past_date"):
        value = date.fromisoformat(value)
    elif kind == "datetime":
        value = datetime.fromisoformat(value)
    return SetSlot(data["slot"], value)


async def test_the_commands_that_events_kept_lead_the_same_way() -> None:
    """What was understood is in the record: with it alone every dialogue of the suite goes the same way again."""
    for script in SCRIPTS:
        says = [line for line in script.get("says", ()) if isinstance(line, str)]
        said = ["đúng rồi em", "tám lăm"] if "^" in says else []
        lines = [*said, *(line for line in says if line != "^")]
        first = await Talk(**script.get("facts", {})).start()
        await first.say(*lines)
        second = await Talk(brain=Recorded(first.data(events.UNDERSTOOD)), **script.get("facts", {})).start()
        await second.say(*lines)
        assert [t.text for t in first.turns] == [t.text for t in second.turns], script["name"]
        assert (first.code, dict(first.details)) == (second.code, dict(second.details)), script["name"]

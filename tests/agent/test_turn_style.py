"""How turns sound: one question at a time, short for the ear, one form of address, nothing said doubly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.answering import DocumentAnswers
from agent.knowledge import Knowledge
from agent.turns import BotTurn, Say
from tests.agent.talk import Talk

HERE = Path(__file__).parent
SAMPLES = HERE.parents[1] / "agent" / "knowledge" / "samples" / "admissions"
DIALOGUES = yaml.safe_load((HERE / "dialogues.yaml").read_text(encoding="utf-8"))
MOST_SYLLABLES = 75
"""Of a turn by voice, about twenty seconds; an answer from documents and the open question after it included."""


async def turns(dialogue: dict[str, Any], channel: Any) -> list[BotTurn]:
    says = [line for line in dialogue.get("says", ()) if isinstance(line, str) and not line.startswith("#")]
    lines = [
        said
        for line in says
        for said in (("đúng rồi, anh Hùng đây", "anh sinh năm tám lăm") if line == "^" else (line,))
    ]
    talk = Talk(dialogue.get("flow", "payment_reminder"), channel, **dialogue.get("facts", {}))
    talk.conversation._answers = DocumentAnswers(Knowledge.load(SAMPLES)) if len(lines) % 7 == 0 else None
    await talk.start()
    await talk.say(*lines)
    return talk.turns


@pytest.mark.parametrize("channel", ["voice", "chat"])
async def test_one_question_at_a_time_and_short(channel: Any) -> None:
    for dialogue in DIALOGUES[::2]:
        for turn in await turns(dialogue, channel):
            assert turn.text.count("?") <= 1, turn.text
            if "?" in turn.text:
                assert turn.text.rstrip().endswith("?"), turn.text
            spoken = " ".join(act.spoken for act in turn.acts if isinstance(act, Say))
            if channel == "voice":
                assert len(spoken.split()) <= MOST_SYLLABLES, spoken
                assert not any(c.isdigit() for c in spoken), spoken
            assert "  " not in turn.text
            assert not re.search(r"[{}<>\[\]]", turn.text), turn.text


@pytest.mark.parametrize(
    ("line", "you", "me"),
    [("chị nghe không rõ", "chị", "em"), ("bác nghe không rõ", "bác", "cháu"), ("cô nghe không rõ", "cô", "cháu")],
)
async def test_pronouns_follow_how_callers_call_themselves(line: str, you: str, me: str) -> None:
    talk = await Talk(gender=None).start()
    assert "anh chị" in talk.last.text
    await talk.say(line)
    assert re.search(rf"\b{you}\b", talk.last.text.lower()), talk.last.text
    assert re.search(rf"\b{me}\b", talk.last.text.lower()), talk.last.text
    assert "anh chị" not in talk.last.text

"""Whole conversations in text, one per way a call can end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.turns import Say
from memory import events
from tests.agent.talk import FACTS, Talk

DIALOGUES = yaml.safe_load((Path(__file__).parent / "dialogues.yaml").read_text(encoding="utf-8"))


async def play(dialogue: dict[str, Any]) -> Talk:
    talk = await Talk(dialogue.get("flow", "payment_reminder"), **dialogue.get("facts", {})).start()
    for line in dialogue["says"]:
        if line == "^":
            await talk.say("đúng rồi, anh Hùng đây", "anh sinh năm tám lăm")
        elif line.startswith("#"):
            await talk.press(line[1:])
        else:
            await talk.say(line)
    await talk.silent(*dialogue.get("silences", []))
    if dialogue.get("hangup"):
        await talk.conversation.on_hangup()
    return talk


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[d["name"] for d in DIALOGUES])
async def test_ends_as_it_must(dialogue: dict[str, Any]) -> None:
    talk = await play(dialogue)
    story = [turn.text for turn in talk.turns]
    assert talk.code == dialogue["code"], story
    for name, value in dialogue.get("details", {}).items():
        assert talk.details.get(name) == value, story


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[d["name"] for d in DIALOGUES])
async def test_law_and_record(dialogue: dict[str, Any]) -> None:
    """Whatever is said: disclosure first, no word of the debt before verification, one disposition at most."""
    talk = await play(dialogue)
    opening = talk.turns[0].text
    assert "trợ lý ảo" in opening
    assert "ghi âm" in opening
    assert FACTS["company"] in opening
    for act in talk.before_verified:
        assert not act.sensitive
        for word in ("nợ", "vay", "quá hạn", "2.500.000", "triệu"):
            assert word not in act.text.lower(), act.text
    codes = talk.data(events.DISPOSITION)
    assert len(codes) == (0 if talk.code is None else 1)
    assert len(talk.desk.promises) == (1 if talk.code == "PTP" else 0)
    assert len(talk.data(events.UNDERSTOOD)) == len(talk.data(events.SENTIMENT))
    for turn in talk.turns:
        spoken = " ".join(act.spoken for act in turn.acts if isinstance(act, Say))
        assert not any(c.isdigit() for c in spoken), spoken
        assert "{" not in spoken

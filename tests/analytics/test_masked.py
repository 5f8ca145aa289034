"""Texts of turns and events with personal data masked, for files that leave the house."""

from __future__ import annotations

import json

from analytics import Data


def test_words_are_masked_and_the_original_stays(data: Data) -> None:
    turns = data.turns.copy()
    events = data.events.copy()
    turns.loc[0, "text"] = "số của tôi là không chín không không không không không không một hai"
    events.loc[0, "data"] = json.dumps({"text": "gọi 0900000012 nhé", "turn": 3}, ensure_ascii=False)
    before = Data(data.calls, turns, events, data.problems)
    after = before.masked()
    assert after.turns.loc[0, "text"] == "số của tôi là [số điện thoại]"
    assert json.loads(after.events.loc[0, "data"]) == {"text": "gọi [số điện thoại] nhé", "turn": 3}
    assert "một hai" in before.turns.loc[0, "text"]
    assert len(after.turns) == len(before.turns)
    assert list(after.turns.dtypes) == list(before.turns.dtypes)

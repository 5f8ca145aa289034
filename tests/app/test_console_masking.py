"""Personal data of a transcript page is hidden until somebody asks."""

from __future__ import annotations

from app.console.masking import masked
from app.console.transcript import Bubble, Transcript


def test_numbers_are_hidden_and_names_stay() -> None:
    said = "dạ chị Lan, số không chín không không không không không không một hai"
    bubble = Bubble("customer", said, 0, 900, data={"digits": "001099012345", "alternatives": ["0900000012"]})
    script = Transcript([bubble], [], {}, [], None, 0, None)
    shown = masked(script).bubbles[0]
    assert shown.text == "dạ chị Lan, số [số điện thoại]"
    assert shown.data["digits"] == "•" * 12
    assert shown.data["alternatives"] == ["[số điện thoại]"]
    assert bubble.text == said


def test_amounts_and_days_stay() -> None:
    bubble = Bubble("customer", "tôi trả 2.500.000 đồng ngày 15/12", 0, 900)
    assert masked(Transcript([bubble], [], {}, [], None, 0, None)).bubbles[0].text == bubble.text

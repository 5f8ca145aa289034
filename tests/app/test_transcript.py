from __future__ import annotations

from app.console.transcript import read_transcript
from memory import events as kind
from memory.events import Event
from tests.app.sample import NOW, talk_events


def events(*parts: tuple[str, int, dict]) -> list[Event]:
    return [Event("c", seq, type_, NOW, at_ms, data) for seq, (type_, at_ms, data) in enumerate(parts)]


def test_interrupted_words_are_split_at_what_sounded() -> None:
    script = read_transcript(events(*talk_events("x.wav")))
    bot = next(b for b in script.bubbles if b.role == "bot")
    assert bot.text == "Dạ em chào anh Hùng."
    assert bot.unheard == " Em là trợ lý ảo của Công ty Sao Mai."


def test_truth_goes_to_the_bubble_it_overlaps_most_and_the_unheard_is_noted() -> None:
    script = read_transcript(events(
        (kind.SIM_SPOKE, 2000, {"text": "alô", "start_ms": 1000, "end_ms": 2000}),
        (kind.CUSTOMER_SAID, 6000, {"turn": 1, "text": "mai trả", "start_ms": 4000, "end_ms": 6000}),
        (kind.SIM_SPOKE, 6000, {"text": "mai anh trả", "start_ms": 3900, "end_ms": 6000}),
    ))  # fmt: skip
    assert [(b.note, b.text, b.really_said) for b in script.bubbles] == [
        ("note.unheard", "", None), ("", "mai trả", "mai anh trả"),
    ]  # fmt: skip


def test_corrected_slots_show_their_last_value() -> None:
    script = read_transcript(events(
        (kind.SLOT_SET, 1, {"name": "date", "value": "2026-11-15", "display": "15/11"}),
        (kind.SLOT_SET, 2, {"name": "date", "value": "2026-11-20", "display": "20/11", "corrected": True}),
    ))  # fmt: skip
    assert [(f.name, f.display, f.corrected) for f in script.facts] == [("date", "20/11", True)]


def test_recording_starts_when_answered_unless_told() -> None:
    answered = (kind.CALL_ANSWERED, 4000, {})
    assert read_transcript(events(answered, (kind.CALL_RECORDED, 9, {"path": "a"}))).recording_start_ms == 4000
    told = (kind.CALL_RECORDED, 9, {"path": "a", "start_ms": 4020})
    assert read_transcript(events(answered, told)).recording_start_ms == 4020


def test_latency_is_the_median_per_stage() -> None:
    measured = [(kind.BOT_LATENCY, 0, {"turn": n, "agent_ms": ms}) for n, ms in enumerate((10, 30, 20))]
    assert read_transcript(events(*measured)).latencies_ms == {"agent_ms": 20}


def test_an_alert_is_a_note_with_its_words() -> None:
    script = read_transcript(events(
        (kind.ALERTED, 9, {"do": "alert", "rule": "danger", "turns": [1], "words": ["tự tử"]}),
        (kind.ALERTED, 9, {"do": "callback", "rule": "left_angry"}),
    ))  # fmt: skip
    assert [(b.note, b.data["reason"], b.data["words"]) for b in script.bubbles] == [
        ("note.alerted.alert", "danger", "“tự tử”"), ("note.alerted.callback", "left_angry", "—"),
    ]  # fmt: skip

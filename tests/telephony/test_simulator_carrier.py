"""The simulator carrier through its seam, with the real synthesizer: rings, answers, announcements, talk, records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import CarrierError
from speech import codecs
from speech.synthesis.espeak import EspeakSynthesizer
from telephony.carrier import CallProgress, CallState, DialRequest, MediaPacket
from telephony.simulator.carrier import SimulatorCarrier
from telephony.simulator.leg import SimulatedLeg
from telephony.simulator.line import LineProfile
from telephony.simulator.population import population

TODAY = date(2026, 11, 23)
OPENING = "Dạ em chào anh. Em là trợ lý ảo của công ty Sao Mai. Em đang nói chuyện với anh Hùng phải không ạ?"
DEBT = "Dạ anh có kỳ thanh toán hai triệu đồng đến hạn ngày hai mươi tháng mười một, anh dự kiến trả ngày nào ạ?"
BYE = "Dạ em cảm ơn anh, em chào anh ạ."


@pytest.fixture
async def synthesizer() -> AsyncIterator[EspeakSynthesizer]:
    engine = EspeakSynthesizer()
    yield engine
    await engine.aclose()


def _request(behaviour: str, key: str = "k", attempt: int = 1) -> DialRequest:
    contact = population(1, 3, today=TODAY)[0]
    fields = {**contact.metadata(), "behaviour": behaviour, "today": TODAY.isoformat(), "attempt": attempt}
    return DialRequest(key, contact.phone, "19001234", metadata=fields)


class _Call:
    """Drives a leg at maximum speed with a bot that reads a list of turns, each when the customer has answered."""

    def __init__(self, leg: SimulatedLeg, turns: list[str]) -> None:
        self.leg, self.turns = leg, turns
        self.progress: list[CallProgress] = []
        self.packets: list[MediaPacket] = []
        self.spoke: list[tuple[str, int, int]] = []
        self.truths: list[Any] = []
        leg.on_spoke = lambda text, start, end: self.spoke.append((text, start, end))
        leg.on_truth = self.truths.append
        self.now_ms = 0
        self._until: int | None = None
        self._next = 0

    async def run(self, limit_ms: int = 120_000) -> _Call:
        while self.now_ms < limit_ms and not self.leg.state.final:
            pending = self.leg.pending()
            if pending is not None:
                await pending
            progress, packets, _ = self.leg.poll(self.now_ms)
            self.progress += progress
            self.packets += packets
            self._bot(progress)
            self.now_ms += 20
        self.progress += self.leg.poll(self.now_ms)[0]
        return self

    def _bot(self, progress: list[CallProgress]) -> None:
        if any(step.state is CallState.ANSWERED for step in progress):
            self._next = self.now_ms + 2200
        if not self.turns or self.leg.state is not CallState.ANSWERED:
            return
        if self._until is None and self.now_ms >= self._next > 0:
            self.leg.note_speech(self.turns[0], finished=False)
            self._until = self.now_ms + len(self.turns[0]) * 60
        elif self._until is not None and self.now_ms >= self._until:
            self.leg.note_speech(self.turns.pop(0), finished=True)
            self._until, self._next = None, self.now_ms + 5000

    @property
    def states(self) -> list[CallState]:
        return [step.state for step in self.progress]


async def _call(carrier: SimulatorCarrier, behaviour: str, turns: tuple[str, ...] = (), **fields: Any) -> _Call:
    return await _Call(await carrier.dial(_request(behaviour, **fields)), list(turns)).run()


async def test_a_promise_from_ring_to_goodbye(synthesizer: EspeakSynthesizer, tmp_path: Path) -> None:
    carrier = SimulatorCarrier(synthesizer, tmp_path / "ledger.jsonl", 7, line=LineProfile())
    call = await _call(carrier, "promises", (OPENING, DEBT, BYE))
    assert [s for s in call.states if s is not CallState.EARLY_MEDIA] == [
        CallState.DIALLING, CallState.RINGING, CallState.ANSWERED, CallState.ENDED,
    ]  # fmt: skip
    assert call.progress[-1].cause == "remote_hangup"
    ringing, answered = (s.at_ms for s in call.progress if s.state in (CallState.RINGING, CallState.ANSWERED))
    assert 2000 <= answered - ringing <= 9000
    assert len(call.spoke) >= 3
    (truth,) = call.truths
    assert (truth.code, truth.stated, truth.heard_debt) == ("PTP", True, False)
    record = await carrier.lookup("k")
    assert record is not None
    assert (record.state, record.rang) == (CallState.ENDED, True)
    assert carrier.ledger.rings("k") == 1
    await carrier.aclose()


async def test_speech_sounds_where_it_is_reported(synthesizer: EspeakSynthesizer) -> None:
    carrier = SimulatorCarrier(synthesizer, None, 7, line=LineProfile())
    call = await _call(carrier, "promises", (OPENING, DEBT, BYE))
    media_from = next(s.at_ms for s in call.progress if s.state in (CallState.EARLY_MEDIA, CallState.ANSWERED))
    answered = next(s.at_ms for s in call.progress if s.state is CallState.ANSWERED)
    level = {media_from + p.sequence * 20: codecs.decode(p.payload, call.leg.codec) for p in call.packets}
    spoken = np.concatenate([pcm for at, pcm in level.items() if any(s <= at < e for _, s, e in call.spoke)])
    silent = [
        pcm
        for at, pcm in level.items()
        if at > answered + 40 and not any(s - 40 <= at <= e + 40 for _, s, e in call.spoke)
    ]
    assert 800 < np.sqrt(np.mean(spoken.astype(float) ** 2)) < 6000
    assert np.abs(np.concatenate(silent)).max() <= 8
    await carrier.aclose()


async def test_the_same_seed_gives_the_same_call(synthesizer: EspeakSynthesizer) -> None:
    async def once(seed: int) -> tuple[list[Any], list[Any], list[MediaPacket]]:
        carrier = SimulatorCarrier(synthesizer, None, seed)
        call = await _call(carrier, "backchannels", (OPENING, DEBT, BYE))
        await carrier.aclose()
        return call.spoke, call.progress, call.packets

    first = await once(11)
    assert first == await once(11)
    assert first[0] != (await once(12))[0]


@pytest.mark.parametrize(
    ("behaviour", "state", "sip_code", "code"),
    [
        ("busy_then_promises", CallState.BUSY, 486, "BUSY"),
        ("no_answer", CallState.NO_ANSWER, 480, "NO_ANSWER"),
        ("rejected", CallState.REJECTED, 603, "REJECTED"),
        ("unreachable", CallState.FAILED, 480, "UNREACHABLE"),
        ("invalid_number", CallState.FAILED, 404, "INVALID"),
    ],
)
async def test_calls_nobody_answers(
    synthesizer: EspeakSynthesizer, behaviour: str, state: CallState, sip_code: int, code: str
) -> None:
    carrier = SimulatorCarrier(synthesizer, None, 5)
    call = await _call(carrier, behaviour)
    assert (call.progress[-1].state, call.progress[-1].sip_code) == (state, sip_code)
    assert call.truths[0].code == code
    assert (CallState.EARLY_MEDIA in call.states and bool(call.packets)) or behaviour not in (
        "unreachable",
        "invalid_number",
    )
    await carrier.aclose()


async def test_who_was_busy_answers_the_next_attempt(synthesizer: EspeakSynthesizer) -> None:
    carrier = SimulatorCarrier(synthesizer, None, 5)
    second = await _call(carrier, "busy_then_promises", (OPENING, DEBT, BYE), attempt=2)
    assert CallState.ANSWERED in second.states
    assert second.truths[0].code == "PTP"
    await carrier.aclose()


async def test_an_interruption_stops_nothing_twice(synthesizer: EspeakSynthesizer) -> None:
    carrier = SimulatorCarrier(synthesizer, None, 5, line=LineProfile())
    call = await _call(carrier, "interrupts", (OPENING, DEBT))
    talk_over = [text for text, _, _ in call.spoke if "biết rồi" in text]
    assert len(talk_over) == 1
    assert call.truths == [] or call.truths[0].stated
    await carrier.aclose()


async def test_a_known_key_is_not_dialled_again(synthesizer: EspeakSynthesizer, tmp_path: Path) -> None:
    carrier = SimulatorCarrier(synthesizer, tmp_path / "l.jsonl", 5)
    leg = await carrier.dial(_request("promises"))
    leg.poll(15_000)
    await carrier.aclose()
    restarted = SimulatorCarrier(synthesizer, tmp_path / "l.jsonl", 5)
    with pytest.raises(CarrierError):
        await restarted.dial(_request("promises"))
    record = await restarted.lookup("k")
    assert record is not None
    assert (record.state, record.rang) == (CallState.ENDED, True)
    assert await restarted.lookup("other") is None
    await restarted.aclose()


async def test_we_hang_up_while_it_rings(synthesizer: EspeakSynthesizer) -> None:
    carrier = SimulatorCarrier(synthesizer, None, 5)
    leg = await carrier.dial(_request("promises"))
    leg.poll(1500)
    leg.hang_up()
    progress, _, _ = leg.poll(1520)
    assert progress[-1].state is CallState.NO_ANSWER
    assert leg.poll(5000) == ([], [], [])
    await carrier.aclose()


async def test_the_bots_level_is_measured(synthesizer: EspeakSynthesizer) -> None:
    carrier = SimulatorCarrier(synthesizer, None, 5)
    leg = await carrier.dial(_request("promises"))
    assert leg.bot_level_db is None
    tone = (16384 * np.sin(np.arange(160) * 2 * np.pi * 0.05)).astype(np.int16)
    for _ in range(60):
        leg.send(codecs.encode(tone, leg.codec))
    assert leg.bot_level_db == pytest.approx(-9.0, abs=0.2)
    await carrier.aclose()


async def test_contacts_without_a_behaviour_behave_the_same_each_time(synthesizer: EspeakSynthesizer) -> None:
    request = DialRequest("a", "+84900000777", "19001234", metadata={"today": "2026-11-23"})
    first, second = [await SimulatorCarrier(synthesizer, None, 9).dial(request) for _ in range(2)]
    assert first.truth() == second.truth()

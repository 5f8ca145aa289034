"""One simulated call: network first, then a person. Steps every 20 ms of its own time, whatever the pace of polling."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import numpy as np

from core.errors import AloError
from core.logging import get_logger
from speech import codecs
from speech.types import FRAME_MS, FRAME_SAMPLES, Voice
from telephony.carrier import CallProgress, CallState, Codec, MediaPacket
from telephony.simulator.customer import FarEnd
from telephony.simulator.floor import Floor
from telephony.simulator.line import Line, ringback_tone
from telephony.simulator.meaning import Truth
from telephony.simulator.network import NetworkPlan
from telephony.simulator.render import Pcm, Renderer

ANNOUNCER = Voice("north", "f2", 1.0, 1.05)
_AFTER_ANNOUNCEMENT_MS = 700
_LEVEL_EVERY = 25
"""The bot's level is measured over half a second at a time."""

log = get_logger("telephony.simulator")

OnSpoke = Callable[[str, int, int], None]
OnTruth = Callable[[Truth], None]


class SimulatedLeg:
    """A ``CallLeg`` with a synthetic customer at its far end.

    Beyond the seam: ``truth()``, ``pending()`` and the callbacks ``on_spoke`` (text, start_ms, end_ms of leg time) and
    ``on_truth`` (once, when the call is over), which may be set after dialling.
    """

    def __init__(
        self, leg_id: str, plan: NetworkPlan, customer: FarEnd, renderer: Renderer, rng: Random,
        note: Callable[[CallState, str], None],
    ) -> None:  # fmt: skip
        self.id = leg_id
        self.codec: Codec = customer.persona.codec
        self.customer = customer
        self.on_spoke: OnSpoke | None = None
        self.on_truth: OnTruth | None = None
        self.state = CallState.DIALLING
        self._plan = plan
        self._renderer = renderer
        self._note = note
        self._line = Line(customer.persona.line, self.codec, rng)
        self._floor = Floor(customer, self._line, renderer, self._spoke)
        self._progress = [CallProgress(CallState.DIALLING, 0)]
        self._next_ms = 0
        self._now_ms = 0
        self._network_sound: list[bytes] = []
        self._ringback: list[bytes] = []
        self._played = 0
        self._fails_at_ms: int | None = None
        self._announcement: asyncio.Task[Pcm] | None = None
        if plan.announcement is not None:
            self._announcement = renderer.start(plan.announcement, ANNOUNCER)
        self._bot_packets: list[bytes] = []
        self._bot_energy, self._bot_samples = 0.0, 0

    # -- CallLeg -----------------------------------------------------------------------------------------------

    def poll(self, now_ms: int) -> tuple[list[CallProgress], list[MediaPacket], list[str]]:
        """What has arrived by ``now_ms``; times must not run backwards."""
        while self._next_ms <= now_ms and not self.state.final:
            self._now_ms = self._next_ms
            self._next_ms += FRAME_MS
            try:
                self._step(self._now_ms)
            except AloError as error:  # the synthesizer failed: the rehearsal cannot go on with this call
                log.error("simulator.failed", leg=self.id, error=error.en)
                self._finish(CallState.ENDED if self.state is CallState.ANSWERED else CallState.FAILED, None, "error")
        progress, self._progress = self._progress, []
        return progress, self._line.arrived(now_ms), self._floor.pressed()

    def send(self, payload: bytes) -> None:
        """The bot's audio arrives at the far end, where its level is measured."""
        self._bot_packets.append(payload)
        if len(self._bot_packets) >= _LEVEL_EVERY:
            self._measure()

    def note_speech(self, text: str, *, finished: bool) -> None:
        """The words of the bot's audio: the customer listens to these."""
        if self.state is CallState.ANSWERED:
            self._floor.note_speech(text, finished)

    def hang_up(self) -> None:
        """We end the call."""
        if self.state.final:
            return
        answered = self.state is CallState.ANSWERED
        self._finish(CallState.ENDED if answered else CallState.NO_ANSWER, None if answered else 487, "normal")

    def transfer(self, queue: str) -> None:
        """A person takes over; for the simulation the call ends here."""
        if self.state is CallState.ANSWERED:
            self._finish(CallState.ENDED, None, "normal")

    # -- beyond the seam ---------------------------------------------------------------------------------------

    def truth(self) -> Truth:
        """What the far end really meant; for a call that was not answered, the network's outcome."""
        return self.customer.truth()

    def pending(self) -> Awaitable[object] | None:
        """Speech still being rendered. At speeds above real time the media loop awaits it before its next tick."""
        tasks = self._floor.pending()
        if self._announcement is not None and not self._announcement.done():
            tasks.append(self._announcement)
        return asyncio.wait(tasks) if tasks and not self.state.final else None

    @property
    def bot_level_db(self) -> float | None:
        """Mean level of what the bot sent, in dB below full scale; None before any audio."""
        self._measure()
        if not self._bot_samples:
            return None
        return float(10 * np.log10(max(self._bot_energy / self._bot_samples, 1e-3) / 32768**2))

    # -- time --------------------------------------------------------------------------------------------------

    def _step(self, now_ms: int) -> None:
        if self.state is CallState.ANSWERED:
            payload, hangs_up = self._floor.step(now_ms)
            self._line.send(payload or self._line.background(), now_ms)
            if hangs_up:
                self._finish(CallState.ENDED, None, "remote_hangup")
            return
        if self._plan.announcement is not None:
            self._announce(now_ms)
            return
        self._ring(now_ms)
        if now_ms >= self._plan.end_at_ms:
            self._network_decides(now_ms)
        elif self.state is CallState.EARLY_MEDIA:
            self._line.send(self._ringback[self._played % len(self._ringback)], now_ms)
            self._played += 1

    def _ring(self, now_ms: int) -> None:
        if self.state is not CallState.DIALLING or self._plan.ring_at_ms is None or now_ms < self._plan.ring_at_ms:
            return
        self._change(CallState.RINGING, 180)
        if self._plan.ringback:
            self._ringback = _frames(codecs.encode(ringback_tone(), self.codec))
            self._change(CallState.EARLY_MEDIA, 183)

    def _network_decides(self, now_ms: int) -> None:
        if self._plan.outcome == "answered":
            self._change(CallState.ANSWERED, 200, "normal")
            self._floor.answer(now_ms)
        else:
            self._finish(self._plan.state, self._plan.sip_code, self._plan.cause)

    def _announce(self, now_ms: int) -> None:
        """The network speaks in early media, then gives up."""
        if self.state is CallState.DIALLING:
            if now_ms >= self._plan.end_at_ms and self._announcement is not None and self._announcement.done():
                self._network_sound = self._line.voice(self._announcement.result())
                self._change(CallState.EARLY_MEDIA, 183)
            return
        if self._played < len(self._network_sound):
            self._line.send(self._network_sound[self._played], now_ms)
            self._played += 1
            return
        self._line.send(self._line.background(), now_ms)
        self._fails_at_ms = self._fails_at_ms or now_ms + _AFTER_ANNOUNCEMENT_MS
        if now_ms >= self._fails_at_ms:
            self._finish(self._plan.state, self._plan.sip_code, self._plan.cause)

    def _change(self, state: CallState, sip_code: int | None = None, cause: str = "") -> None:
        self.state = state
        self._note(state, cause)
        self._progress.append(CallProgress(state, self._now_ms, sip_code, cause))

    def _finish(self, state: CallState, sip_code: int | None, cause: str) -> None:
        self._floor.end(self._now_ms)
        self._change(state, sip_code, cause)
        if self.on_truth is not None:
            self.on_truth(self.truth())

    def _spoke(self, text: str, start_ms: int, end_ms: int) -> None:
        if self.on_spoke is not None:
            self.on_spoke(text, start_ms, end_ms)

    def _measure(self) -> None:
        if self._bot_packets:
            pcm = codecs.decode(b"".join(self._bot_packets), self.codec).astype(np.float64)
            self._bot_energy += float(np.dot(pcm, pcm))
            self._bot_samples += len(pcm)
            self._bot_packets.clear()


def _frames(payload: bytes) -> list[bytes]:
    return [payload[k : k + FRAME_SAMPLES] for k in range(0, len(payload), FRAME_SAMPLES)]

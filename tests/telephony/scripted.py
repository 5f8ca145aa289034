"""A leg, a carrier's side and a conversation that follow a script: for tests of session and media loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from agent.turns import BotTurn, CustomerTurn, Disposition
from speech import codecs
from speech.synthesis.blocking import synthesize_blocking
from speech.types import FRAME_MS, FRAME_SAMPLES, Voice
from telephony.carrier import CallProgress, CallState, Codec, MediaPacket


@dataclass
class ScriptedLeg:
    """Rings, answers, and says ``lines``: (condition, delay_ms, text).

    The condition is "answer" or a piece of the bot's text: the line is said ``delay_ms`` after the answer, or after
    the bot has finished (``~piece``: has begun) a turn that contains the piece. "#12" presses keys, "/bye" hangs up.
    """

    lines: Sequence[tuple[str, int, str]] = ()
    id: str = "leg"
    codec: Codec = "pcma"
    ring_ms: int = 400
    final: CallState | None = None
    early: str | None = None
    voice: Voice = field(default_factory=Voice)
    noise: float = 0.0
    lose: int = 0
    """Every so many packets one is lost."""

    def __post_init__(self) -> None:
        self.sent: list[bytes] = []
        self.said: list[tuple[int, str, bool]] = []
        self.spoken: list[tuple[int, int, str]] = []
        self.transferred: str | None = None
        self.hung_up = False
        self._todo = list(self.lines)
        self._due: list[tuple[int, str]] = []
        self._audio = np.zeros(0, np.int16)
        self._now = 0
        self._state = CallState.DIALLING
        self._sequence = 0
        self._random = np.random.default_rng(7)

    def poll(self, now_ms: int) -> tuple[list[CallProgress], list[MediaPacket], list[str]]:
        self._now = now_ms
        progress = self._progress(now_ms)
        keys = []
        for due in [item for item in self._due if item[0] <= now_ms]:
            self._due.remove(due)
            text = due[1]
            if text.startswith("#"):
                keys.extend(text[1:])
            elif text == "/bye":
                progress.append(CallProgress(CallState.ENDED, now_ms, cause="remote_hangup"))
            else:
                pcm = synthesize_blocking(text, self.voice)
                self.spoken.append((now_ms, now_ms + len(pcm) // 8, text))
                self._audio = np.concatenate((self._audio, pcm))
        if self._state not in (CallState.EARLY_MEDIA, CallState.ANSWERED):
            return progress, [], keys
        return progress, self._packet(), keys

    def send(self, payload: bytes) -> None:
        assert len(payload) == FRAME_SAMPLES
        self.sent.append(payload)

    def note_speech(self, text: str, *, finished: bool) -> None:
        self.said.append((self._now, text, finished))
        for line in list(self._todo):
            piece = line[0]
            if any(due[1] != "/bye" for due in self._due) and line[2] != "/bye":
                break  # One line at a time.
            wanted = piece[1:] if piece.startswith("~") else piece
            if wanted in text and piece.startswith("~") is not finished:
                self._todo.remove(line)
                self._due.append((self._now + line[1], line[2]))

    def hang_up(self) -> None:
        self.hung_up = True

    def transfer(self, queue: str) -> None:
        self.transferred = queue

    def _progress(self, now_ms: int) -> list[CallProgress]:
        if self._state is CallState.DIALLING:
            return [self._go(CallState.EARLY_MEDIA if self.early else CallState.RINGING)]
        if now_ms < self.ring_ms or self._state is CallState.ANSWERED:
            return []
        if self.final is not None:
            return [self._go(self.final)]
        return [self._go(CallState.ANSWERED)]

    def _go(self, state: CallState) -> CallProgress:
        self._state = state
        if state is CallState.EARLY_MEDIA and self.early:
            self._due.append((self._now, self.early))
        if state is CallState.ANSWERED:
            self._audio = self._audio[:0]
            self._due += [(self._now + delay, text) for when, delay, text in self._todo if when == "answer"]
            self._todo = [line for line in self._todo if line[0] != "answer"]
        return CallProgress(state, self._now, cause="normal")

    def _packet(self) -> list[MediaPacket]:
        frame, self._audio = self._audio[:FRAME_SAMPLES], self._audio[FRAME_SAMPLES:]
        frame = np.concatenate((frame, np.zeros(FRAME_SAMPLES - len(frame), np.int16)))
        if self.noise:
            noisy = frame + self._random.normal(0, self.noise, FRAME_SAMPLES)
            frame = np.clip(noisy, -32768, 32767).astype(np.int16)
        self._sequence += 1
        if self.lose and self._sequence % self.lose == 0:
            return []
        return [MediaPacket(self._sequence, codecs.encode(frame, self.codec))]


@dataclass
class ScriptedTalk:
    """Says ``turns`` one after the other, whatever the customer says."""

    turns: Sequence[BotTurn]
    silence: BotTurn | None = None
    disposition: Disposition | None = None
    verified: bool = False
    break_at: int = -1

    def __post_init__(self) -> None:
        self.heard: list[CustomerTurn] = []
        self.silences: list[int] = []
        self.hangups = 0
        self._next = 0

    async def start(self) -> BotTurn:
        return self._turn()

    async def on_customer(self, turn: CustomerTurn) -> BotTurn:
        self.heard.append(turn)
        return self._turn()

    async def on_silence(self, count: int) -> BotTurn:
        self.silences.append(count)
        return self.silence if self.silence is not None else self._turn()

    async def on_hangup(self) -> None:
        self.hangups += 1

    def _turn(self) -> BotTurn:
        if self._next == self.break_at:
            raise LookupError("scripted failure")
        turn = self.turns[min(self._next, len(self.turns) - 1)]
        self._next += 1
        return turn


class Journal:
    """An ``Emit`` that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int, dict[str, Any]]] = []

    def __call__(self, kind: str, at_ms: int, data: Mapping[str, Any]) -> None:
        self.events.append((kind, at_ms, dict(data)))

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [data for name, _, data in self.events if name == kind]

    def times(self, kind: str) -> list[int]:
        return [at_ms for name, at_ms, _ in self.events if name == kind]


def milliseconds(packets: Sequence[bytes]) -> int:
    """Length of sent audio."""
    return len(packets) * FRAME_MS

"""The seam of voice channels: a carrier places calls, a leg carries 20 ms G.711 packets both ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

Codec = Literal["pcma", "pcmu"]


class CallState(StrEnum):
    """Life of an outbound leg. The last five are final."""

    DIALLING = "dialling"
    RINGING = "ringing"
    EARLY_MEDIA = "early_media"
    ANSWERED = "answered"
    ENDED = "ended"
    """was answered, then hung up by either side"""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    FAILED = "failed"

    @property
    def final(self) -> bool:
        return self in _FINAL


_FINAL = frozenset({CallState.ENDED, CallState.BUSY, CallState.NO_ANSWER, CallState.REJECTED, CallState.FAILED})


@dataclass(frozen=True, slots=True)
class DialRequest:
    """One attempt. The same ``idempotency_key`` never rings twice."""

    idempotency_key: str
    to: str
    """E.164, +84…"""
    caller_id: str
    ring_timeout_ms: int = 30_000
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """For the simulator: contact fields by which it picks the persona. Never sent to real carriers."""


@dataclass(frozen=True, slots=True)
class CallProgress:
    """The leg changed state at ``at_ms`` of its own time (0 = dialled)."""

    state: CallState
    at_ms: int
    sip_code: int | None = None
    cause: str = ""
    """machine word: normal, remote_hangup, busy, no_answer, rejected, unreachable, invalid_number, error"""


@dataclass(frozen=True, slots=True)
class MediaPacket:
    """One 20 ms G.711 payload as it came off the wire; ``sequence`` counts sent packets, so gaps are losses."""

    sequence: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What the carrier knows of an earlier request, for reconciliation after a crash."""

    idempotency_key: str
    state: CallState
    rang: bool
    cause: str = ""


@dataclass(frozen=True, slots=True)
class CarrierCapabilities:
    name: str
    early_media: bool
    dtmf: bool
    transfer: bool
    simulated: bool = False


class CallLeg(Protocol):
    """One call on the wire. Polled every 20 ms by the media loop: no task or thread per call."""

    id: str
    codec: Codec

    def poll(self, now_ms: int) -> tuple[list[CallProgress], list[MediaPacket], list[str]]:
        """What has arrived by ``now_ms`` of the leg's time: progress, packets, DTMF keys."""
        ...

    def send(self, payload: bytes) -> None:
        """One 20 ms packet to the far end (early or answered)."""
        ...

    def note_speech(self, text: str, *, finished: bool) -> None:
        """Tell the leg which words the audio carries: once when they start, once when they end (or are cut off,
        with what sounded). Only the simulator listens; others ignore it."""
        ...

    def hang_up(self) -> None:
        """End the call from our side."""
        ...

    def transfer(self, queue: str) -> None:
        """Connect the far end to a person."""
        ...


class Carrier(Protocol):
    """Places calls."""

    capabilities: CarrierCapabilities

    async def dial(self, request: DialRequest) -> CallLeg:
        """Start an outbound call. Raises CarrierError if the carrier refuses or knows the key already."""
        ...

    async def lookup(self, idempotency_key: str) -> CallRecord | None:
        """What became of an earlier request; None if it never reached the carrier."""
        ...

    async def aclose(self) -> None: ...

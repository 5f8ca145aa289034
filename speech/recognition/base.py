"""The seam of recognition: one shared recogniser, a light stream per call, all stepped together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from speech.types import Expectation, Hypothesis

Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class RecognizerCapabilities:
    """What a recogniser can do."""

    name: str
    streaming: bool
    expectations: bool
    trained_on: str
    """Honest one-liner shown to users, e.g. "synthetic voices only"."""


class RecognizerStream(Protocol):
    """One caller's ear. Utterances follow one another; speaker traits are kept between them."""

    def expect(self, expectation: Expectation) -> None:
        """Use from the next utterance on (and from now on if no word has been decoded yet)."""
        ...

    def partial(self) -> Hypothesis:
        """Best reading of the current utterance so far; cheap."""
        ...

    def finish(self) -> Hypothesis:
        """Close the current utterance, return its final reading and be ready for the next."""
        ...


@runtime_checkable
class PacedStream(Protocol):
    """What a stream adds whose readings take time. Who drives it (``SpeechEngine``) tells it of pauses and may ask."""

    error: str | None
    """Why the open turn could not be read, safe to show; None if all is well."""

    def notice(self, speaking: bool) -> None:
        """Voice activity within the open turn: speech has paused, or goes on."""
        ...

    @property
    def behind(self) -> bool:
        """Speech has paused and its reading is still under way: ``finish`` would miss words."""
        ...


@runtime_checkable
class ForesightedStream(Protocol):
    """What a stream adds whose ``partial`` lags behind the sound."""

    def reading(self) -> Hypothesis:
        """As ``partial``, with the last syllables, as if nothing followed. Costs a run of its own; changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Switch:
    """A chain of recognisers went over from one to another in the middle of a stream."""

    before: str
    after: str
    reason: str
    """error, slow, resting (it failed in another turn or call) or recovered."""
    detail: str = ""


@runtime_checkable
class SwitchingStream(Protocol):
    """What a stream of a chain adds."""

    def switches(self) -> Sequence[Switch]:
        """Changes of recogniser since the last call."""
        ...


Stream = TypeVar("Stream", bound=RecognizerStream)


class Recognizer(Protocol[Stream]):
    """Shared by all calls of a process. It is stepped with streams that it opened itself."""

    capabilities: RecognizerCapabilities

    def open(self) -> Stream:
        """A new stream; costs no model, thread or process."""
        ...

    def step(self, streams: Sequence[Stream], audio: Sequence[Pcm]) -> None:
        """Feed each stream its new audio (int16, 8 kHz, any length) in one batch."""
        ...

"""A closed set (closed.py) behind the common seam of recognition, on the embedded acoustic model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from speech.recognition.acoustic import AcousticModel, AcousticState
from speech.recognition.base import Pcm, RecognizerCapabilities
from speech.recognition.closed import ClosedSet
from speech.recognition.embedded import EmbeddedRecognizer
from speech.types import SAMPLE_RATE_HZ, Expectation, Hypothesis, Word

Floats = NDArray[np.float32]


class ClosedStream:
    """One speaker's ear: keeps the utterance's posteriors, answers at its end."""

    def __init__(self, acoustic: AcousticModel, members: ClosedSet, reject: float = 0.0) -> None:
        self._acoustic, self._members, self._reject = acoustic, members, reject
        self.state: AcousticState = acoustic.new_state()
        self._rows: list[Floats] = []
        self._fed = self._start_ms = 0

    def expect(self, expectation: Expectation) -> None:
        """Nothing: the set is what is expected."""

    def heard(self, posteriors: Floats, samples: int) -> None:
        """New posteriors after ``samples`` more samples of audio."""
        self._fed += samples
        self._rows.append(posteriors)

    def partial(self) -> Hypothesis:
        """Empty: which member it is shows only at the end."""
        return Hypothesis("")

    def finish(self) -> Hypothesis:
        """The member that was said; an empty text if the sounds agree too little with any, or are too short for it."""
        self._rows.append(self._acoustic.flush([self.state])[0])
        heard = self._members.best(np.concatenate(self._rows))
        dialect = self._acoustic.dialect(self.state)
        self._acoustic.reset_utterance(self.state)
        origin, frame_ms = self._start_ms, self._acoustic.frame_ms
        self._rows, self._start_ms = [], self._fed * 1000 // SAMPLE_RATE_HZ
        words = tuple(
            Word(w.text, origin + w.start_frame * frame_ms, origin + (w.end_frame + 1) * frame_ms, w.confidence)
            for w in heard
        )
        text = self._members.answer(heard)
        confidence = sum(w.confidence for w in words) / len(words) if words else 0.0
        if confidence < self._reject:
            return Hypothesis("", (), confidence, (text,), dialect)
        return Hypothesis(text, words, confidence, (text,), dialect)


class ClosedRecognizer:
    """The embedded acoustic model over a closed set, behind the common seam. Call from one thread."""

    def __init__(self, members: ClosedSet, acoustic: AcousticModel | None = None, *, reject: float = 0.0) -> None:
        """``reject``: answers with less confidence (0…1) become an empty text."""
        self._reject = reject
        self.acoustic, self.members = acoustic or AcousticModel(), members
        trained_on = EmbeddedRecognizer.capabilities.trained_on
        self.capabilities = RecognizerCapabilities("embedded", True, False, trained_on)

    def open(self) -> ClosedStream:
        """A new stream."""
        return ClosedStream(self.acoustic, self.members, self._reject)

    def step(self, streams: Sequence[ClosedStream], audio: Sequence[Pcm]) -> None:
        """Feed each stream its new audio in one batch."""
        if not streams:
            return
        posteriors = self.acoustic.step([s.state for s in streams], audio)
        for stream, rows, pcm in zip(streams, posteriors, audio, strict=True):
            stream.heard(rows, len(pcm))

"""The embedded recogniser: acoustic model, trigram and expectation-aware beam search behind the common seam.

It runs the whole audio loop anywhere without key or download. It was trained on synthetic voices only and does not
understand people: real callers need a Whisper-class recogniser.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.artifacts import artifact
from speech.prosody import Prosody
from speech.recognition.acoustic import AcousticModel
from speech.recognition.base import Pcm, RecognizerCapabilities
from speech.recognition.decoder import Decoder, DecoderOptions
from speech.recognition.grammar import Mixture, machine_for
from speech.recognition.lm import LanguageModel
from speech.types import OPEN, SAMPLE_RATE_HZ, Expectation, Hypothesis, Word

_SYLLABLE_FRAMES = 2
"""A syllable sounds about this many frames around its units' peaks."""


@lru_cache(maxsize=2)
def load_language_model(path: Path | None = None) -> LanguageModel:
    """The shipped trigram (or another file's), loaded once per process."""
    return LanguageModel(path or artifact("models", "language", "syllables.npz"))


class EmbeddedStream:
    """One caller's ear."""

    def __init__(self, acoustic: AcousticModel, decoder: Decoder, mixture: Mixture) -> None:
        self._acoustic, self._decoder, self._mixture = acoustic, decoder, mixture
        self.state = acoustic.new_state()
        self._fed = 0
        self._start_ms = 0
        self._partial: tuple[int, Hypothesis] | None = None
        self.expect(OPEN)

    def expect(self, expectation: Expectation) -> None:
        """Use from the next utterance on (and from now on if no word has been decoded yet)."""
        self._decoder.expect(machine_for(expectation, self._decoder.model, self._mixture))

    def heard(self, posteriors: np.ndarray, samples: int) -> None:
        """New posteriors from the batched model, after ``samples`` more samples of audio."""
        self._fed += samples
        if len(posteriors):
            self._decoder.advance(posteriors)

    def partial(self) -> Hypothesis:
        """Best reading so far: text only."""
        frames = self._decoder.frames
        if self._partial is None or self._partial[0] != frames:
            self._partial = frames, Hypothesis(self._decoder.partial())
        return self._partial[1]

    def reading(self) -> Hypothesis:
        """Best reading if the utterance ended here, text only: ``partial`` lacks what sounded in the look-ahead."""
        ahead = self._decoder.fork()
        ahead.advance(self._acoustic.rest(self.state))
        return Hypothesis(" ".join(word.text for word in ahead.finish().words))

    def finish(self) -> Hypothesis:
        """Final reading; look-ahead and tail are flushed, the utterance is reset, the caller's traits are kept."""
        self._decoder.advance(self._acoustic.flush([self.state])[0])
        decoded = self._decoder.finish()
        frame_ms, origin = self._acoustic.frame_ms, self._start_ms
        now_ms = self._fed * 1000 // SAMPLE_RATE_HZ
        words: list[Word] = []
        for word in decoded.words:
            start = origin + max(0, word.start_frame - 1) * frame_ms
            if words:
                start = max(start, words[-1].end_ms)
            end = max(start + frame_ms, min(now_ms, origin + (word.end_frame + _SYLLABLE_FRAMES) * frame_ms))
            words.append(Word(word.text, start, end, word.confidence))
        dialect = self._acoustic.dialect(self.state)
        prosody = Prosody(pitch_hz=self.state.ear.pitch_hz)
        self._acoustic.reset_utterance(self.state)
        self._start_ms, self._partial = now_ms, None
        text = " ".join(w.text for w in words)
        return Hypothesis(text, tuple(words), decoded.confidence, decoded.texts, dialect, prosody)


class EmbeddedRecognizer:
    """Shared by all calls: one acoustic session and one language model; ``step`` batches whatever streams it gets.

    Raises ConfigurationError when a shipped file is missing. Call from one thread.
    """

    capabilities = RecognizerCapabilities(
        name="embedded",
        streaming=True,
        expectations=True,
        trained_on="synthetic voices only; real callers need Whisper (alo models)",
    )

    def __init__(
        self,
        acoustic: AcousticModel | None = None,
        model: LanguageModel | None = None,
        options: DecoderOptions = DecoderOptions(),  # noqa: B008 (frozen)
        mixture: Mixture = Mixture(),  # noqa: B008 (frozen)
    ) -> None:
        self.acoustic = acoustic or AcousticModel()
        self.model = model or load_language_model()
        self._options, self._mixture = options, mixture

    def open(self) -> EmbeddedStream:
        """A new stream."""
        return EmbeddedStream(self.acoustic, Decoder(self.model, self._options), self._mixture)

    def step(self, streams: Sequence[EmbeddedStream], audio: Sequence[Pcm]) -> None:
        """Feed each stream its new audio in one batch."""
        if not streams:
            return
        posteriors = self.acoustic.step([s.state for s in streams], audio)
        for stream, rows, pcm in zip(streams, posteriors, audio, strict=True):
            stream.heard(rows, len(pcm))

"""The bot's voice on one call: synthesised speech in, 20 ms packets out, and which words have sounded. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from agent.turns import Say
from speech import codecs
from speech.codecs import Codec
from speech.synthesis.base import AudioChunk, WordMark
from speech.types import FRAME_SAMPLES


@dataclass(slots=True)
class Utterance:
    """One ``Say`` on its way to the customer. Positions are samples, one G.711 byte each."""

    say: Say
    codec: Codec
    rate: float = 1.0
    """How fast it is spoken; 1.0 is the voice's own."""
    audio: bytearray = field(default_factory=bytearray)
    marks: list[WordMark] = field(default_factory=list)
    complete: bool = False
    """All of its audio is here."""
    sent: int = 0
    start_ms: int = 0

    def feed(self, chunk: AudioChunk) -> None:
        """More audio from the synthesizer."""
        self.audio += codecs.encode(chunk.pcm, self.codec)
        self.marks.extend(chunk.marks)

    def finish(self) -> None:
        """No more audio will come: fill up the last packet with silence."""
        rest = -len(self.audio) % FRAME_SAMPLES
        self.audio += codecs.silence(rest, self.codec)
        self.complete = True

    @property
    def sounded(self) -> bool:
        """All of it was sent."""
        return self.complete and self.sent >= len(self.audio)

    def heard_text(self) -> str:
        """What of ``say`` has sounded: as written if all of it did, else the spoken words whose end was reached."""
        if self.sounded:
            return self.say.text
        ends = [*(mark.at_sample for mark in self.marks[1:]), len(self.audio)]
        heard = [mark.end for mark, end in zip(self.marks, ends, strict=False) if end <= self.sent]
        return self.say.spoken[: heard[-1]] if heard else ""

    def rewind_to_word(self) -> None:
        """Go back to the beginning of the word that was cut, to say it again."""
        begun = [mark.at_sample for mark in self.marks if mark.at_sample <= self.sent]
        self.sent = (begun[-1] if begun else 0) // FRAME_SAMPLES * FRAME_SAMPLES


class Playback:
    """The utterances of one turn, in order."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._waiting: deque[Utterance] = deque()
        self.current: Utterance | None = None
        self.ended = False
        """No further utterance will be added."""

    def add(self, say: Say, rate: float = 1.0) -> Utterance:
        """A place for the audio of ``say``, spoken at ``rate``, behind what waits."""
        utterance = Utterance(say, self._codec, rate)
        self._waiting.append(utterance)
        return utterance

    @property
    def drained(self) -> bool:
        """Everything was said."""
        return self.ended and not self._waiting and (self.current is None or self.current.sounded)

    def advance(self) -> Utterance | None:
        """Go on to the next utterance if the current one has sounded and the next has audio; return it then."""
        if (self.current is None or self.current.sounded) and self._waiting:
            following = self._waiting[0]
            if len(following.audio) >= FRAME_SAMPLES or following.complete:
                self.current = self._waiting.popleft()
                return self.current
        return None

    def packet(self) -> bytes | None:
        """The next 160 bytes of the current utterance; None if there are none (yet)."""
        utterance = self.current
        if utterance is None:
            return None
        end = utterance.sent + FRAME_SAMPLES
        if end > len(utterance.audio):
            return None
        payload = bytes(utterance.audio[utterance.sent : end])
        utterance.sent = end
        return payload

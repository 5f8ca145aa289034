"""Does the bot give way when it should, and only then? Interruptions, backchannels, noises and its own echo.

    python -m benchmarks.barge_in [--each 40] [--seed 4]

The bot reads a long text; somebody speaks into it through a G.711 line with some noise (voices that the recogniser
never trained on). Voice activity, recogniser, turn-taking and the playback's loudness are those of a call; time is
audio time.

* given way: from the first sample of the interruption to the packet in which the bot is 20 dB softer or silent;
* stopped: the bot's turn was broken off for good, or the words were taken as a turn.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.recogniser.voices import HELDOUT_VARIANTS
from speech import codecs
from speech.echo import EchoGuard
from speech.engine import SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.synthesis.blocking import synthesize_blocking
from speech.turn_taking import FinishTurn, Floor, ResumeBot, StopBot, TakeTurn, TurnTaking
from speech.types import DIALECTS, FRAME_SAMPLES, OPEN, Voice
from telephony.simulator.line import SPEECH_RMS, noise

Kind = Literal["interruption", "backchannel", "noise", "echo"]
BOT = (
    "Dạ em gọi từ phòng chăm sóc khách hàng để nhắc mình về lịch hẹn tuần này. Phòng khám mở từ bảy giờ sáng "
    "đến năm giờ chiều, mình nhớ mang theo giấy tờ tùy thân và kết quả lần trước. Nếu bận, mình có thể đổi sang ngày "
    "khác ạ."
)
INTERRUPTIONS = (
    "khoan đã em ơi", "không phải tôi đâu", "em gọi nhầm số rồi", "cho anh hỏi chút", "thôi đừng gọi nữa",
    "anh đang bận lắm", "chị đi rồi mà", "gặp nhân viên giúp anh", "nói lại đi em", "đợi chút đợi chút",
    "tôi không đi được", "mấy giờ em nhỉ", "đổi qua thứ sáu đi", "sao gọi hoài vậy", "anh biết rồi cảm ơn",
)  # fmt: skip
BACKCHANNELS = ("dạ", "vâng", "ừ", "ừm", "dạ vâng", "ờ", "dạ dạ", "à", "vâng ạ", "ừ ừ", "ô kê", "dạ rồi", "thế à")


@dataclass(slots=True)
class Trial:
    """What became of one sound made into the bot's words."""

    kind: Kind
    text: str
    given_way_ms: float = np.inf
    stopped: bool = False
    back_ms: float = 0.0
    """From the end of a sound that did not stop it until the bot is at its full voice again."""


def sound_of(kind: Kind, rng: random.Random) -> tuple[str, NDArray[np.float32]]:
    """(what it is, samples): speech at RMS 1, noises as loud as they shall be beside it."""
    voice = Voice(rng.choice(DIALECTS), rng.choice(HELDOUT_VARIANTS), rng.uniform(0.9, 1.2), rng.uniform(0.85, 1.15))
    if kind in ("interruption", "backchannel"):
        text = rng.choice(INTERRUPTIONS if kind == "interruption" else BACKCHANNELS)
        said = synthesize_blocking(text, voice).astype(np.float32)
        loud = np.flatnonzero(np.abs(said) > 0.02 * np.abs(said).max())
        said = said[loud[0] : loud[-1] + 1]
        return text, said / np.sqrt(np.mean(said**2))
    length = int(rng.uniform(0.08, 0.9) * 8000)
    shape = rng.choice(("cough", "click", "street", "babble"))
    if shape in ("street", "babble"):
        loop = noise(shape, rng.randrange(2))  # type: ignore[arg-type]
        at = rng.randrange(len(loop) - 8000)
        return shape, loop[at : at + length] * np.float32(rng.uniform(0.3, 1.0))
    burst = np.random.default_rng(rng.randrange(2**31)).standard_normal(length).astype(np.float32)
    decay = np.exp(-np.arange(length) / (8000 * (0.02 if shape == "click" else 0.12))).astype(np.float32)
    return shape, burst * decay * np.float32(rng.uniform(1.0, 2.5))


def play(engine: SpeechEngine, kind: Kind, rng: random.Random, bot: NDArray[np.float32]) -> Trial:
    """One trial. An echo comes back 60 to 350 ms later and 8 to 22 dB weaker, softer when the bot speaks softly."""
    text, sound = ("echo", bot[:0]) if kind == "echo" else sound_of(kind, rng)
    trial = Trial(kind, text)
    at = int(rng.uniform(1.0, 4.0) * 8000) // FRAME_SAMPLES * FRAME_SAMPLES
    delay = int(rng.uniform(0.06, 0.35) * 8000)
    weaker = 10 ** (-rng.uniform(8, 22) / 20) if kind == "echo" else 0.0
    line = np.resize(noise("white", 0), len(bot) + delay) * np.float32(10 ** (-rng.uniform(25, 45) / 20))
    end = min(at + len(sound), len(bot))
    line[at:end] += sound[: end - at]
    stream, turns, guard = engine.open("trial"), TurnTaking(), EchoGuard(lambda: BOT, "pcma")
    turns.bot_started(OPEN)
    softer, stopped, back = 0, False, False
    for first in range(0, len(bot) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        now_ms = (first + FRAME_SAMPLES) // 8
        said = bot[first : first + FRAME_SAMPLES] * np.float32(10 ** ((0.0, -10.0, -24.0)[softer] / 20))
        line[first + delay : first + delay + FRAME_SAMPLES] += said * np.float32(weaker)
        pcm = _pcm(line[first : first + FRAME_SAMPLES])
        heard_pcm = codecs.decode(codecs.encode(pcm, "pcma"), "pcma")
        stream.push(heard_pcm)
        engine.listen()
        guard.update(codecs.encode(_pcm(said), "pcma"), heard_pcm)
        actions = turns.step(now_ms, stream.activity, lambda: stream.partial().text, guard)
        while actions:
            action = actions.pop(0)
            if isinstance(action, FinishTurn):
                start_ms, end_ms = stream.activity.turn_start_ms, stream.activity.end_ms
                heard = stream.finish()
                own = turns.floor is Floor.BOT and guard.own_words(heard.text)
                actions += turns.finished(
                    now_ms, "" if own else heard.text, confidence=heard.confidence, start_ms=start_ms, end_ms=end_ms
                )
            stopped = (stopped or isinstance(action, StopBot)) and not isinstance(action, ResumeBot)
            trial.stopped |= isinstance(action, TakeTurn)
        engine.recognize()  # as in a call: what is read now is acted upon 20 ms later
        softer = max(0, min(2, softer + (1 if turns.lowered else -1)))
        if (softer == 2 or stopped) and kind != "echo":
            trial.given_way_ms = min(trial.given_way_ms, now_ms + 20 - at / 8)
        if now_ms > end / 8 and not back and softer == 0 and not stopped:
            back, trial.back_ms = True, max(0.0, now_ms - end / 8)
        if trial.stopped:
            break
    stream.finish()
    stream.close()
    trial.stopped |= turns.floor is not Floor.BOT
    return trial


def _pcm(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.round(sound * SPEECH_RMS), -32768, 32767).astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=40, help="trials of each kind")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--show", type=int, default=0, help="print so many wrong ones of each kind")
    args = parser.parse_args()
    rng, engine = random.Random(args.seed), SpeechEngine(EmbeddedRecognizer())
    bot = synthesize_blocking(BOT, Voice("north")).astype(np.float32)
    bot /= np.sqrt(np.mean(bot**2))
    print("| sound | trials | stopped the bot | given way, median | p95 | back at full voice after, p95 |")
    print("|---|---|---|---|---|---|")
    for kind in ("interruption", "backchannel", "noise", "echo"):
        trials = [play(engine, kind, rng, bot) for _ in range(args.each)]  # type: ignore[arg-type]
        gave = [t.given_way_ms for t in trials if np.isfinite(t.given_way_ms)]
        way = f"{np.median(gave):.0f} ms | {np.quantile(gave, 0.95):.0f} ms" if gave else "- | -"
        back = [t.back_ms for t in trials if not t.stopped]
        after = f"{np.quantile(back, 0.95):.0f} ms" if back and kind != "echo" else "-"
        share = 100 * np.mean([t.stopped for t in trials])
        print(f"| {kind} | {len(trials)} | {share:.1f} % | {way} | {after} |", flush=True)
        wrong = [t for t in trials if t.stopped != (kind == "interruption")]
        for trial in wrong[: args.show]:
            print("   wrong:", trial)


if __name__ == "__main__":
    main()

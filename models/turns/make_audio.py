"""The turns of ``make_text`` said and heard: what the recogniser had read when speech stopped.

    python -m models.turns.make_audio 2000 heard.jsonl [--seed 1]

Voices that train the recogniser, G.711, noise in half of the turns; pauses said as words that go on, in every third
turn as sentences of their own. One line per silence of at least 192 ms. About a quarter of a second of CPU a turn.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from benchmarks.end_of_turn_data import RATE, say
from models.recogniser.voices import TRAIN_VARIANTS
from models.turns.make_text import Said, turns
from speech.engine import SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.types import FRAME_SAMPLES, Voice

ASK_AT_MS = 192
ENOUGH_MS = 700
"""The rest of a silence teaches nothing more."""


def heard(engine: SpeechEngine, said: Said, rng: random.Random) -> Iterator[dict[str, object]]:
    """The silences of one turn."""
    voice = Voice(said.region, rng.choice(TRAIN_VARIANTS), rng.uniform(0.85, 1.2), rng.uniform(0.85, 1.15))
    turn = say(said.kind, said.expectation, " | ".join(said.parts), voice, rng, flat=rng.random() < 1 / 3)
    stream = engine.open("turn")
    stream.expect(said.expectation)
    asked_of = -1
    for at in range(0, len(turn.audio) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        stream.push(turn.audio[at : at + FRAME_SAMPLES])
        engine.tick()
        activity, end = stream.activity, at + FRAME_SAMPLES
        if not activity.turn_open or activity.speaking or activity.silence_ms < ASK_AT_MS:
            continue
        if asked_of != activity.end_ms:
            asked_of = activity.end_ms
            yield {
                "kind": said.kind,
                "kinds": said.expectation.kinds,
                "digits": said.expectation.digits,
                "text": stream.partial().text,
                "over": end * 1000 // RATE >= turn.end_ms,
            }
        if end * 1000 // RATE >= turn.end_ms and activity.silence_ms >= ENOUGH_MS:
            break
    stream.finish()
    stream.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("into", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    engine, rng = SpeechEngine(EmbeddedRecognizer()), random.Random(args.seed)
    with args.into.open("a", encoding="utf-8") as file:
        for said in turns(args.count, args.seed):
            for line in heard(engine, said, rng):
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()


if __name__ == "__main__":
    main()

"""Does cleaning the line before recognition help? Syllable error with and without, on the dev split (greedy).

    python benchmarks/noise_suppression.py [--each 40] [--seed 5] [--calls 60] [--work FOLDER]

Candidates, as a call would run them (causal, 20 ms frames with half overlap): a Wiener filter with decision-directed
estimate of the signal-to-noise ratio over a noise floor that follows the minimum; the same with a gentle limit; a
spectral gate; a slow automatic level control; level control after the gentle filter. Needs scipy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.recognition_data import Spoken, load
from models.recogniser.augment import line_of, pass_through
from models.recogniser.score import distance, greedy
from speech.recognition.acoustic import AcousticModel
from speech.recognition.units import text_to_units

Pcm = NDArray[np.int16]
_FRAME, _HOP = 160, 80
_WINDOW = np.sqrt(np.hanning(_FRAME + 1)[:-1])
LINES = ("clean", "alaw", "street 10", "babble 10", "street 5")


def _filtered(audio: Pcm, gain: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> Pcm:
    """Overlap-add with gains (frames, bins) from the frames' power."""
    padded = np.pad(audio.astype(np.float64), (_FRAME, _FRAME))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP] * _WINDOW
    spectrum = np.fft.rfft(frames)
    clean = np.fft.irfft(spectrum * gain(np.abs(spectrum) ** 2 + 1.0), _FRAME) * _WINDOW
    out = np.zeros(len(padded))
    for k, frame in enumerate(clean):
        out[k * _HOP : k * _HOP + _FRAME] += frame
    return np.clip(np.rint(out[_FRAME : _FRAME + len(audio)]), -32768, 32767).astype(np.int16)


def _noise(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """The floor at each frame: the running minimum of smoothed power, rising by 3 dB a second at most."""
    smooth, floor = power[:8].mean(axis=0), power[:8].mean(axis=0)
    out = np.empty_like(power)
    for k, row in enumerate(power):
        smooth = 0.9 * smooth + 0.1 * row
        floor = np.minimum(floor * 1.007, smooth)
        out[k] = 1.5 * floor
    return out


def wiener(least: float) -> Callable[[Pcm], Pcm]:
    """Decision-directed Wiener filter whose gain never falls below ``least``."""

    def gain(power: NDArray[np.float64]) -> NDArray[np.float64]:
        ratio, out = power / _noise(power), np.empty_like(power)
        before = np.zeros(power.shape[1])
        for k, post in enumerate(ratio):
            prior = 0.96 * before + 0.04 * np.maximum(post - 1, 0)
            out[k] = np.maximum(prior / (1 + prior), least)
            before = out[k] ** 2 * post
        return out

    return lambda audio: _filtered(audio, gain)


def gate(audio: Pcm) -> Pcm:
    """Bins less than 6 dB above the floor are lowered by 12 dB."""
    return _filtered(audio, lambda power: np.where(power > 4 * _noise(power), 1.0, 0.25))


def level(audio: Pcm) -> Pcm:
    """Speech brought to 22 dB below full scale with a time constant of half a second, by 20 dB at most."""
    x = audio.astype(np.float64) / 32768
    gain, out = 1.0, np.empty_like(x)
    for at in range(0, len(x), _FRAME):
        frame = x[at : at + _FRAME]
        rms = float(np.sqrt(np.mean(frame**2)))
        if rms > 10 ** (-45 / 20):
            gain += 0.04 * (min(max(10 ** (-22 / 20) / rms, 0.1), 10.0) - gain)
        out[at : at + _FRAME] = frame * gain
    return np.clip(np.rint(out * 32767), -32768, 32767).astype(np.int16)


CANDIDATES: dict[str, Callable[[Pcm], Pcm]] = {
    "as it is": lambda audio: audio,
    "Wiener, at most 20 dB": wiener(0.1),
    "Wiener, at most 6 dB": wiener(0.5),
    "spectral gate, 12 dB": gate,
    "level control": level,
    "Wiener 6 dB, then level": lambda audio: level(wiener(0.5)(audio)),
}


def calls_of(spoken: list[Spoken], count: int) -> list[list[Spoken]]:
    """``count`` whole calls, spread over the set."""
    calls: list[list[Spoken]] = []
    for one in spoken:
        if one.first:
            calls.append([])
        calls[-1].append(one)
    return calls[:: max(1, len(calls) // count)][:count]


def error(model: AcousticModel, calls: list[list[Spoken]], waves: list[Pcm]) -> float:
    """Percent of syllables wrong; a call is heard as one utterance."""
    states = [model.new_state() for _ in calls]
    wrong = total = 0
    for call, rows in zip(calls, zip(model.step(states, waves), model.flush(states), strict=True), strict=True):
        want = [units for one in call for units in text_to_units(one.item.text) or []]
        wrong += distance(want, greedy(np.concatenate(rows)))
        total += len(want)
    return 100 * wrong / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--calls", type=int, default=60)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--work", type=Path, default=Path("alo-data/recognition-bench"))
    args = parser.parse_args()
    model = AcousticModel(args.model)
    spoken = load(args.work, "dev", "clean", args.each, args.seed)
    calls = calls_of(spoken, args.calls)
    voices = [np.concatenate([one.audio for one in call]).astype(np.float32) / 32768 for call in calls]
    talk = [one.audio.astype(np.float32) / 32768 for one in spoken]
    babble = sum(np.resize(np.concatenate(talk[k::6]), 60 * 8000) for k in range(6))
    print("| what is done | " + " | ".join(LINES) + " |\n" + "|---" * (len(LINES) + 1) + "|")
    rng = {name: np.random.default_rng(args.seed) for name in LINES}
    lines = {name: [pass_through(voice, line_of(name), rng[name], babble) for voice in voices] for name in LINES}
    for title, clean in CANDIDATES.items():
        cells = [f"{error(model, calls, [clean(wave) for wave in waves]):.1f}" for waves in lines.values()]
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()

"""Media loop under load: how late packets are, what a call costs, how long an answer takes, stage by stage.

    python -m benchmarks.media --calls 20 --seconds 30

Everything on our side of the line is real: jitter buffer, Silero, recogniser, turn-taking, eSpeak in its worker
process, G.711, recording. The far end plays speech rendered beforehand, the agent answers from a list. The peer's
figures are a stock Pipecat 1.14 pipeline at 8 kHz on one core without recogniser and synthesizer (facts/stack.md §2).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from agent.turns import BotTurn, CustomerTurn, Disposition, HangUp, Say
from memory import events
from speech import codecs
from speech.engine import SpeechEngine
from speech.recognition.embedded import EmbeddedRecognizer
from speech.recognition.fake import ScriptedRecognizer
from speech.synthesis.blocking import synthesize_blocking
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import DIALECTS, FRAME_MS, FRAME_SAMPLES, Expectation, Voice
from telephony.carrier import CallProgress, CallState, Codec, MediaPacket
from telephony.media_loop import MediaLoop, Speed
from telephony.recording import RecordingWriter
from telephony.session import CallParts, CallSession

PEER: Mapping[str, str] = {"cpu": "4.5–5.5 % per call, lags from 40 calls", "memory": "11 MB per call"}
QUESTIONS = (
    ("Dạ em đang nói chuyện với anh Nam phải không ạ?", Expectation(("yes_no",))),
    ("Dạ khoản vay của mình đến hạn rồi, anh dự định thanh toán ngày nào ạ?", Expectation(("date",))),
    ("Dạ anh thanh toán được bao nhiêu ạ?", Expectation(("money",))),
    ("Dạ anh còn cần em hỗ trợ gì thêm không ạ?", Expectation(("open",))),
)
ANSWERS = ("đúng rồi em", "chắc là ngày hai mươi em nhé", "khoảng hai triệu rưỡi", "không có gì đâu cảm ơn em")
STAGES = ("end_of_turn_ms", "recognition_ms", "agent_ms", "synthesis_ms", "overhead_ms", "total_ms")


class BenchLeg:
    """Answers each turn of the bot with speech rendered beforehand, and notes when packets come."""

    def __init__(self, number: int, answers: Sequence[Sequence[bytes]]) -> None:
        self.id = f"bench-{number}"
        self.codec: Codec = "pcma"
        self.sent_s: list[float] = []
        self._ring_ms = 200 + 137 * number % 3000  # Not all calls in step.
        self._answers = answers
        self._next = 0
        self._playing: list[bytes] = []
        self._play_at_ms: int | None = None
        self._answered = False
        self._now_ms = 0
        self._sequence = 0
        self._silence = codecs.silence(FRAME_SAMPLES, "pcma")

    def poll(self, now_ms: int) -> tuple[list[CallProgress], list[MediaPacket], list[str]]:
        self._now_ms = now_ms
        progress = []
        if not self._answered:
            if now_ms < self._ring_ms:
                return [], [], []
            self._answered = True
            progress.append(CallProgress(CallState.ANSWERED, now_ms, 200))
        if self._play_at_ms is not None and now_ms >= self._play_at_ms:
            self._play_at_ms = None
            self._playing = list(self._answers[self._next % len(self._answers)])
            self._next += 1
        payload = self._playing.pop(0) if self._playing else self._silence
        self._sequence += 1
        return progress, [MediaPacket(self._sequence, payload)], []

    def send(self, payload: bytes) -> None:
        self.sent_s.append(time.perf_counter())

    def note_speech(self, text: str, *, finished: bool) -> None:
        if finished:
            self._play_at_ms = self._now_ms + 400

    def hang_up(self) -> None: ...

    def transfer(self, queue: str) -> None: ...

    def lateness_ms(self) -> np.ndarray:
        """How much later each packet came than an even 20 ms beat through the earliest one."""
        drift = np.asarray(self.sent_s) * 1000 - np.arange(len(self.sent_s)) * FRAME_MS
        return drift - drift.min()


class BenchTalk:
    """Asks the same questions over and over until its time is up."""

    disposition: Disposition | None = None
    verified = True

    def __init__(self, turns: int, number: int) -> None:
        self._left = turns
        self._turn = number

    async def start(self) -> BotTurn:
        return self._ask()

    async def on_customer(self, turn: CustomerTurn) -> BotTurn:
        return self._ask()

    async def on_silence(self, count: int) -> BotTurn:
        return self._ask()

    async def on_hangup(self) -> None:
        self.disposition = Disposition("PTP")

    def _ask(self) -> BotTurn:
        self._left -= 1
        if self._left < 0:
            bye = "Dạ em cảm ơn anh, em chào anh ạ."
            return BotTurn((Say(bye, bye), HangUp("done")))
        text, expectation = QUESTIONS[self._turn % len(QUESTIONS)]
        self._turn += 1
        return BotTurn((Say(text, text),), expectation)


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _answers(number: int) -> list[list[bytes]]:
    voice = Voice(DIALECTS[number % 3], ("f2", "m3", None, "f5")[number % 4])
    rendered = []
    for text in ANSWERS:
        payload = codecs.encode(synthesize_blocking(text, voice), "pcma")
        payload += codecs.silence(-len(payload) % FRAME_SAMPLES, "pcma")
        rendered.append([payload[i : i + FRAME_SAMPLES] for i in range(0, len(payload), FRAME_SAMPLES)])
    return rendered


class Bench:
    """Shared parts and the calls made with them."""

    def __init__(self, recognizer: Any, speed: Speed, folder: Path) -> None:
        self.engine = SpeechEngine(recognizer)
        self.loop = MediaLoop(self.engine, speed=speed)
        self.synthesizer = CachedSynthesizer(EspeakSynthesizer())
        self.recordings = RecordingWriter(folder)
        self.latencies: list[dict[str, Any]] = []
        self.heard = 0
        self.rss_mb = 0.0

    async def calls(self, count: int, seconds: int) -> list[BenchLeg]:
        """Make ``count`` calls at once of about ``seconds`` each."""
        legs = [BenchLeg(k, await asyncio.to_thread(_answers, k)) for k in range(count)]
        turns = max(seconds // 5, 1)
        sessions = []
        for k, leg in enumerate(legs):
            talk = BenchTalk(turns, k)
            parts = CallParts(self.engine, self.synthesizer, talk, self._emit, recordings=self.recordings)
            sessions.append(CallSession(leg, f"bench_{count}_{k}", parts))
        for session in sessions:
            self.loop.add(session)
        results = [asyncio.ensure_future(session.result()) for session in sessions]
        while not all(result.done() for result in results):
            await asyncio.wait(results, timeout=0.5)
            self.rss_mb = max(self.rss_mb, _rss_mb())
        return legs

    def _emit(self, kind: str, at_ms: int, data: Mapping[str, Any]) -> None:
        if kind == events.BOT_LATENCY:
            self.latencies.append(dict(data))
        elif kind == events.CUSTOMER_SAID:
            self.heard += 1


async def measure(calls: int, seconds: int, speed: Speed, recognizer: Any) -> dict[str, Any]:
    """Run the load; all figures in one flat mapping."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(recognizer, speed, Path(folder))
        running = asyncio.create_task(bench.loop.run())
        await bench.calls(2, 10)  # Warm up: voices, caches, allocator.
        bench.latencies.clear()
        bench.heard = 0
        bench.rss_mb = before_mb = _rss_mb()
        times, ticks = bench.engine.times, bench.loop.stats.call_ticks
        vad_s, recognition_s = times.voice_activity_s, times.recognition_s
        started_s, cpu_s = time.perf_counter(), time.process_time()
        legs = await bench.calls(calls, seconds)
        wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
        bench.loop.stop()
        await running
        await bench.synthesizer.aclose()
        bench.recordings.close()
    late = np.concatenate([leg.lateness_ms() for leg in legs])
    audio_s = (bench.loop.stats.call_ticks - ticks) * FRAME_MS / 1000
    figures: dict[str, Any] = {
        "calls": calls,
        "speed": speed,
        "recognizer": recognizer.capabilities.name,
        "wall_s": wall_s,
        "call_audio_s": audio_s,
        "customer_turns": bench.heard,
        "cpu_percent_of_core": 100 * cpu_s / wall_s,
        "cpu_percent_per_call": 100 * cpu_s / audio_s,
        "voice_activity_percent_per_call": 100 * (times.voice_activity_s - vad_s) / audio_s,
        "recognition_percent_per_call": 100 * (times.recognition_s - recognition_s) / audio_s,
        "times_real_time": audio_s / wall_s,
        "memory_mb_per_call": (bench.rss_mb - before_mb) / calls,
    }
    for name, share in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)):
        figures[f"packet_lateness_ms_{name}"] = float(np.percentile(late, share))
    for stage in STAGES:
        values = [latency[stage] for latency in bench.latencies] or [0.0]
        figures[f"{stage}_p50"], figures[f"{stage}_p95"] = (float(v) for v in np.percentile(values, (50, 95)))
    without_wait = [sum(latency[s] for s in STAGES[1:3]) + latency["overhead_ms"] for latency in bench.latencies]
    figures["answer_ms_p95"] = float(np.percentile(without_wait or [0.0], 95))
    return figures


def show(figures: Mapping[str, Any]) -> None:
    """Print the table."""

    def row(name: str, value: str, mark: str = "", peer: str = "") -> None:
        print(f"{name:<46}{value:>12}  {mark:<12}{peer}")

    f = figures
    print(f"{f['calls']} calls at once, speed {f['speed']}, recogniser {f['recognizer']}, {f['wall_s']:.0f} s")
    row("", "measured", "mark", "stock Pipecat 1.14")
    if f["speed"] == "real":
        late = [f"{f[f'packet_lateness_ms_{p}']:.1f}" for p in ("p50", "p95", "p99", "max")]
        row("packet lateness p50 / p95 / p99 / max, ms", " / ".join(late), "p99 ≤ 60")
    else:
        row("call audio per wall time", f"{f['times_real_time']:.1f} ×")
    row("CPU of one core, main process", f"{f['cpu_percent_of_core']:.0f} %")
    row("CPU per call", f"{f['cpu_percent_per_call']:.2f} %", "", PEER["cpu"])
    row("  of which voice activity", f"{f['voice_activity_percent_per_call']:.2f} %")
    row("  of which recognition", f"{f['recognition_percent_per_call']:.2f} %")
    row("memory growth per call", f"{f['memory_mb_per_call']:.2f} MB", "≤ 3 MB", PEER["memory"])
    row("customer turns heard", str(f["customer_turns"]))
    print("answer, from the customer's last sound to the bot's first packet, ms: p50 / p95")
    for stage in STAGES:
        row(f"  {stage.removesuffix('_ms')}", f"{f[f'{stage}_p50']:.1f} / {f[f'{stage}_p95']:.1f}")
    row("  recognition + agent + overhead, p95", f"{f['answer_ms_p95']:.1f}", "≤ 60")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=30, help="rough length of each call")
    parser.add_argument("--speed", choices=("real", "max"), default="real")
    parser.add_argument("--recognizer", choices=("embedded", "scripted"), default="embedded")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    scripts = [list(ANSWERS) * 10] * (options.calls + 2)
    recognizer = EmbeddedRecognizer() if options.recognizer == "embedded" else ScriptedRecognizer(*scripts)
    figures = asyncio.run(measure(options.calls, options.seconds, options.speed, recognizer))
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

"""Media loop under load: how late packets are, what a call costs, how long an answer takes, stage by stage.

    python -m benchmarks.media --calls 20 --seconds 30

Everything on our side of the line is real: jitter buffer, Silero, recogniser, turn-taking, eSpeak in its worker
process, G.711, recording. The far end plays speech rendered beforehand; the agent asks from a list, with another name,
amount and day each time, so that no sentence comes from the cache. ``--recognizer scripted --cached`` fakes the models:
words from a list, sentences made once. The peer's figures are a stock Pipecat 1.14 pipeline at 8 kHz on one core
without recogniser and synthesizer (facts/stack.md §2).

CPU seconds hold on a busy machine; lateness does not: it is the machine's load at least as much as ours, so the load is
printed beside it. On a quiet one, pin it: taskset -c 0 python -m benchmarks.media --calls 40. ``--speed max`` tells the
lateness that the same work would have on a core of its own, from the CPU time of every tick and of what lies between;
neighbours that share the core's caches make CPU time itself longer, by the slowness printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
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
from speech.text.speak import speak
from speech.types import DIALECTS, FRAME_MS, FRAME_SAMPLES, Expectation, Voice
from speech.voice_activity import SileroVad
from telephony.carrier import CallProgress, CallState, Codec, MediaPacket
from telephony.media_loop import MediaLoop, Speed
from telephony.recording import RecordingWriter
from telephony.session import CallParts, CallSession

PEER: Mapping[str, str] = {"cpu": "4.5–5.5 % per call, lags from 40 calls", "memory": "11 MB per call"}
QUESTIONS = (
    ("Dạ em đang nói chuyện với anh {name} phải không ạ?", Expectation(("yes_no",))),
    (
        "Dạ khoản vay {amount} đồng của anh {name} đến hạn rồi, anh dự định thanh toán ngày nào ạ?",
        Expectation(("date",)),
    ),
    ("Dạ ngày {day} anh {name} thanh toán được bao nhiêu ạ?", Expectation(("money",))),
    ("Dạ em ghi nhận {amount} đồng, anh còn cần em hỗ trợ gì thêm không ạ?", Expectation(("open",))),
)
FAMILIES, GIVEN = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Vũ", "Đặng"), ("Nam", "Hùng", "Sơn", "Tú", "Quang", "Bình")
ANSWERS = ("đúng rồi em", "chắc là ngày hai mươi em nhé", "khoảng hai triệu rưỡi", "không có gì đâu cảm ơn em")
STAGES = ("end_of_turn_ms", "recognition_ms", "agent_ms", "synthesis_ms", "overhead_ms", "total_ms")


class BenchLeg:
    """Answers each turn of the bot with speech rendered beforehand, and notes when packets come."""

    latest_cpu_s = 0.0
    """CPU time of the thread when the latest packet of any leg came."""

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
        BenchLeg.latest_cpu_s = time.thread_time()

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

    def __init__(self, turns: int, number: int, *, cached: bool) -> None:
        self._left = turns
        self._turn = number
        self._cached = cached
        self._random = Random(number)

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
        text = text.format(**self._values())
        return BotTurn((Say(text, speak(text)),), expectation)

    def _values(self) -> dict[str, str]:
        if self._cached:
            return {"name": "Nam", "amount": "2.500.000", "day": "15/12"}
        draw = self._random
        return {
            "name": f"{draw.choice(FAMILIES)} {draw.choice(FAMILIES)} {draw.choice(GIVEN)}",
            "amount": f"{draw.randrange(1_000, 90_000):,}.000".replace(",", "."),
            "day": f"{draw.randrange(1, 29)}/{draw.randrange(1, 13)}",
        }


def _rss_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def _family_cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds of these processes and of all that they started, ended ones too."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
        ticks += round(_family_cpu_s([int(child) for child in children]) * os.sysconf("SC_CLK_TCK"))
    return ticks / os.sysconf("SC_CLK_TCK")


def slowness() -> float:
    """How much longer a fixed piece of work takes on average than at its fastest: what neighbours cost."""
    activity = SileroVad()
    rows = [activity.open() for _ in range(25)]
    windows = np.random.default_rng(0).integers(-3000, 3000, (25, 256)).astype(np.int16)
    costs = []
    for _ in range(300):
        begun_s = time.thread_time()
        activity.step(rows, windows)
        costs.append(time.thread_time() - begun_s)
    return float(np.mean(costs) / np.min(costs))


def first_partial_ms(recognizer: Any) -> list[float]:
    """From the first sound of an utterance to the first word of it that can be read, in ms of audio."""
    engine = SpeechEngine(recognizer)
    waits = []
    for number in range(9):
        voice = Voice(DIALECTS[number % 3], ("f2", "m3", None)[number // 3])
        pcm = synthesize_blocking(ANSWERS[number % len(ANSWERS)], voice)
        begins = int(np.flatnonzero(np.abs(pcm) > 300)[0])
        audio = np.concatenate((np.zeros(4000, np.int16), pcm[begins:], np.zeros(1600, np.int16)))
        stream = engine.open("partial")
        for at in range(0, len(audio), FRAME_SAMPLES):
            stream.push(audio[at : at + FRAME_SAMPLES])
            engine.tick()
            if stream.partial().text:
                waits.append((at + FRAME_SAMPLES - 4000) / 8)
                break
        stream.close()
    return waits


def _answers(number: int) -> list[list[bytes]]:
    voice = Voice(DIALECTS[number % 3], ("f2", "m3", None, "f5")[number % 4])
    rendered = []
    for text in ANSWERS:
        payload = codecs.encode(synthesize_blocking(text, voice), "pcma")
        payload += codecs.silence(-len(payload) % FRAME_SAMPLES, "pcma")
        rendered.append([payload[i : i + FRAME_SAMPLES] for i in range(0, len(payload), FRAME_SAMPLES)])
    return rendered


class CountingLoop(MediaLoop):
    """Notes the CPU time, in ms, of what ran before each tick (agents, synthesis coming in), of the tick until its last
    packet was out, and of what came after that."""

    def __init__(self, engine: SpeechEngine, *, speed: Speed) -> None:
        super().__init__(engine, speed=speed)
        self.costs_ms: list[tuple[float, float, float]] = []
        self._ended_s = time.thread_time()

    def _tick(self, started: float) -> list[CallSession]:
        begun_s, before_s = time.thread_time(), self._ended_s
        ended = super()._tick(started)
        self._ended_s = time.thread_time()
        sent_s = max(BenchLeg.latest_cpu_s, begun_s)
        costs_s = (begun_s - before_s, sent_s - begun_s, self._ended_s - sent_s)
        self.costs_ms.append(tuple(cost_s * 1000 for cost_s in costs_s))  # type: ignore[arg-type]
        return ended

    def lateness_on_a_free_core(self) -> np.ndarray:
        """How late the last packet of each tick leaves, in ms, if ticks are due every 20 ms and nobody else runs."""
        late, free_ms = [], 0.0
        for number, (between_ms, sending_ms, rest_ms) in enumerate(self.costs_ms):
            due_ms = number * FRAME_MS
            free_ms = max(free_ms + between_ms, due_ms) + sending_ms
            late.append(free_ms - due_ms)
            free_ms += rest_ms
        return np.asarray(late)


class Bench:
    """Shared parts and the calls made with them."""

    def __init__(self, recognizer: Any, speed: Speed, folder: Path, *, cached: bool) -> None:
        self.engine = SpeechEngine(recognizer)
        self.loop = CountingLoop(self.engine, speed=speed)
        self.espeak = EspeakSynthesizer()
        self.synthesizer = CachedSynthesizer(self.espeak)
        self.cached = cached
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
            talk = BenchTalk(turns, k, cached=self.cached)
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


async def measure(calls: int, seconds: int, speed: Speed, recognizer: Any, *, cached: bool = False) -> dict[str, Any]:
    """Run the load; all figures in one flat mapping."""
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(recognizer, speed, Path(folder), cached=cached)
        running = asyncio.create_task(bench.loop.run())
        await bench.calls(2, 10)  # Warm up: voices, caches, allocator.
        bench.latencies.clear()
        bench.loop.costs_ms.clear()
        bench.heard = 0
        bench.rss_mb = before_mb = _rss_mb()
        times, ticks = bench.engine.times, bench.loop.stats.call_ticks
        vad_s, recognition_s = times.voice_activity_s, times.recognition_s
        made, voices_s = bench.synthesizer.misses, _family_cpu_s(bench.espeak.worker_pids)
        started_s, cpu_s = time.perf_counter(), time.process_time()
        legs = await bench.calls(calls, seconds)
        wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
        voices_s = _family_cpu_s(bench.espeak.worker_pids) - voices_s
        made = bench.synthesizer.misses - made
        bench.loop.stop()
        await running
        await bench.synthesizer.aclose()
        bench.recordings.close()
    free = bench.loop.lateness_on_a_free_core()
    late = np.concatenate([leg.lateness_ms() for leg in legs]) if speed == "real" else free
    audio_s = (bench.loop.stats.call_ticks - ticks) * FRAME_MS / 1000
    figures: dict[str, Any] = {
        "calls": calls,
        "speed": speed,
        "recognizer": recognizer.capabilities.name,
        "wall_s": wall_s,
        "call_audio_s": audio_s,
        "customer_turns": bench.heard,
        "sentences_made": made,
        "load": os.getloadavg()[0],
        "slowness": slowness(),
        "cpu_percent_per_call": 100 * cpu_s / audio_s,
        "synthesis_process_percent_per_call": 100 * voices_s / audio_s,
        "cpu_percent_of_core": 100 * (cpu_s + voices_s) / audio_s * calls,
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
    late = " / ".join(f"{f[f'packet_lateness_ms_{p}']:.1f}" for p in ("p50", "p95", "p99", "max"))
    row(f"packet lateness{'' if f['speed'] == 'real' else ', own core'}, p50/p95/p99/max", late, "p99 ≤ 10 ms")
    row("the machine's load; its slowness just after", f"{f['load']:.1f}; {f['slowness']:.1f} ×")
    row("call audio per wall time", f"{f['times_real_time']:.1f} ×")
    row("CPU of all calls, of one core", f"{f['cpu_percent_of_core']:.0f} %", "≤ 100 %")
    row("CPU per call, main process", f"{f['cpu_percent_per_call']:.2f} %", "", PEER["cpu"])
    row("  of which voice activity", f"{f['voice_activity_percent_per_call']:.2f} %")
    row("  of which recognition", f"{f['recognition_percent_per_call']:.2f} %")
    row("CPU per call, synthesis processes", f"{f['synthesis_process_percent_per_call']:.2f} %")
    row("memory growth per call", f"{f['memory_mb_per_call']:.2f} MB", "≤ 2 MB", PEER["memory"])
    row("customer turns heard", str(f["customer_turns"]))
    row("sentences made anew", str(f["sentences_made"]))
    row("first partial after the first sound, p50 / p95, ms", f["first_partial_ms"])
    print("answer, from the customer's last sound to the bot's first packet, ms: p50 / p95")
    for stage in STAGES:
        row(f"  {stage.removesuffix('_ms')}", f"{f[f'{stage}_p50']:.1f} / {f[f'{stage}_p95']:.1f}")
    row("  recognition + agent + overhead, p95", f"{f['answer_ms_p95']:.1f}", "≤ 60")
    print("synthesis is the time to the first sound; voice activity and recognition above are wall time")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=30, help="rough length of each call")
    parser.add_argument("--speed", choices=("real", "max"), default="real")
    parser.add_argument("--recognizer", choices=("embedded", "scripted"), default="embedded")
    parser.add_argument("--cached", action="store_true", help="the same sentences over and over: synthesis faked")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    scripts = [list(ANSWERS) * 10] * (options.calls + 2)
    recognizer = EmbeddedRecognizer() if options.recognizer == "embedded" else ScriptedRecognizer(*scripts)
    waits = first_partial_ms(recognizer) if options.recognizer == "embedded" else []
    figures = asyncio.run(measure(options.calls, options.seconds, options.speed, recognizer, cached=options.cached))
    figures["first_partial_ms"] = " / ".join(f"{v:.0f}" for v in np.percentile(waits, (50, 95))) if waits else "–"
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()

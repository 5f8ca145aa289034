"""What keeping prompts saves: how much of the bot's speech must be made anew, and how soon its first sound is there.

    python -m benchmarks.splicing

Every template of the shipped flows is said to two customers, once made whole (what is the same for both comes from
memory the second time) and once put together of prompts on disk and the customer's values (speech/synthesis/splice.py).
The engine is eSpeak NG, whose sound lengths stand for any engine's; what a slower engine would take follows from its
real-time factor (facts/stack.md §5: VITS 0.057 small and 0.40 full size on one core, a phrase at a time). CPU seconds
are of this process and eSpeak's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from agent.flows.load import shipped_flows
from agent.pronouns import Pronouns
from agent.turns import Say
from agent.wording import Place, render
from benchmarks.media import _family_cpu_s
from core.clock import SystemClock
from speech.synthesis.base import AudioChunk, Synthesizer
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.disk import DiskPhrases
from speech.synthesis.espeak import EspeakSynthesizer
from speech.synthesis.speaker import Speaker
from speech.types import SAMPLE_RATE_HZ, Voice

CUSTOMERS = (
    {"name": "Nguyễn Văn Hùng", "company": "Tài chính Sao Mai", "amount_due": 2_500_000, "contract_last4": "4321"},
    {"name": "Trần Thị Lan", "company": "Tài chính Sao Mai", "amount_due": 870_000, "contract_last4": "8810"},
)
REAL_TIME_FACTORS = {"small VITS": 0.057, "full VITS": 0.40}


class Counting:
    """An engine that tells how much it was asked to make, and how much of that before the first sound."""

    def __init__(self, inner: EspeakSynthesizer) -> None:
        self.capabilities = inner.capabilities
        self.inner = inner
        self.samples = self.requests = 0

    async def synthesize(self, text: str, voice: Voice):  # type: ignore[no-untyped-def]
        self.requests += 1
        async for chunk in self.inner.synthesize(text, voice):
            self.samples += len(chunk.pcm)
            yield chunk

    async def start(self) -> None:
        await self.inner.start()

    async def aclose(self) -> None: ...


def sentences(customer: dict[str, object]) -> list[Say]:
    """Everything the shipped flows can say to one customer."""
    said = []
    for flow in shipped_flows().values():
        slots = dict.fromkeys(flow.slots, "ngày mai")
        for name in flow.wording:
            said.append(render(flow, name, {**slots, **customer}, Pronouns("anh", "em"), Place(), "bench"))
    return [say for say in said if any(c.isalnum() for c in say.spoken)]


async def speak(speaker: Speaker, says: Sequence[Say], engine: Counting) -> tuple[float, list[int], float]:
    """Seconds of speech; samples that the engine made before each first sound; wall ms to it, median."""
    total, before, waits = 0, [], []
    for say in says:
        voice, made, asked_s, first = speaker.for_call(), engine.samples, time.perf_counter(), True
        chunk: AudioChunk
        async for chunk in voice.say(say.spoken, Voice(), say.fixed):
            if first and len(chunk.pcm):
                waits.append((time.perf_counter() - asked_s) * 1000)
                before.append(engine.samples - made)
                first = False
            total += len(chunk.pcm)
    return total / SAMPLE_RATE_HZ, before, sorted(waits)[len(waits) // 2]


async def measure(spliced: bool, folder: Path) -> dict[str, float]:
    """One way of speaking to both customers; the first one's calls fill the cache."""
    espeak = EspeakSynthesizer()
    engine = Counting(espeak)
    disk = DiskPhrases(folder, "bench") if spliced else None
    inner: Synthesizer = engine
    speaker = Speaker((CachedSynthesizer(inner, seconds=4000.0, disk=disk),), SystemClock())
    await espeak.start()
    first, second = (sentences(dict(customer)) for customer in CUSTOMERS)
    await speak(speaker, first, engine)
    engine.samples = engine.requests = 0
    voices_s, cpu_s = _family_cpu_s(espeak.worker_pids), time.process_time()
    seconds, before, wait_ms = await speak(speaker, second, engine)
    cpu_s = time.process_time() - cpu_s + _family_cpu_s(espeak.worker_pids) - voices_s
    await espeak.aclose()
    return {
        "sentences": len(second),
        "speech_s": seconds,
        "made_s": engine.samples / SAMPLE_RATE_HZ,
        "requests": engine.requests,
        "at_once": sum(not samples for samples in before) / len(before),
        "cpu_ms": cpu_s * 1000 / len(second),
        "wait_ms": wait_ms,
    }


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        whole = asyncio.run(measure(False, Path(folder)))
        spliced = asyncio.run(measure(True, Path(folder)))
    print(f"{whole['sentences']:.0f} sentences of the shipped flows, {whole['speech_s']:.0f} s of speech")
    print(f"{'':<52}{'made whole':>12}{'spliced':>12}")
    rows = (
        ("speech the engine had to make, s", "made_s", ".0f"), ("requests to the engine", "requests", ".0f"),
        ("sentences whose first sound needed no engine", "at_once", ".0%"),
        ("CPU per sentence with eSpeak NG, ms", "cpu_ms", ".1f"),
        ("first sound with eSpeak NG, median, ms (wall)", "wait_ms", ".1f"),
    )  # fmt: skip
    for name, key, form in rows:
        print(f"{name:<52}{whole[key]:>12{form}}{spliced[key]:>12{form}}")
    for name, factor in REAL_TIME_FACTORS.items():
        a, b = (case["made_s"] * factor / case["sentences"] * 1000 for case in (whole, spliced))
        print(f"{f'CPU per sentence with a {name} at {factor}, ms, reckoned':<52}{a:>12.0f}{b:>12.0f}")


if __name__ == "__main__":
    main()

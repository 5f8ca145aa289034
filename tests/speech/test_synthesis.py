"""eSpeak NG in its worker process: real audio, real crashes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from core.errors import ConfigurationError
from speech.synthesis.base import AudioChunk, WordMark
from speech.synthesis.blocking import render_blocking, synthesize_blocking
from speech.synthesis.cache import CachedSynthesizer
from speech.synthesis.espeak import EspeakSynthesizer
from speech.synthesis.framing import HEADER, Kind, frame, pack_audio, unpack_audio
from speech.types import DIALECTS, Voice

TEXT = "Dạ em chào anh Nam, em là trợ lý ảo của công ty ạ."


@pytest.fixture
async def espeak() -> AsyncIterator[EspeakSynthesizer]:
    synthesizer = EspeakSynthesizer()
    await synthesizer.start()
    yield synthesizer
    await synthesizer.aclose()


async def _collect(chunks: AsyncIterator[AudioChunk]) -> tuple[np.ndarray, list[WordMark]]:
    parts = [chunk async for chunk in chunks]
    return np.concatenate([part.pcm for part in parts]), [mark for part in parts for mark in part.marks]


def test_frames_round_trip() -> None:
    marks = (WordMark(0, 0, 2), WordMark(8000, 3, 7))
    chunk = unpack_audio(pack_audio(np.array([1, -2, 3], np.int16), marks))
    assert chunk.marks == marks
    assert chunk.pcm.tolist() == [1, -2, 3]
    assert HEADER.unpack(frame(Kind.DONE, 7, b"ab")[: HEADER.size]) == (2, Kind.DONE, 7)


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_speaks_every_dialect_at_the_same_loudness(espeak: EspeakSynthesizer, dialect: str) -> None:
    for variant in (None, "f2", "m3"):
        pcm, marks = await _collect(espeak.synthesize(TEXT, Voice(dialect=dialect, variant=variant)))  # type: ignore[arg-type]
        assert [TEXT[mark.start : mark.end] for mark in marks] == [word.strip(",.") for word in TEXT.split()]
        assert 2.0 < len(pcm) / 8000 < 5.0
        active = pcm[np.abs(pcm) > 300].astype(float) / 32768
        assert abs(20 * np.log10(np.sqrt((active**2).mean())) + 20) < 2.0
        assert np.abs(pcm).max() < 32767


async def test_marks_lie_where_words_begin(espeak: EspeakSynthesizer) -> None:
    position = 0
    async for chunk in espeak.synthesize(TEXT, Voice()):
        for mark in chunk.marks:
            assert position <= mark.at_sample < position + len(chunk.pcm)
        position += len(chunk.pcm)


async def test_rate_and_pitch(espeak: EspeakSynthesizer) -> None:
    normal, _ = await _collect(espeak.synthesize(TEXT, Voice()))
    fast, _ = await _collect(espeak.synthesize(TEXT, Voice(rate=1.3)))
    low, _ = await _collect(espeak.synthesize(TEXT, Voice(pitch=0.5)))
    assert len(fast) < 0.85 * len(normal)
    assert not np.array_equal(low[:4000], normal[:4000])


async def test_first_audio_comes_before_the_rest(espeak: EspeakSynthesizer) -> None:
    await _collect(espeak.synthesize("dạ", Voice()))  # The voice's loudness is measured on first use.
    started = time.perf_counter()
    async with contextlib.aclosing(espeak.synthesize(TEXT * 5, Voice())) as chunks:  # type: ignore[type-var]
        first = await anext(chunks)
        assert 0 < len(first.pcm) < 8000
    assert time.perf_counter() - started < 0.5


async def test_closing_stops_at_once_and_the_next_request_is_served(espeak: EspeakSynthesizer) -> None:
    chunks = espeak.synthesize(TEXT * 200, Voice())
    await anext(chunks)
    await chunks.aclose()  # type: ignore[attr-defined]
    pcm, _ = await _collect(espeak.synthesize("dạ", Voice()))
    assert len(pcm) < 16000


async def test_unknown_and_crashing_voices_are_refused(espeak: EspeakSynthesizer) -> None:
    with pytest.raises(ConfigurationError, match="nobody"):
        await _collect(espeak.synthesize("dạ", Voice(variant="nobody")))
    with pytest.raises(ConfigurationError, match="rob"):
        await _collect(espeak.synthesize("dạ", Voice(variant="rob")))


async def test_a_crash_in_the_middle_is_not_heard(espeak: EspeakSynthesizer) -> None:
    expected, marks = await _collect(espeak.synthesize(TEXT * 20, Voice()))
    parts, heard = [], []
    async for chunk in espeak.synthesize(TEXT * 20, Voice()):
        parts.append(chunk.pcm)
        heard.extend(chunk.marks)
        if len(parts) == 1:
            os.kill(espeak.worker_pids[0], signal.SIGKILL)
    assert np.array_equal(np.concatenate(parts), expected)
    assert heard == marks


async def test_many_requests_at_once_are_served_in_turn(espeak: EspeakSynthesizer) -> None:
    order: list[int] = []

    async def speak(number: int, text: str) -> None:
        pcm, _ = await _collect(espeak.synthesize(text, Voice()))
        assert len(pcm) > 1000
        order.append(number)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(speak(-1, TEXT * 100))
        for number in range(12):
            tasks.create_task(speak(number, f"số {number}"))
    assert order.index(-1) > 5  # A long text does not hold up the short ones.
    assert [number for number in order if number >= 0] == list(range(12))


async def test_the_same_text_gives_the_same_samples_whatever_was_said_before(espeak: EspeakSynthesizer) -> None:
    voices = [Voice(dialect, variant) for dialect in DIALECTS for variant in (None, "f2", "m3", "Andy")]
    first = [await _collect(espeak.synthesize(TEXT, voice)) for voice in voices]
    # After about 130 changes of voice in one process eSpeak NG 1.52 begins to cut texts short.
    for _ in range(12):
        await asyncio.gather(*(_collect(espeak.synthesize("dạ", voice)) for voice in voices))
    for voice, (pcm, marks) in zip(voices, first, strict=True):
        again, marks_again = await _collect(espeak.synthesize(TEXT, voice))
        assert np.array_equal(again, pcm)
        assert marks_again == marks


async def test_a_worker_that_does_not_start_is_told_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.synthesis.espeak.COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(ConfigurationError, match="espeakng-loader"):
        await EspeakSynthesizer().start()


_OWNER = """
import asyncio, sys
from speech.synthesis.espeak import EspeakSynthesizer
from speech.types import DIALECTS, Voice

async def main():
    espeak = EspeakSynthesizer()
    for dialect in DIALECTS:
        async for _ in espeak.synthesize("dạ", Voice(dialect)):
            pass
    print(espeak.worker_pids[0], flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="looks for processes in /proc")
def test_nothing_outlives_an_owner_that_was_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    router = int(owner.stdout.readline())
    with open(f"/proc/{router}/task/{router}/children") as children:
        servers = [int(pid) for pid in children.read().split()]
    assert len(servers) == 3
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in (router, *servers)):
        assert time.monotonic() < deadline, "a worker outlived its owner"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_the_worker_ends_with_its_owner() -> None:
    synthesizer = EspeakSynthesizer(workers=2)
    await synthesizer.start()
    pids = synthesizer.worker_pids
    assert len(set(pids)) == 2
    await synthesizer.aclose()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_voices_yield_the_core_to_calls(espeak: EspeakSynthesizer) -> None:
    await espeak.start()
    (pid,) = espeak.worker_pids
    assert os.getpriority(os.PRIO_PROCESS, pid) >= 10
    assert os.getpgid(pid) != os.getpgid(0)  # Ctrl-C in the terminal is not for it …
    assert os.getsid(pid) == os.getsid(0)  # … but niceness counts within one session only where Linux groups by session


async def test_cache_gives_the_same_audio_and_forgets_the_oldest(espeak: EspeakSynthesizer) -> None:
    cached = CachedSynthesizer(espeak, seconds=1.2)
    first, marks = await _collect(cached.synthesize("một hai ba", Voice()))
    again, marks_again = await _collect(cached.synthesize("một hai ba", Voice()))
    assert np.array_equal(first, again)
    assert marks == marks_again
    assert (cached.hits, cached.misses) == (1, 1)
    await _collect(cached.synthesize("bốn năm sáu bảy", Voice()))
    await _collect(cached.synthesize("một hai ba", Voice()))
    assert cached.misses == 3


def test_blocking_helper_matches_the_streamed_audio() -> None:
    rendered = render_blocking("một hai ba", Voice("south", "f2"))
    assert len(rendered.marks) == 3
    assert np.array_equal(rendered.pcm, synthesize_blocking("một hai ba", Voice("south", "f2")))


async def test_two_workers_give_the_same_samples(espeak: EspeakSynthesizer) -> None:
    for variant in (None, "f2", "f5", "Andy"):
        pcm, _ = await _collect(espeak.synthesize(TEXT, Voice("south", variant)))
        assert np.array_equal(pcm, synthesize_blocking(TEXT, Voice("south", variant)))

"""Turns a customer's words into sound in the background: legs ask when they decide, and play when it is there."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from speech.synthesis.base import Synthesizer
from speech.types import Voice
from telephony.simulator.sounds import is_sound, sound

Pcm = NDArray[np.int16]
_KEEP = 64
"""Announcements and short answers come again and again."""


class Renderer:
    """Shared by all legs of a carrier. Use within one event loop."""

    def __init__(self, synthesizer: Synthesizer) -> None:
        self._synthesizer = synthesizer
        self._tasks: set[asyncio.Task[Pcm]] = set()
        self._cache: OrderedDict[tuple[str, Voice], Pcm] = OrderedDict()

    def start(self, text: str, voice: Voice) -> asyncio.Task[Pcm]:
        """Begin to render ``text``; the task gives int16 PCM at 8 kHz."""
        task = asyncio.get_running_loop().create_task(self._render(text, voice), name="simulated-customer-voice")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _render(self, text: str, voice: Voice) -> Pcm:
        key = (text, voice)
        if key in self._cache:
            self._cache.move_to_end(key)
            return self._cache[key]
        if is_sound(text):
            pcm = sound(text)
        else:
            parts = [chunk.pcm async for chunk in self._synthesizer.synthesize(text, voice)]
            pcm = np.concatenate(parts) if parts else np.zeros(0, np.int16)
        self._cache[key] = pcm
        while len(self._cache) > _KEEP:
            self._cache.popitem(last=False)
        return pcm

    async def aclose(self) -> None:
        """Stop whatever is being rendered."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

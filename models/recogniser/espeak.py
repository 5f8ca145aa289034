"""eSpeak NG through ctypes, for making training audio. Run it in a child process: some voices crash the library."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

RATE, PITCH, RANGE = 1, 3, 4
_WORD, _END = 1, 5


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True, slots=True)
class Spoken:
    """``audio`` int16 at 22,050 Hz and the sample at which each word (= syllable) starts."""

    audio: NDArray[np.int16]
    starts: NDArray[np.int64]


class Espeak:
    """The process-wide engine (the library is a singleton)."""

    def __init__(self) -> None:
        self._lib = ctypes.cdll.LoadLibrary(espeakng_loader.get_library_path())
        self.sample_rate = self._lib.espeak_Initialize(2, 200, espeakng_loader.get_data_path().encode(), 0)
        self._chunks: list[NDArray[np.int16]] = []
        self._starts: list[int] = []
        self._callback: Callable[..., int] = _Callback(self._collect)
        self._lib.espeak_SetSynthCallback(self._callback)

    def _collect(self, wav: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]) -> int:
        if count > 0:
            self._chunks.append(np.ctypeslib.as_array(wav, (count,)).copy())
        k = 0
        while events[k].type:
            if events[k].type == _WORD:
                self._starts.append(events[k].sample)
            k += 1
        return 0

    def speak(self, text: str, voice: str, rate: int = 175, pitch: int = 50, pitch_range: int = 50) -> Spoken:
        """``voice`` may carry a variant: "vi+f2". ``rate`` words a minute, ``pitch`` and ``pitch_range`` 0 … 99."""
        self._chunks, self._starts = [], []
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"eSpeak NG has no voice {voice}")
        for parameter, value in ((RATE, rate), (PITCH, pitch), (RANGE, pitch_range)):
            self._lib.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        self._lib.espeak_Synchronize()
        audio = np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
        return Spoken(audio, np.array(self._starts, np.int64))

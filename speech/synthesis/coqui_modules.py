"""Stand-ins for torchaudio and torchcodec, for the Coqui worker process only.

``import TTS`` refuses to run without both, yet synthesis needs of them only a file reader and a resampler; torchaudio
of PyPI does not even load beside a CPU torch. Nothing outside the worker may see the stand-ins: transformers would take
them for real.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
import types
from typing import Any

import numpy as np
import soundfile
import soxr


def install() -> None:
    """Put the stand-ins where the real packages are missing."""
    for name in ("torchaudio", "torchcodec"):
        if importlib.util.find_spec(name) is None:
            _MAKERS[name]()


def _module(name: str, **names: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package="." not in name)
    module.__dict__.update(names)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


def _torchaudio() -> None:
    module = _module("torchaudio", load=_load, __version__="0", __path__=[])
    assert module.__spec__ is not None
    _module("torchaudio.functional", resample=_resample)
    _module("torchaudio.transforms", Resample=_Absent, MelSpectrogram=_Absent, Vad=_Absent)


def _torchcodec() -> None:
    _module("torchcodec", __version__="0", __path__=[])


def _load(path: Any, *_: Any, **__: Any) -> tuple[Any, int]:
    """As ``torchaudio.load``: (channels, samples) and the rate."""
    import torch

    audio, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    return torch.from_numpy(np.ascontiguousarray(audio.T)), rate_hz


def _resample(audio: Any, orig_freq: float, new_freq: float, *_: Any, **__: Any) -> Any:
    """As ``torchaudio.functional.resample`` over the last dimension."""
    import torch

    samples = audio.detach().cpu().numpy()
    flat = samples.reshape(-1, samples.shape[-1])
    out = np.stack([soxr.resample(row, orig_freq, new_freq) for row in flat])
    return torch.from_numpy(out.reshape(*samples.shape[:-1], -1).astype(np.float32))


class _Absent:
    """Something that only training needs."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotImplementedError("this needs the real torchaudio")


_MAKERS = {"torchaudio": _torchaudio, "torchcodec": _torchcodec}

"""The worker process around Coqui: ``python -m speech.synthesis.coqui_worker``, frames on stdin and stdout.

A process of its own because of torch (memory, threads, import time) and of the stand-ins that ``import TTS`` needs. It
may run under another Python than Alô's. One phrase at a time; a cancelled one is dropped before it is begun, or at its
next chunk (XTTS) or its end (VITS: a phrase is made in one piece).
"""

from __future__ import annotations

import json
import os
import queue
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from speech.synthesis import coqui_modules
from speech.synthesis.framing import RATE, Frames, Kind, frame

_BLOCK: Final = 16_000
"""Samples of a frame at most."""
_VIETNAMESE: Final = "vi"


class Refused(Exception):
    """An order that cannot be carried out; the message is safe to show."""


class Model:
    """One loaded model."""

    def __init__(self, path: Path) -> None:
        """``path`` is a folder with config.json and a checkpoint. Raises Refused."""
        from TTS.utils.synthesizer import Synthesizer

        checkpoint = _checkpoint(path)
        try:
            with tempfile.TemporaryDirectory(prefix="alo-coqui-") as scratch:
                config = Path(scratch) / "config.json"
                settings = _at_home(json.loads((path / "config.json").read_text(encoding="utf-8")), path)
                config.write_text(json.dumps(settings), encoding="utf-8")
                xtts = settings.get("model") == "xtts"
                self._synthesizer = Synthesizer(tts_checkpoint=path if xtts else checkpoint, tts_config_path=config)
        except Exception as error:
            raise Refused(f"the model in {path.name} does not load ({type(error).__name__}: {error})"[:300]) from error
        self.xtts = xtts
        self._model: Any = self._synthesizer.tts_model
        self.rate_hz = int(self._synthesizer.tts_config.audio.get("output_sample_rate" if xtts else "sample_rate"))
        self._conditioning: dict[str, tuple[Any, Any]] = {}
        self._folder = path

    def speak(self, text: str, speaker: str, rate: float) -> Iterator[NDArray[np.float32]]:
        """Audio as it is made. Raises Refused for a voice that does not exist."""
        if self.xtts:
            yield from self._stream(text, speaker, rate)
            return
        names = list(getattr(self._model.speaker_manager, "name_to_id", {}) or {})
        if speaker and speaker not in names:
            raise Refused(f"no speaker {speaker!r}; there are {', '.join(map(str, names[:20])) or 'none to choose'}")
        if hasattr(self._model, "length_scale"):
            self._model.length_scale = 1 / rate
        known = self._model.language_manager.language_names
        language = _VIETNAMESE if _VIETNAMESE in known else None
        from TTS.utils.synthesizer import PAD_SILENCE_SAMPLES

        chosen = speaker or (names[0] if names else None)
        audio = self._synthesizer.tts(text, speaker_name=chosen, language_name=language, split_sentences=False)
        yield np.asarray(audio[:-PAD_SILENCE_SAMPLES], np.float32)

    def _stream(self, text: str, speaker: str, rate: float) -> Iterator[NDArray[np.float32]]:
        if _VIETNAMESE not in self._model.config.languages:
            raise Refused("this XTTS model does not speak Vietnamese")
        if speaker not in self._conditioning:
            self._conditioning[speaker] = self._condition(speaker)
        latent, embedding = self._conditioning[speaker]
        for chunk in self._model.inference_stream(text, _VIETNAMESE, latent, embedding, speed=rate):
            yield chunk.detach().cpu().numpy().astype(np.float32)

    def _condition(self, speaker: str) -> tuple[Any, Any]:
        """Who speaks: a recording in the model's folder, or one of its own speakers."""
        own = getattr(self._model.speaker_manager, "speakers", None) or {}
        if speaker in own or (not speaker and own):
            known = own[speaker or next(iter(own))]
            return known["gpt_cond_latent"], known["speaker_embedding"]
        recording = self._folder / speaker
        if not speaker or not recording.is_file():
            raise Refused(f"no speaker {speaker!r}: name a speaker of the model, or a recording in its folder")
        latent, embedding = self._model.get_conditioning_latents(audio_path=[str(recording)])
        return latent, embedding


def _at_home(settings: Any, path: Path) -> Any:
    """Settings whose files are those in the model's folder: training wrote down where they lay on its own machine."""
    if isinstance(settings, dict):
        return {key: _at_home(value, path) for key, value in settings.items()}
    if isinstance(settings, list):
        return [_at_home(value, path) for value in settings]
    if isinstance(settings, str) and settings.endswith((".pth", ".json")):
        beside = path / settings.replace("\\", "/").rpartition("/")[2]
        return str(beside) if beside.is_file() else settings
    return settings


def _checkpoint(path: Path) -> Path:
    """The checkpoint of a model folder. Raises Refused if it is not one."""
    if not (path / "config.json").is_file():
        raise Refused(f"{path.name} is no Coqui model: config.json is missing")
    for name in ("model.pth", "model_file.pth", "best_model.pth"):
        if (path / name).is_file():
            return path / name
    others = sorted(path.glob("*.pth"))
    others = [p for p in others if not p.name.startswith("speakers")]
    if not others:
        raise Refused(f"{path.name} is no Coqui model: there is no .pth checkpoint")
    return others[-1]


class Server:
    """Serves orders one after the other."""

    def __init__(self, source: int, sink: int) -> None:
        """``source`` and ``sink`` are file descriptors."""
        self._source, self._sink = source, sink
        self._orders: queue.Queue[tuple[int, bytes] | None] = queue.Queue()
        self._cancelled: set[int] = set()
        self._models: dict[str, Model] = {}

    def run(self) -> None:
        """Serve until ``source`` closes."""
        threading.Thread(target=self._read, name="orders", daemon=True).start()
        self._write(frame(Kind.READY, 0))
        while (order := self._orders.get()) is not None:
            self._serve(*order)

    def _read(self) -> None:
        frames = Frames()
        while data := os.read(self._source, 65536):
            for kind, number, payload in frames.feed(data):
                if kind is Kind.SPEAK:
                    self._orders.put((number, payload))
                elif kind is Kind.CANCEL:
                    self._cancelled.add(number)
        os._exit(0)  # The owner is gone: whatever is being made, nobody waits for it.

    def _serve(self, number: int, payload: bytes) -> None:
        try:
            order = json.loads(payload)
            model = self._model(order["model"])
            if not order["text"]:
                self._write(frame(Kind.DONE, number))  # Only to load the model early.
                return
            chunks = model.speak(order["text"], order["speaker"], order["rate"])
            for audio in _Cancellable(chunks, number, self._cancelled):
                for start in range(0, len(audio), _BLOCK):
                    pcm = np.clip(np.nan_to_num(audio[start : start + _BLOCK]), -1, 1) * 32767
                    payload = RATE.pack(model.rate_hz) + pcm.astype("<i2").tobytes()
                    self._write(frame(Kind.AUDIO, number, payload))
            self._write(frame(Kind.DONE, number))
        except Refused as error:
            self._write(frame(Kind.FAILED, number, str(error).encode()))
        except Exception as error:  # noqa: BLE001 - a model can raise anything; the next phrase may be fine
            self._write(frame(Kind.FAILED, number, f"{type(error).__name__}: {error}"[:300].encode()))
        finally:
            self._cancelled.discard(number)

    def _model(self, folder: str) -> Model:
        if folder not in self._models:
            self._models[folder] = Model(Path(folder))
        return self._models[folder]

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._sink, view) :]


class _Cancellable:
    """Chunks until their request is cancelled; a request cancelled before it begins makes none."""

    def __init__(self, chunks: Iterator[NDArray[np.float32]], number: int, cancelled: set[int]) -> None:
        self._chunks, self._number, self._cancelled = chunks, number, cancelled

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        while self._number not in self._cancelled:
            chunk = next(self._chunks, None)
            if chunk is None or self._number in self._cancelled:
                return
            yield chunk


def main() -> None:
    """Entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner, which then closes our stdin.
    output = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # Frames get a descriptor of their own: what libraries print must not land among them.
    coqui_modules.install()
    import torch

    torch.set_num_threads(int(os.environ.get("ALO_COQUI_THREADS", "1")))
    import TTS  # noqa: F401 - a missing package ends the worker before its greeting

    os.dup2(nowhere, 2)  # TTS prints the sentences that it reads, and they name customers.
    try:
        Server(0, output).run()
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()

"""``alo say``: text read aloud into a file."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.settings import Settings
    from speech.types import Dialect, Voice

SLOWEST, FASTEST = 0.5, 2.0
PROVENANCE = "AI-generated speech (synthetic voice, {engine}); giọng nói do AI tạo ra"
"""Machine-readable mark of the file's origin (Law 134/2025/QH15, article 11.2)."""


def say(
    text: Annotated[str, typer.Argument(help="Lời cần đọc; “-” là đọc từ đầu vào chuẩn.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Tệp WAV sẽ ghi (8 kHz, một kênh).")],
    dialect: Annotated[str, typer.Option("--dialect", help="Phương ngữ: north, central hoặc south.")] = "north",
    rate: Annotated[float, typer.Option("--rate", help=f"Tốc độ đọc, từ {SLOWEST} đến {FASTEST}.")] = 1.0,
    voice: Annotated[str | None, typer.Option("--voice", help="Giọng của bộ đọc; với eSpeak NG: f2, m3 …")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="Bộ đọc: espeak, coqui, piper, openai, fpt.")] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Ghi đè nếu tệp đã có.")] = False,
) -> None:
    """Đọc văn bản thành tiếng vào một tệp WAV; số, tiền, ngày giờ được đọc thành lời."""
    from app.commands.text import dialect_named
    from speech.types import Voice

    region = dialect_named(dialect) or "north"
    if not SLOWEST <= rate <= FASTEST:
        raise InputError(
            f"tốc độ phải từ {SLOWEST} đến {FASTEST}", f"must be from {SLOWEST} to {FASTEST}", where="--rate"
        )
    settings = _settings(engine)
    _check_place(out, force)
    words = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
    pcm, name = asyncio.run(_render(_lines(words, region), Voice(region, voice, rate), settings))
    if not pcm.any():
        raise InputError("không có gì để đọc thành tiếng", "there is nothing in it to read aloud", where="TEXT")
    _write(out, pcm, force, PROVENANCE.format(engine=name))
    typer.echo(f"Đã ghi {out} ({len(pcm) / 8000:.1f} giây)", err=True)


def _settings(engine: str | None) -> Settings:
    """Settings with the engine asked for. Raises InputError."""
    from app.voices import ENGINES
    from core.settings import Settings

    if engine is not None and engine not in ENGINES:
        raise InputError(
            f"không có bộ đọc “{engine}”; hãy chọn {', '.join(ENGINES)}",
            f"no engine “{engine}”; choose {', '.join(ENGINES)}",
            where="--engine",
        )
    settings = Settings()
    return settings.model_copy(update={"synthesizer": engine}) if engine else settings


def _lines(words: str, region: Dialect) -> list[str]:
    """Lines as they are read aloud; what a voice cannot read is left out, its marks are kept."""
    from speech.synthesis.phrasing import outside_marks
    from speech.text.speak import speak

    lines = (outside_marks(line, lambda part: speak(part, region)).strip() for line in words.splitlines())
    return [line for line in lines if line]


async def _render(lines: list[str], voice: Voice, settings: Settings) -> tuple[NDArray[np.int16], str]:
    """Line by line, with a short pause between; and the engine's name."""
    import numpy as np

    from app.voices import open_speaker
    from core.clock import SystemClock
    from speech.synthesis.espeak import EspeakSynthesizer
    from speech.types import SAMPLE_RATE_HZ

    pause = np.zeros(SAMPLE_RATE_HZ * 3 // 10, np.int16)
    parts: list[NDArray[np.int16]] = []
    espeak = EspeakSynthesizer()
    try:
        speaker = open_speaker(settings, espeak, SystemClock(), alone=True)
        try:
            for line in lines:
                parts += [chunk.pcm async for chunk in speaker.synthesize(line, voice)]
                parts.append(pause)
        finally:
            await speaker.aclose()
    finally:
        await espeak.aclose()
    return np.concatenate(parts[:-1]) if len(parts) > 1 else np.zeros(0, np.int16), speaker.capabilities.name


def _check_place(out: Path, force: bool) -> None:
    """Raises InputError before any work is done."""
    if out.suffix.lower() not in (".wav", ".wave"):
        raise InputError("chỉ ghi được tệp .wav", "only .wav files can be written", where=str(out))
    if out.is_dir():
        raise InputError("đây là thư mục, không phải tệp", "this is a folder, not a file", where=str(out))
    if not out.parent.is_dir():
        raise InputError("thư mục này không tồn tại", "this folder does not exist", where=str(out.parent))
    if out.exists() and not force:
        raise _exists(out)


def _exists(out: Path) -> InputError:
    return InputError(
        "tệp đã có; thêm --force để ghi đè", "the file exists; add --force to overwrite it", where=str(out)
    )


def _write(out: Path, pcm: NDArray[np.int16], force: bool, comment: str) -> None:
    """A whole file or none, marked as made by a machine. Raises InputError."""
    import soundfile

    from speech.types import SAMPLE_RATE_HZ

    draft = None
    try:
        descriptor, name = tempfile.mkstemp(suffix=".wav", prefix=".alo-", dir=out.parent)
        os.close(descriptor)
        draft = Path(name)
        with soundfile.SoundFile(draft, "w", SAMPLE_RATE_HZ, 1, "PCM_16", format="WAV") as file:
            file.comment, file.software = comment, "Alô (alo say)"
            file.write(pcm)
        draft.chmod(0o666 & ~_umask())
        if force:
            os.replace(draft, out)
        else:
            os.link(draft, out)  # refuses a file that came to be in the meantime
    except FileExistsError as error:
        raise _exists(out) from error
    except (OSError, soundfile.SoundFileError) as error:
        detail = getattr(error, "strerror", None) or "libsndfile"
        raise InputError(
            f"không ghi được tệp ({detail})", f"the file cannot be written ({detail})", where=str(out)
        ) from error
    finally:
        if draft is not None:
            draft.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

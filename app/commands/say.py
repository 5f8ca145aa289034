"""``alo say``: text read aloud into a file."""

from __future__ import annotations

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

    from speech.types import Voice

SLOWEST, FASTEST = 0.5, 2.0
PROVENANCE = "AI-generated speech (synthetic voice, eSpeak NG); giọng nói do AI tạo ra"
"""Machine-readable mark of the file's origin (Law 134/2025/QH15, article 11.2)."""


def say(
    text: Annotated[str, typer.Argument(help="Lời cần đọc; “-” là đọc từ đầu vào chuẩn.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Tệp WAV sẽ ghi (8 kHz, một kênh).")],
    dialect: Annotated[str, typer.Option("--dialect", help="Phương ngữ: north, central hoặc south.")] = "north",
    rate: Annotated[float, typer.Option("--rate", help=f"Tốc độ đọc, từ {SLOWEST} đến {FASTEST}.")] = 1.0,
    voice: Annotated[str | None, typer.Option("--voice", help="Biến thể giọng của eSpeak NG, ví dụ f2, m3.")] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Ghi đè nếu tệp đã có.")] = False,
) -> None:
    """Đọc văn bản thành tiếng vào một tệp WAV; số, tiền, ngày giờ được đọc thành lời."""
    from app.commands.text import dialect_named
    from speech.text.speak import speak
    from speech.types import Voice

    region = dialect_named(dialect) or "north"
    if not SLOWEST <= rate <= FASTEST:
        raise InputError(
            f"tốc độ phải từ {SLOWEST} đến {FASTEST}", f"must be from {SLOWEST} to {FASTEST}", where="--rate"
        )
    _check_place(out, force)
    words = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
    lines = [line for line in (speak(line, region).strip() for line in words.splitlines()) if line]
    pcm = _render(lines, Voice(region, voice, rate))
    if not pcm.any():
        raise InputError("không có gì để đọc thành tiếng", "there is nothing in it to read aloud", where="TEXT")
    _write(out, pcm, force)
    typer.echo(f"Đã ghi {out} ({len(pcm) / 8000:.1f} giây)", err=True)


def _render(lines: list[str], voice: Voice) -> NDArray[np.int16]:
    """Line by line, with a short pause between."""
    import numpy as np

    from speech.synthesis.blocking import synthesize_blocking
    from speech.types import SAMPLE_RATE_HZ

    pause = np.zeros(SAMPLE_RATE_HZ * 3 // 10, np.int16)
    parts = [part for line in lines for part in (synthesize_blocking(line, voice), pause)]
    return np.concatenate(parts[:-1]) if parts else np.zeros(0, np.int16)


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


def _write(out: Path, pcm: NDArray[np.int16], force: bool) -> None:
    """A whole file or none, marked as made by a machine. Raises InputError."""
    import soundfile

    from speech.types import SAMPLE_RATE_HZ

    draft = None
    try:
        descriptor, name = tempfile.mkstemp(suffix=".wav", prefix=".alo-", dir=out.parent)
        os.close(descriptor)
        draft = Path(name)
        with soundfile.SoundFile(draft, "w", SAMPLE_RATE_HZ, 1, "PCM_16", format="WAV") as file:
            file.comment, file.software = PROVENANCE, "Alô (alo say)"
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

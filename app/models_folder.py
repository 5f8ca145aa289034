"""Fetched models: what is in the models folder, and how a model gets there whole or not at all.

A source is a folder, the address of an archive, the address of a folder of files, or a name of the Hugging Face hub.
Everything is written into a hidden folder beside the target, checked, converted if need be, and renamed at the end.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

import httpx

from core.errors import ConfigurationError, InputError
from speech.recognition.convert import convert_whisper, describe, kind_of

NOTE: Final = "alo-model.json"
ALIASES: Final[Mapping[str, str]] = {
    **{f"phowhisper-{size}": f"vinai/PhoWhisper-{size}" for size in ("tiny", "base", "small", "medium", "large")},
    **{f"whisper-{size}": f"openai/whisper-{size}" for size in ("tiny", "base", "small", "medium", "large-v3")},
}
_FILES: Final = (
    "config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocabulary.json", "vocabulary.txt", "merges.txt",
    "normalizer.json",
)  # fmt: skip
_WEIGHTS: Final = ("model.bin", "model.safetensors", "pytorch_model.bin")
"""The first that is there is taken; shards are named by an index file."""
_INDEXES: Final = ("model.safetensors.index.json", "pytorch_model.bin.index.json")
_ARCHIVES: Final = (".zip", ".tar", ".tar.gz", ".tgz")
_HUB: Final = "https://huggingface.co"
_MOST_BYTES: Final = 20 * 2**30
_CONNECT_S: Final = 15.0
_READ_S: Final = 60.0

Progress = Callable[[str, int, int | None], None]
"""File, bytes done, bytes in all if known."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model in the folder."""

    name: str
    kind: str
    """whisper, ctc, or ? if it cannot be used."""
    bytes: int
    source: str
    sha256: str
    """Of all its files, in order of their names."""


def models_in(folder: Path) -> list[Model]:
    """What has been fetched, by name."""
    found = []
    for place in sorted(folder.iterdir()) if folder.is_dir() else []:
        if place.is_dir() and not place.name.startswith("."):
            note = _note_of(place)
            try:
                kind = kind_of(place)
            except InputError:
                kind = "?"
            size = sum(file.stat().st_size for file in place.iterdir() if file.is_file())
            found.append(Model(place.name, kind, size, str(note.get("source", "")), str(note.get("sha256", ""))))
    return found


def pull(
    source: str,
    models: Path,
    *,
    name: str | None = None,
    sha256: str | None = None,
    force: bool = False,
    progress: Progress = lambda *_: None,
) -> Model:
    """Fetch, check, convert, put in place. Raises InputError, ConfigurationError; then nothing was changed.

    ``sha256``: of the archive, or of all files of a folder as ``Model.sha256`` tells it.
    """
    target = models / _name_for(source, name)
    if target.exists() and not force:
        raise InputError(
            "mô hình này đã có; dùng --force để tải lại", "this model is already there; use --force", where=str(target)
        )
    with _workplace(models, target.name) as work:
        raw = work / "raw"
        raw.mkdir()
        archive_sum = _fetch(source, raw, work, progress)
        raw = _model_root(raw)
        kind = kind_of(raw)
        whole = digest(raw)
        if sha256 is not None and sha256.lower() not in (archive_sum, whole):
            raise InputError(
                f"mã kiểm tra không khớp: cần {sha256[:16]}…, nhận được {(archive_sum or whole)[:16]}…",
                f"the checksum differs: wanted {sha256[:16]}…, got {(archive_sum or whole)[:16]}…",
                where=source,
            )
        ready = raw
        if kind == "transformers-whisper":
            progress("CTranslate2 int8", 0, None)
            ready, kind = work / "ready", "whisper"
            convert_whisper(raw, ready)
        note = {"source": _shown(source), "kind": kind, "sha256": digest(ready), "source_sha256": archive_sum or whole}
        (ready / NOTE).write_text(json.dumps(note, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        _put(ready, target, work)
    return next(model for model in models_in(models) if model.name == target.name)


def digest(folder: Path) -> str:
    """SHA-256 over names and contents of a folder's files, our own note left out."""
    whole = hashlib.sha256()
    for file in sorted(path for path in folder.iterdir() if path.is_file() and path.name != NOTE):
        whole.update(f"{file.name}\n{_file_sum(file)}\n".encode())
    return whole.hexdigest()


def _fetch(source: str, raw: Path, work: Path, progress: Progress) -> str:
    """Files of ``source`` into ``raw``; the checksum of an archive, else ""."""
    if "://" not in source:
        place = Path(source).expanduser()
        if place.is_dir():
            _copy(place, raw, progress)
            return ""
        if place.is_file():
            _unpack(place, raw)
            return _file_sum(place)
        repository = ALIASES.get(source.lower(), source)
        if repository.count("/") != 1 or source.startswith((".", "/", "~")):
            raise InputError(
                f"không có thư mục hay mô hình “{source[:60]}”; tên có sẵn: {', '.join(ALIASES)}; hoặc NGƯỜI/TÊN, URL",
                f"no such folder or model “{source[:60]}”; known names: {', '.join(ALIASES)}; or OWNER/NAME, a URL",
                where="NAME|URL|FOLDER",
            )
        hub = os.environ.get("HF_ENDPOINT", _HUB).rstrip("/")
        source = f"{hub}/{quote(repository)}/resolve/main"
    with httpx.Client(timeout=httpx.Timeout(_READ_S, connect=_CONNECT_S), follow_redirects=True) as client:
        if urlsplit(source).path.endswith(_ARCHIVES):
            archive = work / ("archive" + ("".join(Path(urlsplit(source).path).suffixes[-2:])))
            if not _download(client, source, archive, progress):
                raise _absent(source)
            _unpack(archive, raw)
            return _file_sum(archive)
        _download_folder(client, source.rstrip("/"), raw, progress)
    return ""


def _download_folder(client: httpx.Client, base: str, raw: Path, progress: Progress) -> None:
    if not _download(client, f"{base}/config.json", raw / "config.json", progress):
        raise _absent(f"{base}/config.json")
    describe(raw)
    for name in _FILES[1:]:
        _download(client, f"{base}/{name}", raw / name, progress)
    if any(_download(client, f"{base}/{name}", raw / name, progress) for name in _WEIGHTS):
        return
    for name in _INDEXES:
        if _download(client, f"{base}/{name}", raw / name, progress):
            for shard in _shards(raw / name):
                if not _download(client, f"{base}/{shard}", raw / shard, progress):
                    raise _absent(f"{base}/{shard}")
            return
    raise _absent(f"{base}/{_WEIGHTS[0]}")


def _shards(index: Path) -> list[str]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError("mục lục trọng số bị hỏng", "the index of weights is damaged", where=index.name) from error
    if not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise InputError("mục lục trọng số bị hỏng", "the index of weights is damaged", where=index.name)
    return sorted(names)


def _download(client: httpx.Client, url: str, file: Path, progress: Progress) -> bool:
    """One file; False if the server does not have it. A file cut short is an error."""
    try:
        with client.stream("GET", url) as answer:
            if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
                return False
            answer.raise_for_status()
            length = answer.headers.get("content-length", "")
            plain = "content-encoding" not in answer.headers
            whole = int(length) if length.isdigit() and plain else None
            done = 0
            with file.open("wb") as out:
                for piece in answer.iter_bytes():
                    done += out.write(piece)
                    progress(file.name, done, whole)
                    if done > _MOST_BYTES:
                        raise InputError("tệp quá lớn", "the file is too large", where=url)
            if whole is not None and done != whole:
                raise httpx.ReadError("cut short")
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        raise InputError(
            f"máy chủ từ chối (mã {status})", f"the server refused (status {status})", where=_shown(url)
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ConfigurationError(
            "Không tải được. Hãy kiểm tra mạng và địa chỉ rồi chạy lại; chưa có gì bị thay đổi.",
            f"It cannot be fetched ({type(error).__name__}). Check network and address, then run again; "
            "nothing was changed.",
            where=_shown(url),
        ) from error
    return True


def _copy(place: Path, raw: Path, progress: Progress) -> None:
    kind_of(place)
    for file in sorted(path for path in place.iterdir() if path.is_file() and path.name != NOTE):
        progress(file.name, 0, file.stat().st_size)
        shutil.copyfile(file, raw / file.name)
        progress(file.name, file.stat().st_size, file.stat().st_size)


def _unpack(archive: Path, raw: Path) -> None:
    """Files only, none outside ``raw``."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as packed:
                if sum(entry.file_size for entry in packed.infolist()) > _MOST_BYTES:
                    raise InputError("tệp nén quá lớn", "the archive is too large", where=archive.name)
                packed.extractall(raw)  # drops absolute paths and “..”
            return
        with tarfile.open(archive) as tar:
            if sum(entry.size for entry in tar.getmembers()) > _MOST_BYTES:
                raise InputError("tệp nén quá lớn", "the archive is too large", where=archive.name)
            tar.extractall(raw, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise InputError(
            "không phải tệp nén .zip hay .tar còn nguyên vẹn",
            "this is no intact .zip or .tar archive",
            where=archive.name,
        ) from error


def _model_root(raw: Path) -> Path:
    """Archives often hold one folder."""
    inside = list(raw.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else raw


@contextmanager
def _workplace(models: Path, name: str) -> Iterator[Path]:
    work = models / f".{name}.{os.getpid()}"
    try:
        models.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
    except OSError as error:
        raise ConfigurationError(
            f"Không ghi được vào thư mục mô hình ({error.strerror}).",
            f"The models folder cannot be written ({error.strerror}).",
            where=str(models),
        ) from error
    try:
        yield work
    except OSError as error:
        raise ConfigurationError(
            f"Không ghi được mô hình ({error.strerror}); chưa có gì bị thay đổi.",
            f"The model cannot be written ({error.strerror}); nothing was changed.",
            where=str(models),
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(ready: Path, target: Path, work: Path) -> None:
    old = work / "old"
    if target.exists():
        target.rename(old)
    try:
        ready.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise


def _name_for(source: str, name: str | None) -> str:
    if name is None:
        path = unquote(urlsplit(source).path) if "://" in source else str(Path(source).expanduser())
        last = Path(path.removesuffix("/").removesuffix("/resolve/main")).name.lower()
        for ending in _ARCHIVES:
            last = last.removesuffix(ending)
        name = last
    if not name or name.startswith(".") or Path(name).name != name or any(c in name for c in ',:"\\') or len(name) > 80:
        raise InputError(
            "tên mô hình không hợp lệ; hãy đặt tên bằng --name", "not a valid name of a model; choose one with --name",
            where=name or source,
        )  # fmt: skip
    return name


def _file_sum(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _note_of(place: Path) -> dict[str, Any]:
    try:
        note = json.loads((place / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def _absent(url: str) -> InputError:
    return InputError("không có tệp này trên máy chủ", "the server does not have this file", where=_shown(url))


def _shown(source: str) -> str:
    """Without user, password and query, which may hold a token."""
    if "://" not in source:
        return source
    parts = urlsplit(source)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

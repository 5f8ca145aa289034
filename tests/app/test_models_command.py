"""``alo models``: from folders, archives and a real local server; whole or not at all."""

from __future__ import annotations

import functools
import http.server
import json
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.models_folder import NOTE, digest, models_in, pull
from core.errors import AloError, ConfigurationError, InputError


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; tells a length it does not keep for ``cut.tar``, is out of order for ``broken``."""

    def log_message(self, *args: object) -> None: ...

    def do_GET(self) -> None:
        if self.path.startswith("/broken"):
            self.send_error(503)
        elif self.path == "/cut.tar":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"x" * 10)
        else:
            super().do_GET()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder that holds a converted model's files (made up) as ``owner/small/resolve/main`` and as an archive."""
    model = tmp_path / "site" / "owner" / "small" / "resolve" / "main"
    model.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"suppress_ids": [], "lang_ids": []}))
    (model / "model.bin").write_bytes(bytes(range(256)) * 300)
    (model / "tokenizer.json").write_text("{}")
    with tarfile.open(tmp_path / "site" / "small.tar.gz", "w:gz") as archive:
        archive.add(model, "small")
    return tmp_path / "site"


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def nothing_left(models: Path) -> bool:
    return not models.exists() or list(models.iterdir()) == []


def test_from_a_server_by_name_address_and_archive(
    site: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    models, told = tmp_path / "models", list[tuple[str, int, int | None]]()
    by_name = pull("owner/small", models, progress=lambda *step: told.append(step))
    assert (by_name.name, by_name.kind) == ("small", "whisper")
    assert ("model.bin", 76800, 76800) in told
    source = site / "owner" / "small" / "resolve" / "main"
    assert by_name.sha256 == digest(source)
    by_address = pull(f"{address}/owner/small/resolve/main/", models, name="b", sha256=by_name.sha256)
    archived = pull(f"{address}/small.tar.gz?token=secret", models, name="c")
    folder = pull(str(source), models, name="d")
    assert {m.sha256 for m in (by_address, archived, folder)} == {by_name.sha256}
    assert "secret" not in (models / "c" / NOTE).read_text()
    assert [model.name for model in models_in(models)] == ["b", "c", "d", "small"]


def test_half_a_model_is_never_there(site: Path, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    models = tmp_path / "models"
    with pytest.raises(InputError, match="kiểm tra không khớp"):
        pull("owner/small", models, sha256="0" * 64)
    assert nothing_left(models)
    with pytest.raises(ConfigurationError, match="Không tải được"):
        pull(f"{address}/cut.tar", models)
    (site / "owner" / "small" / "resolve" / "main" / "model.bin").unlink()
    for source in ("owner/small", "owner/none", f"{address}/broken", f"{address}/none.zip", "http://127.0.0.1:9/a"):
        with pytest.raises(AloError) as refused:
            pull(source, models)
        assert refused.value.where
        assert nothing_left(models)


def test_bad_sources_are_told(tmp_path: Path) -> None:
    models, other, text = tmp_path / "models", tmp_path / "other", tmp_path / "a.zip"
    other.mkdir()
    text.write_text("không phải tệp nén")
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text('{"model_type": "bert"}')
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "config.json").write_text("{")
    for source in (str(other), str(text), "nope", str(tmp_path / "bert"), str(tmp_path / "bad"), "../x"):
        with pytest.raises(AloError):
            pull(source, models)
    with pytest.raises(InputError, match="--name"):
        pull(str(tmp_path / "bert"), models, name="../up")
    assert nothing_left(models)


def test_what_is_there_is_kept(site: Path, tmp_path: Path) -> None:
    models, source = tmp_path / "models", site / "owner" / "small" / "resolve" / "main"
    pull(str(source), models, name="a")
    with pytest.raises(InputError, match="--force"):
        pull(str(source), models, name="a")
    (source / "config.json").write_text("{}")
    with pytest.raises(InputError):
        pull(str(source), models, name="a", force=True)
    assert models_in(models)[0].kind == "whisper"


def alo(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_the_command(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALO_MODELS_DIR", str(tmp_path / "models"))
    assert "alo models pull" in alo("models", "list").stdout
    result = alo("models", "pull", site / "owner" / "small" / "resolve" / "main", "--name", "small")
    assert result.exit_code == 0
    assert "ALO_RECOGNIZER=small" in result.stdout
    assert "small" in alo("models", "list").stdout


def test_a_transformers_whisper_is_converted_on_the_way(
    tmp_path: Path, address: str, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("torch", "transformers", "faster_whisper"):
        pytest.importorskip(package, reason="`make models` installs what tests of local models need")
    import numpy as np
    import soundfile

    from speech.synthesis.blocking import synthesize_blocking
    from tests.speech.tiny_whisper import make_whisper

    (site / "tiny").mkdir()
    make_whisper(site / "tiny", "dạ vâng ạ")
    monkeypatch.setenv("ALO_MODELS_DIR", str(tmp_path / "models"))
    result = alo("models", "pull", f"{address}/tiny")
    assert result.exit_code == 0, result.output
    quiet = np.zeros(4000, np.int16)
    soundfile.write(tmp_path / "a.wav", np.concatenate((quiet, synthesize_blocking("xin chào"), quiet)), 8000)
    assert "dạ vâng ạ" in alo("transcribe", tmp_path / "a.wav", "--model", "tiny").stdout

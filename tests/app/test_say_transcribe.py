"""``alo say`` and ``alo transcribe``: there and back again."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import soundfile
from click.testing import Result
from typer.testing import CliRunner

from app.cli import app
from core.errors import AloError

TEXT = "Chị trả 2.500.000 đồng ngày 15/12."
SPOKEN = "chị trả hai triệu năm trăm nghìn đồng ngày mười lăm tháng mười hai"


def alo(*arguments: str | Path, data: bytes = b"") -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)], input=data, catch_exceptions=True)


def refusal(result: Result) -> AloError:
    assert isinstance(result.exception, AloError)
    return result.exception


def toneless(text: str) -> str:
    marks = "\u0300\u0301\u0303\u0309\u0323"
    return "".join(c for c in unicodedata.normalize("NFD", text) if c not in marks).replace("ngan", "nghin")


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("say") / "x.wav"
    assert alo("say", "Không chín không ba.", "--out", out).exit_code == 0
    return out


@pytest.mark.parametrize("dialect", ["north", "central", "south"])
def test_there_and_back(dialect: str, tmp_path: Path) -> None:
    out = tmp_path / "x.wav"
    assert alo("say", TEXT, "--dialect", dialect, "--out", out).exit_code == 0
    info = soundfile.info(out)
    assert (info.samplerate, info.channels, info.subtype, info.format) == (8000, 1, "PCM_16", "WAV")
    heard = alo("transcribe", out)
    assert heard.exit_code == 0
    assert toneless(heard.stdout.strip()) == toneless(SPOKEN)
    assert heard.stderr.count("synthetic voices") == 1


def test_the_file_says_that_a_machine_made_it(spoken: Path) -> None:
    with soundfile.SoundFile(spoken) as file:
        assert "AI-generated" in file.comment
        assert "Alô" in file.software
    assert b"AI-generated" in spoken.read_bytes()[:1000]


def test_standard_input_rate_and_voice(tmp_path: Path) -> None:
    slow, fast, fastest = (tmp_path / f"{name}.wav" for name in ("slow", "fast", "fastest"))
    text = "Xin chào anh.\n\nEm gọi từ công ty.\n".encode()
    assert alo("say", "-", "--out", slow, "--rate", "0.7", "--voice", "f2", data=text).exit_code == 0
    assert alo("say", "-", "--out", fast, "--rate", "1.5", data=text).exit_code == 0
    assert alo("say", "-", "--out", fastest, "--rate", "2", data=text).exit_code == 0
    assert soundfile.info(slow).frames > 1.4 * soundfile.info(fast).frames
    assert soundfile.info(fast).frames > 1.1 * soundfile.info(fastest).frames


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    out = tmp_path / "x.wav"
    text = "\x1b[31m<p>Không chín</p> 😀 không ba&nbsp;<script>alert(1)</script>你好\x00."
    assert alo("say", "-", "--out", out, data=text.encode()).exit_code == 0
    assert alo("transcribe", out, "--grammar", "digits").stdout.strip() == "không chín không ba"


def test_an_existing_file_is_kept_unless_forced(spoken: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.wav"
    out.write_bytes(b"mine")
    assert "--force" in refusal(alo("say", "a", "--out", out)).en
    assert out.read_bytes() == b"mine"
    assert alo("say", "a", "--out", out, "--force").exit_code == 0
    assert soundfile.info(out).frames
    assert [p.name for p in tmp_path.iterdir()] == ["mine.wav"]


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["a", "--out", "nowhere/x.wav"], "nowhere"), (["a", "--out", "x.mp3"], "x.mp3"),
        (["a", "--out", "d.wav"], "d.wav"),
        (["a", "--out", "x.wav", "--rate", "9"], "--rate"), (["a", "--out", "x.wav", "--rate", "nan"], "--rate"),
        (["a", "--out", "x.wav", "--dialect", "west"], "--dialect"), (["", "--out", "x.wav"], "TEXT"),
        (["a", "--out", "x.wav", "--voice", "nosuch"], None), (["a", "--out", "x.wav", "--engine", "x"], "--engine"),
        (["😀 你好 <b></b>", "--out", "x.wav"], "TEXT"), (["... !?", "--out", "x.wav"], "TEXT"),
    ],
)  # fmt: skip
def test_what_cannot_be_said(
    arguments: list[str], where: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("d.wav").mkdir()
    assert refusal(alo("say", *arguments)).where == where
    assert [p.name for p in tmp_path.iterdir()] == ["d.wav"]


def test_json_and_subtitles_are_clean(spoken: Path) -> None:
    told = alo("transcribe", spoken, spoken, "--json")
    assert told.exit_code == 0
    assert told.stderr == ""
    first, second = (json.loads(line) for line in told.stdout.splitlines())
    assert first == second
    assert first["model"] == "embedded"
    assert "synthetic" in first["trained_on"]
    assert first["segments"][0]["text"] == "không chín không ba"
    assert set(first["segments"][0]) == {"start_ms", "end_ms", "speaker", "text", "confidence", "words", "dialect"}
    subtitles = alo("transcribe", spoken, "--srt")
    assert subtitles.stdout.startswith("1\n00:00:00,")
    assert subtitles.stderr == ""


def test_closed_sets(spoken: Path, tmp_path: Path) -> None:
    menu = tmp_path / "menu.txt"
    menu.write_text("0903\nGặp nhân viên\n", encoding="utf-8")
    assert alo("transcribe", spoken, "--grammar", menu).stdout.strip() == "0903"
    assert alo("transcribe", spoken, "--grammar", "digits").stdout.strip() == "không chín không ba"
    assert alo("transcribe", spoken, "--grammar", "nope").exit_code != 0


def test_a_bad_file_does_not_stop_the_others(spoken: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF")
    result = subprocess.run(
        [sys.executable, "-m", "app.cli", "transcribe", bad, tmp_path / "none.wav", spoken],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert result.returncode == 2
    assert "không chín không ba" in result.stdout
    assert "bad.wav" in result.stderr
    assert "none.wav" in result.stderr
    assert "Traceback" not in result.stderr


def test_options_that_exclude_each_other(spoken: Path) -> None:
    assert refusal(alo("transcribe", spoken, "--srt", "--json")).where == "--srt"
    assert refusal(alo("transcribe", spoken, spoken, "--srt")).where == "--srt"
    assert "--model" in str(refusal(alo("transcribe", spoken, "--model", "whisper")).where)

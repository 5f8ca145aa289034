"""``alo text``: one line out for each line in, whatever comes."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from app.cli import app
from core.errors import InputError

COMMANDS = ("speak", "write", "mask", "dialect")


def run(command: str, data: bytes, *options: str) -> list[str]:
    result = CliRunner().invoke(app, ["text", command, *options], input=data, catch_exceptions=False)
    assert result.exit_code == 0
    text = result.stdout_bytes.decode("utf-8")
    assert text == "" or text.endswith("\n")
    return text.split("\n")[:-1]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("as_json", [False, True])
def test_one_line_for_each_line(command: str, as_json: bool) -> None:
    lines = [
        b"", b"xin ch\xc3\xa0o", b"\xff\xfe broken", b" ", b"\x00\x01\x7f\x0b\x0c",
        "😀 中文 Привет".encode(), b"a\rb\r",
        b"1" * 40, b"31/02/2026", "a\u2028b\x85c".encode(), b"", b"no line end",
    ]  # fmt: skip
    out = run(command, b"\n".join(lines), *(["--json"] if as_json else []))
    assert len(out) == len(lines)
    assert all(len(line.splitlines()) <= 1 for line in out)
    if as_json:
        assert all(set(json.loads(line)) >= {"text", "spans"} for line in out)
        assert json.loads(out[0])["text"] == ""
    else:
        assert out[0] == out[-2] == ""


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_in_nothing_out(command: str) -> None:
    assert run(command, b"") == []


@pytest.mark.parametrize("command", COMMANDS)
def test_spans_lie_in_the_line_and_in_the_answer(command: str) -> None:
    line = "tui hổng có 2.500.000đ, gọi 0900000012 lúc 14:30 ngày mười lăm tháng tám trả hai triệu rưỡi"
    answer = json.loads(run(command, line.encode(), "--json")[0])
    for span in answer["spans"]:
        assert line[span["start"] : span["end"]] == span["source"]
        assert answer["text"][span["out_start"] : span["out_end"]] == span["result"]
        assert span["kind"]


def test_what_each_command_is_for() -> None:
    assert run("mask", "số tôi 0900000012".encode()) == ["số tôi [số điện thoại]"]
    assert run("dialect", "răng rứa".encode()) == ["sao vậy"]
    assert run("dialect", "nó ốm".encode(), "--dialect", "south") == ["nó gầy"]
    assert "ngàn" in run("speak", "5.000 đồng".encode(), "--dialect", "south")[0]


@pytest.mark.parametrize("command", COMMANDS)
def test_unknown_dialect_is_refused_in_both_languages(command: str) -> None:
    with pytest.raises(InputError) as refused:
        CliRunner().invoke(app, ["text", command, "--dialect", "west"], input=b"", catch_exceptions=False)
    assert "phương ngữ" in refused.value.vi
    assert "north" in refused.value.en


@pytest.mark.parametrize("command", COMMANDS)
def test_very_long_lines(command: str) -> None:
    for piece in (b"a", b"1", "không ".encode(), "răng ".encode()):
        began = time.perf_counter()
        assert len(run(command, (piece * 100_000)[:100_000] + b"\n")) == 1
        assert time.perf_counter() - began < 20


def test_a_pipe_gets_each_line_at_once_and_starts_quickly() -> None:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "text", "dialect"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("chừ răng\n".encode())
        process.stdin.flush()
        assert process.stdout.readline().decode() == "giờ sao\n"
        took = time.perf_counter() - began
        process.stdin.close()
        assert process.wait(10) == 0
    assert took < 5  # a loaded machine; about half a second otherwise

"""Prompts on disk: bounded, whole or not there, safe for two processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from speech.synthesis.base import AudioChunk, WordMark
from speech.synthesis.disk import DiskPhrases
from speech.types import Voice

AUDIO = AudioChunk(np.arange(-4000, 4000).astype(np.int16), (WordMark(0, 0, 2), WordMark(4000, 3, 7)))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.phrase"))


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    DiskPhrases(tmp_path / "new", "v1").put("dạ vâng", Voice(), AUDIO)
    found = DiskPhrases(tmp_path / "new", "v1").get("dạ vâng", Voice())
    assert found is not None
    assert found.marks == AUDIO.marks
    assert np.array_equal(found.pcm, AUDIO.pcm)
    for version, text, voice in (
        ("v2", "dạ vâng", Voice()), ("v1", "dạ", Voice()), ("v1", "dạ vâng", Voice("south")),
        ("v1", "dạ vâng", Voice(rate=0.9)), ("v1", "dạ vâng", Voice(variant="f2")), ("v1", "dạ vâng", Voice(pitch=1.1)),
    ):  # fmt: skip
        assert DiskPhrases(tmp_path / "new", version).get(text, voice) is None


def test_file_names_tell_nothing_of_the_words(tmp_path: Path) -> None:
    DiskPhrases(tmp_path, "v1").put("dạ vâng", Voice(), AUDIO)
    (file,) = files(tmp_path)
    assert set(file.stem) <= set("0123456789abcdef")
    assert "vâng".encode() not in file.read_bytes()


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "short"])
def test_a_damaged_file_is_dropped(tmp_path: Path, damage: str) -> None:
    disk = DiskPhrases(tmp_path, "v1")
    disk.put("dạ vâng", Voice(), AUDIO)
    (file,) = files(tmp_path)
    whole = file.read_bytes()
    flipped = whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:]
    damaged = {"cut": whole[:-10], "flipped": flipped, "empty": b"", "foreign": b"RIFF" * 9, "short": b"alo1"}
    file.write_bytes(damaged[damage])
    assert disk.get("dạ vâng", Voice()) is None
    assert files(tmp_path) == []
    disk.put("dạ vâng", Voice(), AUDIO)
    assert disk.get("dạ vâng", Voice()) is not None


def test_the_folder_stays_bounded_and_keeps_what_is_used(tmp_path: Path) -> None:
    disk = DiskPhrases(tmp_path, "v1", megabytes=0.25)  # sixteen of these phrases
    for number in range(60):
        disk.put(f"câu {number}", Voice(), AUDIO)
        for path in files(tmp_path):  # the disk's clock is too coarse for a test
            os.utime(path, (path.stat().st_mtime - 60,) * 2)
        assert disk.get("câu 0", Voice()) is not None, number
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 0.25 * 2**20 * 17 / 16
    assert disk.get("câu 59", Voice()) is not None
    assert disk.get("câu 1", Voice()) is None


def test_a_disk_that_cannot_be_written_costs_no_call(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    disk = DiskPhrases(place, "v1")
    disk.put("dạ", Voice(), AUDIO)
    assert disk.get("dạ", Voice()) is None


_WRITER = """
import sys
from pathlib import Path
import numpy as np
from speech.synthesis.base import AudioChunk
from speech.synthesis.disk import DiskPhrases
from speech.types import Voice

disk = DiskPhrases(Path(sys.argv[1]), "v1", megabytes=0.25)
for number in range(300):
    text = f"câu {number % 40}"
    found = disk.get(text, Voice())
    made = AudioChunk(np.full(4000 + number % 40, number % 40, np.int16))
    if found is None:
        disk.put(text, Voice(), made)
    elif not np.array_equal(found.pcm, made.pcm):
        sys.exit(f"another sound for {text}")
"""


def test_two_processes_at_once(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path)], cwd=root, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(2)
    ]
    for writer in writers:
        out, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors.decode()
        assert b"not_written" not in out + errors
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 0.25 * 2**20 * 18 / 16
    assert not list(tmp_path.glob("*.part"))

"""The whole system as a newcomer runs it: a campaign calls synthetic customers over simulated telephone lines."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import analytics

CONTACTS = 8
pytestmark = pytest.mark.slow


def run_alo(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=280,
    )


def run_demo(folder: Path) -> dict[str, Any]:
    options = ("--once", "--contacts", str(CONTACTS), "--seed", "3", "--json", "out.json", "--data-dir", "data")
    ended = run_alo("demo", *options, cwd=folder)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return dict(json.loads((folder / "out.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("demo")
    return folder / "data", run_demo(folder)


def test_the_same_seed_gives_the_same_calls(demo: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    same = ("name", "disposition", "details", "turns", "duration_ms", "syllable_error", "attempts")
    first, second = demo[1]["contacts"], run_demo(tmp_path)["contacts"]
    assert [{key: c[key] for key in same} for c in first] == [{key: c[key] for key in same} for c in second]


def test_every_contact_ends_as_the_customer_meant(demo: tuple[Path, dict[str, Any]]) -> None:
    _, summary = demo
    assert len(summary["contacts"]) == CONTACTS
    wrong = [c for c in summary["contacts"] if c["disposition"] != c["truth"]]
    assert all(c["disposition"] for c in summary["contacts"])
    assert len(wrong) <= 1, wrong


def test_no_promise_is_recorded_that_was_not_made(demo: tuple[Path, dict[str, Any]]) -> None:
    for contact in demo[1]["contacts"]:
        if contact["disposition"] == "PTP":
            assert contact["truth"] == "PTP"
            assert contact["details"]["date"] == contact["truth_details"]["date"], contact
            assert contact["details"]["amount"] == contact["truth_details"]["amount"], contact


def test_nobody_unverified_hears_of_the_debt(demo: tuple[Path, dict[str, Any]]) -> None:
    data = analytics.load(demo[0])
    events = data.events.sort_values(["conversation_id", "seq"])
    sensitive = 0
    for _, stream in events.groupby("conversation_id"):
        verified = False
        for kind, payload in zip(stream["type"], stream["data"], strict=True):
            details = payload if isinstance(payload, dict) else json.loads(payload)
            verified = verified or (kind == "agent.identity" and details["verified"])
            if kind == "bot.said" and details["sensitive"]:
                assert verified
                sensitive += 1
    assert sensitive > 0
    assert not any(c["heard_debt_unverified"] for c in demo[1]["contacts"])


def test_answered_calls_are_recorded_with_both_voices(demo: tuple[Path, dict[str, Any]]) -> None:
    folder, summary = demo
    answered = [c for c in summary["contacts"] if c["answered"]]
    assert answered
    both = 0
    for contact in answered:
        with wave.open(str(folder / "recordings" / f"{contact['conversation_id']}.wav")) as recording:
            assert recording.getframerate() == 8000
            assert recording.getnchannels() == 2
            audio = np.frombuffer(recording.readframes(recording.getnframes()), np.int16).reshape(-1, 2)
        loudness = np.abs(audio.astype(np.float64)).max(axis=0)
        both += bool((loudness > 1000).all())
    assert both >= len(answered) - 1  # one customer may stay silent


def test_notebook_sees_calls_turns_and_events(demo: tuple[Path, dict[str, Any]]) -> None:
    folder, summary = demo
    data = analytics.load(folder)
    answered = {c["conversation_id"] for c in summary["contacts"] if c["answered"]}
    assert answered <= set(data.calls["conversation_id"])
    assert set(data.turns["role"]) == {"bot", "customer"}
    spoken = data.turns[data.turns["role"] == "customer"]
    assert pd.to_numeric(spoken["end_ms"]).ge(pd.to_numeric(spoken["start_ms"])).all()

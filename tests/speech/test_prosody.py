"""Loudness, pitch and rate of a turn, and against the caller's own habit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from speech.prosody import Habit, Prosody, measured
from speech.recognition import features

CALM = Prosody(-26.0, 180.0, 4.5, 2000)


def habit(*turns: Prosody) -> Habit:
    made = Habit()
    for turn in turns:
        made = made.after(turn)
    return made


def test_rate_leaves_out_pauses_but_not_short_gaps() -> None:
    words = [(0, 200), (250, 450), (1500, 1700), (1700, 1900)]
    turn = measured(180.0, -30.0, words)
    assert turn.speech_ms == 850
    assert turn.rate_sps == pytest.approx(4 / 0.85)
    assert measured(None, None, [(0, 200)]) == Prosody(None, None, None, 200)
    assert measured(None, None, []) == Prosody()


def test_the_first_turns_make_the_habit() -> None:
    loud = Prosody(-15.0, 250.0, 6.5, 2000)
    assert Habit().arousal(loud) == 0
    assert habit(CALM).arousal(loud) == 0
    assert habit(CALM, CALM).arousal(loud) > 2


def test_only_more_than_usual_counts_and_missing_measures_do_not() -> None:
    usual = habit(CALM, CALM, CALM)
    assert usual.arousal(CALM) == 0
    assert usual.arousal(Prosody(-38.0, 140.0, 3.0, 2000)) == 0
    assert usual.arousal(Prosody()) == 0
    assert usual.arousal(Prosody(loudness_db=-14.0)) == pytest.approx(3)
    assert 0 < usual.arousal(Prosody(loudness_db=-23.0)) < 1.5


def test_shouting_does_not_become_the_habit() -> None:
    usual = habit(CALM, CALM, CALM)
    loud = Prosody(-14.0, 260.0, 6.5, 2000)
    for _ in range(5):
        usual = usual.after(loud)
    assert usual.arousal(loud) > 2


def test_a_loud_speaker_is_not_an_angry_one() -> None:
    loud = Prosody(-12.0, 260.0, 6.0, 2000)
    assert habit(loud, loud).arousal(loud) == 0


@pytest.mark.parametrize("pitch_hz", [110.0, 220.0])
def test_pitch_comes_from_the_recognisers_features(pitch_hz: float) -> None:
    state = features.FeatureState()
    at = np.arange(8000) / 8000
    voice = sum(np.sin(2 * math.pi * pitch_hz * n * at) / n for n in range(1, 8))
    features.extract([state], [(voice * 4000).astype(np.int16)])
    assert state.pitch_hz == pytest.approx(pitch_hz, rel=0.03)
    features.reset(state)
    assert state.pitch_hz is None

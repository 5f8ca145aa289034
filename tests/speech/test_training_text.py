"""The recogniser's training text: spellable, regional, reproducible, and with its test patterns kept out."""

from __future__ import annotations

import pytest

from models.recogniser.make_text import REGIONS, patterns, sentences, spell
from models.recogniser.voices import HELDOUT_VARIANTS, TRAIN_VARIANTS
from speech.recognition.units import canonical, is_vietnamese_syllable


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_word_is_a_canonical_syllable(split: str) -> None:
    for text, region in sentences(3000, 5, "test" if split == "test" else "train"):
        assert region in REGIONS
        assert text
        for word in text.split():
            assert is_vietnamese_syllable(word), (word, text)
            assert canonical(word) == word


def test_same_seed_same_text() -> None:
    assert list(sentences(50, 3, "train")) == list(sentences(50, 3, "train"))
    assert list(sentences(50, 3, "train")) != list(sentences(50, 4, "train"))


def test_test_patterns_are_never_trained_on() -> None:
    table = patterns()
    for region in ("any", "central", "south"):
        assert not set(table[region, "train"]) & set(table[region, "test"])
        assert len(table[region, "test"]) >= 2


def test_regions_have_their_own_words() -> None:
    words: dict[str, set[str]] = {region: set() for region in REGIONS}
    for text, region in sentences(6000, 1, "train"):
        words[region].update(text.split())
    assert {"chừ", "rứa", "ri"} <= words["central"] - words["north"]
    assert {"hổng", "nghen"} <= words["south"] - words["north"]


def test_foreign_words_are_respelt() -> None:
    assert spell("Zalo của Hoà") == "da lô của hòa"


def test_voices_are_split() -> None:
    assert not set(TRAIN_VARIANTS) & set(HELDOUT_VARIANTS)
    assert "rob" not in (*TRAIN_VARIANTS, *HELDOUT_VARIANTS)

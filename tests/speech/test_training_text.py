"""The recogniser's training text: spellable, regional, reproducible, and with its test patterns kept out."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import get_args

import pytest

from models.recogniser.make_text import REGIONS, Split, answer, patterns, sentences, spell, varied
from models.recogniser.voices import HELDOUT_VARIANTS, TRAIN_VARIANTS
from speech.recognition.units import canonical, is_vietnamese_syllable


@pytest.mark.parametrize("split", get_args(Split))
def test_every_word_is_a_canonical_syllable(split: Split) -> None:
    for text, region in sentences(3000, 5, split):
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


def test_varied_patterns_are_spellable_and_no_test_patterns() -> None:
    lines = {split: {line for (_, kept), group in varied().items() if kept == split for line in group} for split in
             ("train", "dev", "test")}  # fmt: skip
    assert len(lines["train"]) > 4000
    assert not lines["test"]
    assert not lines["train"] & lines["dev"]
    kept_out = {line for (_, split), group in patterns().items() if split == "test" for line in group}
    assert not (lines["train"] | lines["dev"]) & kept_out
    for line in lines["train"] | lines["dev"]:
        for word in re.findall(r"\w+", re.sub(r"\{\w+\}", " ", line)):
            assert all(is_vietnamese_syllable(part) for part in spell(word).split()), (word, line)


def test_hardly_a_test_sentence_is_said_in_training() -> None:
    said = {text for text, _ in sentences(20000, 11, "train")}
    asked = [text for text, _ in sentences(2000, 99, "test") if len(text.split()) >= 4]
    assert sum(text in said for text in asked) < 0.02 * len(asked)


def test_bare_answers_are_spellable() -> None:
    rng = Random(3)
    for k in range(500):
        assert all(is_vietnamese_syllable(word) for word in answer(REGIONS[k % 3], rng).split())


def test_regions_have_their_own_words() -> None:
    words: dict[str, Counter[str]] = {region: Counter() for region in REGIONS}
    for text, region in sentences(6000, 1, "train"):
        words[region].update(text.split())
    for region, own in (("central", ("chừ", "rứa", "nỏ")), ("south", ("hổng", "nghen", "xài"))):
        for word in own:
            assert words[region][word] > 4 * words["north"][word], word


def test_foreign_words_are_respelt() -> None:
    assert spell("Zalo của Hoà") == "da lô của hòa"


def test_voices_are_split() -> None:
    assert not set(TRAIN_VARIANTS) & set(HELDOUT_VARIANTS)
    assert "rob" not in (*TRAIN_VARIANTS, *HELDOUT_VARIANTS)

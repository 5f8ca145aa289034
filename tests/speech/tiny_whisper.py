"""Tiny Whispers made on the spot: the real architecture and file layout, no knowledge.

``make_whisper(folder)`` has random weights. ``make_whisper(folder, says="đúng rồi")`` has weights set by hand so that
the decoder walks from each token to the next and says these words whatever it hears.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

_VOCABULARY = 51865
_END, _START, _VI, _TRANSCRIBE, _PREVIOUS, _NO_SPEECH, _NO_TIMES = 50257, 50258, 50278, 50359, 50361, 50362, 50363
_WIDTH = 64
_WORDS_FROM = 300


def make_whisper(folder: Path, says: str | None = None) -> None:
    """A model as the hub holds them: config.json, generation_config.json, model.safetensors, tokenizer.json …"""
    import torch
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(7)
    config = WhisperConfig(
        vocab_size=_VOCABULARY, d_model=_WIDTH, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=_WIDTH, decoder_ffn_dim=_WIDTH, num_mel_bins=80,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config).eval()
    words = ["".join(_letters()[byte] for byte in f" {word}".encode()) for word in (says or "").split()]
    if says:
        _speak(model, [_NO_TIMES, *range(_WORDS_FROM, _WORDS_FROM + len(words)), _END])
    settings: Any = model.generation_config
    for name, value in {
        "lang_to_id": {"<|vi|>": _VI}, "suppress_tokens": [], "begin_suppress_tokens": [220, _END],
        "is_multilingual": True,        "no_timestamps_token_id": _NO_TIMES, "alignment_heads": [[0, 0]],
    }.items():  # fmt: skip
        setattr(settings, name, value)
    model.save_pretrained(str(folder))
    (folder / "tokenizer.json").write_text(json.dumps(_tokenizer(words)), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"feature_size": 80, "sampling_rate": 16000, "hop_length": 160, "chunk_length": 30, "n_fft": 400,
                    "feature_extractor_type": "WhisperFeatureExtractor", "processor_class": "WhisperProcessor"})
    )  # fmt: skip


def _speak(model: Any, chain: list[int]) -> None:
    """Each token of ``chain`` is one dimension; the feed-forward layer turns a dimension into the next one."""
    import torch

    decoder = model.model.decoder
    layer = decoder.layers[0]
    with torch.no_grad():
        for silent in (decoder.embed_tokens, decoder.embed_positions, layer.self_attn.out_proj, layer.fc1, layer.fc2,
                       layer.encoder_attn.out_proj):  # fmt: skip
            for weights in silent.parameters():
                weights.zero_()
        for at, token in enumerate(chain):
            decoder.embed_tokens.weight[token, at] = 1.0
        layer.fc1.weight.copy_(torch.eye(_WIDTH))
        for at in range(len(chain) - 1):
            layer.fc2.weight[at + 1, at] = 10.0
        decoder.layer_norm.weight.fill_(4.0)
    model.tie_weights()


def _letters() -> dict[int, str]:
    """GPT-2's byte alphabet."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {**{byte: chr(byte) for byte in plain}, **{byte: chr(256 + k) for k, byte in enumerate(rest)}}


def _tokenizer(words: list[str]) -> dict[str, Any]:
    letters = _letters()
    vocabulary = {letters[byte]: byte for byte in range(256)}
    names = {_WORDS_FROM + k: word for k, word in enumerate(words)}
    for token in range(256, _END):
        vocabulary[names.get(token, f"<filler{token}>")] = token
    vocabulary.pop("<filler50256>")
    vocabulary[""] = 50256  # without an empty string here CTranslate2 takes the model for an English one
    special = {
        _END: "<|endoftext|>", _START: "<|startoftranscript|>", _TRANSCRIBE: "<|transcribe|>", 50358: "<|translate|>",
        50360: "<|startoflm|>", _PREVIOUS: "<|startofprev|>", _NO_SPEECH: "<|nospeech|>", _NO_TIMES: "<|notimestamps|>",
    }  # fmt: skip
    for token in range(_START + 1, 50358):
        special[token] = "<|vi|>" if token == _VI else f"<|language{token}|>"
    for token in range(_NO_TIMES + 1, _VOCABULARY):
        special[token] = f"<|{(token - _NO_TIMES - 1) * 0.02:.2f}|>"
    return {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [
            {"id": token, "content": special[token], "single_word": False, "lstrip": False, "rstrip": False,
             "normalized": False, "special": True} for token in sorted(special)
        ],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False, "byte_fallback": False, "vocab": vocabulary, "merges": [],
        },
    }  # fmt: skip


def converted_whisper(temporary: pytest.TempPathFactory, says: str | None = None) -> Path:
    """The same converted to CTranslate2, as ``alo models pull`` leaves it; made once per run.

    Skips the test without the packages.
    """
    for package in ("torch", "transformers", "faster_whisper"):
        pytest.importorskip(package, reason="`make models` installs what tests of local models need")
    from app.models_folder import pull

    place = temporary.getbasetemp() / f"whisper {says}"
    if not (place / "models" / "tiny").is_dir():
        (place / "source").mkdir(parents=True)
        make_whisper(place / "source", says)
        pull(str(place / "source"), place / "models", name="tiny")
    return place / "models" / "tiny"

"""A Whisper as ``transformers`` keeps it → CTranslate2 with 8-bit weights, which faster-whisper runs. Needs torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from core.errors import ConfigurationError, InputError

_COPIED: Final = ("tokenizer.json", "preprocessor_config.json")
QUANTIZATION: Final = "int8"


def describe(folder: Path) -> dict[str, Any]:
    """A model's config.json. Raises InputError if ``folder`` holds none."""
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            "thư mục này không phải mô hình (thiếu config.json)",
            "this folder is no model (config.json is missing)",
            where=str(folder),
        ) from error
    except (OSError, ValueError) as error:
        raise InputError("không đọc được config.json", "config.json cannot be read", where=str(path)) from error
    if not isinstance(found, dict):
        raise InputError("không đọc được config.json", "config.json cannot be read", where=str(path))
    return found


def kind_of(folder: Path) -> str:
    """``whisper`` (converted), ``transformers-whisper``, ``ctc``. Raises InputError for anything else."""
    config = describe(folder)
    if (folder / "model.bin").is_file() and "suppress_ids" in config:
        return "whisper"
    named = " ".join(map(str, config.get("architectures") or ()))
    if config.get("model_type") == "whisper" or "Whisper" in named:
        return "transformers-whisper"
    if "ForCTC" in named:
        return "ctc"
    raise InputError(
        f"mô hình loại “{str(config.get('model_type', '?'))[:40]}” không phải Whisper hay CTC",
        f"a model of type “{str(config.get('model_type', '?'))[:40]}” is neither a Whisper nor a CTC one",
        where=str(folder),
    )


def convert_whisper(source: Path, target: Path) -> None:
    """Write the converted model into the new folder ``target``. Raises ConfigurationError without torch, InputError.

    Takes seconds for a small model, minutes for a large one, and twice its size in memory.
    """
    try:
        import torch  # noqa: F401
        from ctranslate2.converters import TransformersConverter
        from transformers.utils import logging as transformers_logging
    except ImportError as error:
        raise ConfigurationError(
            "Chuyển mô hình cần thêm gói. Hãy chạy: pip install 'alo-voicebot[whisper,local]', hoặc tải một mô hình đã "
            "chuyển sẵn sang CTranslate2.",
            "Converting a model needs more packages. Run: pip install 'alo-voicebot[whisper,local]', or fetch a model "
            "that is already converted to CTranslate2.",
            where=error.name or "torch",
        ) from error
    copied = [name for name in _COPIED if (source / name).is_file()]
    if "tokenizer.json" not in copied:
        _write_tokenizer(source)
        copied.append("tokenizer.json")
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        TransformersConverter(str(source), copy_files=copied, low_cpu_mem_usage=True).convert(
            str(target), quantization=QUANTIZATION
        )
    except Exception as error:
        raise InputError(
            "không chuyển được mô hình này; tệp có thể bị hỏng hoặc chưa đủ",
            f"this model cannot be converted; its files may be damaged or incomplete ({type(error).__name__})",
            where=str(source),
        ) from error


def _write_tokenizer(source: Path) -> None:
    """Older models have vocab.json and merges.txt only."""
    try:
        from transformers import AutoTokenizer

        AutoTokenizer.from_pretrained(str(source), local_files_only=True).save_pretrained(str(source))
    except Exception as error:
        raise InputError(
            "mô hình thiếu tokenizer.json", "tokenizer.json is missing from the model", where=str(source)
        ) from error

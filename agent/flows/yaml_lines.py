"""YAML with places: values as usual, and the line of every key for error messages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import FlowError

Key = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """Safe, and without YAML 1.1's "on", "yes" and "no" as booleans: they are words here."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A parsed file: its value, and the line (from 1) of each key path."""

    path: Path
    value: dict[str, Any]
    lines: Mapping[Key, int]

    def where(self, *key: str | int) -> str:
        """file:line of the nearest known ancestor of ``key``."""
        for end in range(len(key), -1, -1):
            line = self.lines.get(tuple(key[:end]))
            if line is not None:
                return f"{self.path.name}:{line}"
        return f"{self.path.name}:1"


def read_yaml(path: Path) -> Source:
    """Raises FlowError for a file that cannot be read, is no YAML, or is not a mapping."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        loader = _Loader(text)
    except FileNotFoundError as error:
        raise FlowError(
            "Không tìm thấy tệp này. Hãy kiểm tra đường dẫn.", "There is no such file. Check the path.", where=path.name
        ) from error
    except (OSError, UnicodeDecodeError, yaml.reader.ReaderError) as error:
        raise FlowError(
            "Không đọc được tệp này. Tệp phải là văn bản UTF-8.",
            "This file cannot be read. It must be UTF-8 text.",
            where=path.name,
        ) from error
    try:
        node = loader.get_single_node()
        value = loader.construct_document(node) if node is not None else None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "YAML"
        raise FlowError(
            f"Tệp không đúng cú pháp YAML: {problem}. Hãy kiểm tra thụt dòng, dấu hai chấm và ngoặc.",
            f"Not valid YAML: {problem}. Check indentation, colons and brackets.",
            where=f"{path.name}:{mark.line + 1}" if mark else path.name,
        ) from error
    finally:
        loader.dispose()
    if node is None or not isinstance(value, dict):
        raise FlowError(
            "Tệp kịch bản phải là các cặp khóa: giá trị (flow:, steps:, wording: …).",
            "A flow file must be key: value pairs (flow:, steps:, wording: …).",
            where=f"{path.name}:1",
        )
    lines: dict[Key, int] = {}
    _note_lines(node, (), lines)
    return Source(path, value, lines)


def _note_lines(node: yaml.Node, key: Key, lines: dict[Key, int]) -> None:
    lines.setdefault(key, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for name, child in node.value:
            path = (*key, str(name.value))
            lines[path] = name.start_mark.line + 1
            _note_lines(child, path, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _note_lines(child, (*key, index), lines)

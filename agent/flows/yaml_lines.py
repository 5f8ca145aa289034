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


_MOST_BYTES = 1_000_000
"""A flow of a hundred steps has some 30,000; what is far larger is no flow."""
_MOST_NODES = 50_000
"""With what aliases repeat."""
_PROBLEMS = (
    ("\\t", "có ký tự tab; hãy thụt dòng bằng dấu cách"),
    ("mapping values are not allowed", "thừa dấu hai chấm, hoặc thiếu dấu ngoặc kép quanh câu có dấu hai chấm"),
    ("expected ',' or", "thiếu dấu phẩy hoặc chưa đóng ngoặc [ ] hay { }"),
    ("could not find expected ':'", "thiếu dấu hai chấm sau tên khóa"),
    ("expected <block end>", "thụt dòng không đều"),
    ("unexpected end of stream", "thiếu dấu đóng ngoặc kép"),
    ("found undefined alias", "tên sau dấu * chưa được đặt bằng dấu &"),
    ("could not determine a constructor", "thẻ bắt đầu bằng dấu ! không dùng được ở đây"),
    ("unhashable", "tên khóa phải là chữ"),
)
"""What PyYAML says, in words for who writes flows."""


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
        if path.is_file() and path.stat().st_size > _MOST_BYTES:
            raise FlowError(
                f"Tệp lớn hơn {_MOST_BYTES // 1_000_000} MB, không phải tệp kịch bản. Hãy kiểm tra lại đường dẫn.",
                f"The file is larger than {_MOST_BYTES // 1_000_000} MB and no flow file. Check the path.",
                where=path.name,
            )
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
        if node is not None:
            _check_nodes(node, path.name)
        value = loader.construct_document(node) if node is not None else None
    except RecursionError as error:
        raise FlowError(
            "Tệp lồng ngoặc quá sâu.", "The brackets of the file are nested too deeply.", where=path.name
        ) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "YAML"
        why = next((vi for en, vi in _PROBLEMS if en in problem), problem)
        raise FlowError(
            f"Tệp không đúng cú pháp YAML: {why}. Hãy xem thụt dòng, dấu hai chấm, ngoặc ở dòng này và dòng trên.",
            f"Not valid YAML: {problem}. Check indentation, colons and brackets in this line and the one above.",
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


def _check_nodes(root: yaml.Node, file: str) -> None:
    """Raises FlowError for a key that stands twice (YAML would drop the first) and for aliases that never end."""
    count, open_ = 0, [(root, frozenset[int]())]
    while open_:
        node, above = open_.pop()
        count += 1
        where = f"{file}:{node.start_mark.line + 1}"
        if count > _MOST_NODES or id(node) in above:
            raise FlowError(
                "Tệp quá lớn hoặc có tham chiếu lặp vô hạn (dấu & và *).",
                "The file is too large, or its aliases (& and *) never end.", where=where,
            )  # fmt: skip
        inside = above | {id(node)}
        if isinstance(node, yaml.MappingNode):
            _check_keys(node, file)
            open_ += [(child, inside) for _, child in node.value]
        elif isinstance(node, yaml.SequenceNode):
            open_ += [(child, inside) for child in node.value]


def _check_keys(node: yaml.MappingNode, file: str) -> None:
    first: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if name != "<<" and first.setdefault(name, line) != line:
            raise FlowError(
                f"Khóa “{name}” xuất hiện hai lần (lần đầu ở dòng {first[name]}). Hãy gộp lại hoặc đổi tên một bên.",
                f"The key “{name}” stands twice (first in line {first[name]}). Join them or rename one.",
                where=f"{file}:{line}",
            )


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

"""Turns the JSON of many rows into typed Arrow columns in one pass; an unreadable row is reported, not fatal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json as arrow_json

_MIN_BLOCK_BYTES = 1 << 20

Shape = Mapping[str, pa.DataType]
"""Fields wanted and their types. Numbers are best read as float64: JSON does not tell 5 from 5.0."""


def parse_json(texts: pa.ChunkedArray | pa.Array, shape: Shape) -> tuple[pa.Table, np.ndarray]:
    """The ``shape`` fields of each JSON object as a table of as many rows, and the positions of unreadable rows.

    Missing fields are null; unreadable rows are all null. Other fields are ignored.
    """
    schema = pa.schema(list(shape.items()))
    if not len(texts):
        return schema.empty_table(), np.empty(0, np.int64)
    lines = pc.replace_substring(pc.fill_null(texts, "{}"), "\n", " ")  # a newline would end the row early
    try:
        return _read(lines, schema), np.empty(0, np.int64)
    except pa.ArrowInvalid:
        cleaned, bad = _clean(lines, schema)
        return _read(cleaned, schema), bad


def _read(lines: pa.ChunkedArray | pa.Array, schema: pa.Schema) -> pa.Table:
    longest = int(pc.max(pc.binary_length(lines)).as_py() or 0)
    table = arrow_json.read_json(
        pa.BufferReader(_one_text(lines)),
        read_options=arrow_json.ReadOptions(block_size=max(_MIN_BLOCK_BYTES, 2 * longest + 2)),
        parse_options=arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    )
    if table.num_rows != len(lines):
        raise pa.ArrowInvalid("rows of several or no objects")
    return table.select(schema.names)


def _one_text(lines: pa.ChunkedArray | pa.Array) -> pa.Buffer:
    """All rows one after the other, each with a newline: the memory of an Arrow text column is just that."""
    nothing, newline = pa.scalar("", pa.large_string()), pa.scalar("\n", pa.large_string())
    ended = pc.binary_join_element_wise(pc.cast(lines, pa.large_string()), nothing, newline)
    column = ended.combine_chunks() if isinstance(ended, pa.ChunkedArray) else ended
    offsets = np.frombuffer(column.buffers()[1], np.int64)[column.offset : column.offset + len(column) + 1]
    return column.buffers()[2].slice(int(offsets[0]), int(offsets[-1] - offsets[0]))


def _clean(lines: pa.ChunkedArray | pa.Array, schema: pa.Schema) -> tuple[pa.Array, np.ndarray]:
    """Row by row, for the rare table with trouble in it: fields of a wrong type are dropped, broken rows emptied."""
    texts, bad = lines.to_pylist(), []
    for position, text in enumerate(texts):
        try:
            row = json.loads(text, parse_constant=lambda _: None)  # NaN is not JSON
        except ValueError:
            row = None
        fitting = _fitting(row, schema) if isinstance(row, dict) else None
        if fitting is None or fitting[1]:
            bad.append(position)
        texts[position] = json.dumps(fitting[0] if fitting else {})
    return pa.array(texts, pa.large_string()), np.array(bad, np.int64)


def _fitting(row: Mapping[str, Any], schema: pa.Schema) -> tuple[dict[str, Any], bool]:
    """The fields that have the type they should, and whether any had not."""
    kept, dropped = {}, False
    for field in schema:
        value = row.get(field.name)
        if value is None:
            continue
        try:
            pa.array([value], field.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError):
            dropped = True
        else:
            kept[field.name] = value
    return kept, dropped

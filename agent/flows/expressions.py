"""Conditions in flow files: a small safe part of Python's expressions over slots, facts, verified and visits.STEP."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE,
    ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.Name, ast.Load, ast.Constant, ast.Attribute,
)  # fmt: skip


class ExpressionError(ValueError):
    """A condition that cannot be read; the message says why."""


@lru_cache(maxsize=512)
def parse(text: str) -> ast.Expression:
    """The tree of ``text``. Raises ExpressionError."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(str(error.msg)) from error
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ExpressionError(f"{type(node).__name__} is not allowed")
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "visits"):
            raise ExpressionError("only visits.STEP may have a dot")
    return tree


def names(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """(names, steps in visits.STEP) that ``text`` refers to. Raises ExpressionError."""
    tree = parse(text)
    steps = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - {"visits"}
    return frozenset(used), frozenset(steps)


def evaluate(text: str, values: Mapping[str, Any], visits: Mapping[str, int]) -> bool:
    """Is the condition true? Names without a value are None; comparing None with an order is false."""
    return bool(_value(parse(text).body, values, visits))


def _value(node: ast.expr, values: Mapping[str, Any], visits: Mapping[str, int]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return values.get(node.id)
    if isinstance(node, ast.Attribute):
        return visits.get(node.attr, 0)
    if isinstance(node, ast.UnaryOp):
        return not _value(node.operand, values, visits)
    if isinstance(node, ast.BoolOp):
        found = (bool(_value(part, values, visits)) for part in node.values)
        return all(found) if isinstance(node.op, ast.And) else any(found)
    assert isinstance(node, ast.Compare)
    left = _value(node.left, values, visits)
    for op, right_node in zip(node.ops, node.comparators, strict=True):
        right = _value(right_node, values, visits)
        if not _compare(op, left, right):
            return False
        left = right
    return True


def _compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    if isinstance(op, (ast.Eq, ast.Is)):
        return bool(left == right)
    if isinstance(op, (ast.NotEq, ast.IsNot)):
        return bool(left != right)
    if left is None or right is None:
        return False
    try:
        return {ast.Lt: left < right, ast.LtE: left <= right, ast.Gt: left > right}.get(type(op), left >= right)
    except TypeError:
        return False

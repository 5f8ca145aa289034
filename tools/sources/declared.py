"""From a declaration in the tools file to a tool: bound arguments, the shape of the result."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, create_model

from tools.samples.desk import Bound
from tools.sources.file import ArgumentType, Declared
from tools.tool import KEY, Tool, ToolRefusal

Run = Callable[[dict[str, Any], str], Awaitable[Any]]
"""``await run(arguments by wire name, idempotency key)``."""
TYPES: Final[Mapping[ArgumentType, type]] = {
    "text": str,
    "integer": int,
    "number": float,
    "yes_no": bool,
    "date": date,
    "datetime": datetime,
}
_MISSING: Final = object()
_RESERVED: Final = frozenset(dir(BaseModel)) | {KEY, "self"}


def argument_name(wire: str, taken: Mapping[str, str]) -> str:
    """A name that flows can use for the service's own name (``X-Order.Id`` → ``x_order_id``), not in ``taken`` yet."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wire)
    name = re.sub(r"\W+", "_", spaced, flags=re.ASCII).strip("_").lower() or "value"
    name = f"p_{name}" if name[0].isdigit() else name
    while name in _RESERVED or name in taken:
        name += "_"
    return name


def tool_name(declared: Declared, wire: str) -> str:
    """The tool's name in flows."""
    return declared.name or argument_name(wire, {})


def fields_of(args: Mapping[str, ArgumentType], optional: tuple[str, ...]) -> dict[str, tuple[Any, Any]]:
    """pydantic fields of arguments that the tools file declares."""
    return {name: (TYPES[kind] | None, None) if name in optional else (TYPES[kind], ...) for name, kind in args.items()}


def arguments_of(declared: Declared, name: str, fields: Mapping[str, tuple[Any, Any]]) -> type[BaseModel]:
    """The model of what the dialogue may tell: ``fields`` by argument name without those that ``bind`` fills.

    Made once per tool, not per conversation: it takes milliseconds. Raises ValueError for a binding to no argument.
    """
    unknown = sorted(declared.bind.keys() - fields.keys())
    if unknown:
        raise ValueError(f"{name}: bind names no argument: {', '.join(unknown)}")
    asked: dict[str, Any] = {each: field for each, field in fields.items() if each not in declared.bind}
    return create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **asked)


def declared_tool(
    declared: Declared,
    name: str,
    arguments: type[BaseModel],
    run: Run,
    bound: Bound,
    *,
    effect: bool,
    takes_key: bool,
) -> Tool:
    """A tool for one customer. Raises ValueError for retries of an effect without a key."""
    required = tuple(each for each, info in arguments.model_fields.items() if info.is_required())

    async def call(idempotency_key: str = "", **told: Any) -> Any:
        filled = {each: bound_value(bound, source) for each, source in declared.bind.items()}
        given = {each: value for each, value in told.items() if value is not None}
        return shaped(declared, await run({**given, **filled}, idempotency_key))

    return Tool(
        name=name,
        description=declared.description or name,
        arguments=arguments,
        call=call,
        effect=effect,
        confirm=declared.confirm,
        timeout_ms=declared.timeout_ms,
        takes_key=takes_key,
        needs=required if declared.needs is None else declared.needs,
        gives=tuple(declared.gives),
        undo=declared.undo,
        permission=declared.permission,
        cost=declared.cost,
        retries=declared.retries,
        untrusted=True,
    )


def bound_value(bound: Bound, source: str) -> Any:
    """The bound account, or a field of the contact. Raises ToolRefusal when it is not known."""
    value = bound.owner() if source == "account" else bound.known.get(source)
    if value is None:
        raise ToolRefusal(
            "not_identified",
            f"Chưa biết thông tin “{source}” của khách hàng.",
            f"The customer's “{source}” is not known.",
        )
    return value


def shaped(declared: Declared, answer: Any) -> Any:
    """The part of an answer that counts, under the names that the file gives. Raises ToolRefusal if it is not there."""
    found = dig(answer, declared.result)
    if found is _MISSING or (found is None and declared.result):
        raise ToolRefusal("not_found", "Hệ thống không có dữ liệu này.", "The service has no such data.")
    if not isinstance(declared.gives, dict):
        return found
    if isinstance(found, list):
        return [_renamed(declared.gives, row) for row in found]
    return _renamed(declared.gives, found)


def _renamed(names: Mapping[str, str], row: Any) -> dict[str, Any]:
    found = {name: dig(row, path) for name, path in names.items()}
    return {name: value for name, value in found.items() if value is not _MISSING}


def dig(value: Any, path: str) -> Any:
    """``value`` at a dotted path ("data.items.0.id")."""
    for part in path.split(".") if path else ():
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return _MISSING
    return value

"""JSON Schema → Python types for pydantic, as far as arguments of tools need it. Cycles end in plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, create_model

_MAX_DEPTH: Final = 5
_PLAIN: Final[Mapping[str, Any]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[Any],
    "object": dict[str, Any],
    "null": None,
}
_LIMITS: Final[Mapping[str, str]] = {
    "minimum": "ge", "maximum": "le", "exclusiveMinimum": "gt", "exclusiveMaximum": "lt", "minLength": "min_length",
    "maxLength": "max_length", "minItems": "min_length", "maxItems": "max_length",
}  # fmt: skip


class References:
    """Resolves ``$ref`` within one document (``#/components/schemas/Order``)."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolve(self, schema: Any) -> Mapping[str, Any]:
        """The schema behind any chain of references. Raises LookupError for one that leads nowhere or in a circle."""
        seen: set[str] = set()
        while isinstance(schema, Mapping) and "$ref" in schema:
            name = str(schema["$ref"])
            if name in seen or not name.startswith("#/"):
                raise LookupError(name)
            seen.add(name)
            schema = self._at(name)
        return schema if isinstance(schema, Mapping) else {}

    def _at(self, name: str) -> Any:
        found: Any = self._document
        for part in name.removeprefix("#/").split("/"):
            part = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or part not in found:
                raise LookupError(name)
            found = found[part]
        return found


def type_of(schema: Any, references: References, name: str = "value", depth: int = 0) -> Any:
    """A type that pydantic checks. Schemas that nest or turn in circles beyond a few levels become plain dicts."""
    schema = references.resolve(schema)
    if depth >= _MAX_DEPTH:
        return _PLAIN.get(_kind(schema), Any)
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return Literal[tuple(v for v in schema["enum"] if isinstance(v, str | int | bool) or v is None)]
    found = _composed(schema, references, name, depth)
    if found is None:
        found = _simple(schema, references, name, depth)
    found = _limited(schema, found)
    optional = schema.get("nullable") is True or (isinstance(schema.get("type"), list) and "null" in schema["type"])
    return found | None if optional else found


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    return str(kind or ("object" if "properties" in schema else ""))


def _composed(schema: Mapping[str, Any], references: References, name: str, depth: int) -> Any:
    choices = schema.get("oneOf") or schema.get("anyOf")
    if isinstance(choices, list) and choices:
        types = [type_of(choice, references, name, depth + 1) for choice in choices]
        found = types[0]
        for each in types[1:]:
            found = found | each
        return found
    if isinstance(schema.get("allOf"), list):
        return type_of(merged(schema, references), references, name, depth + 1)
    return None


def merged(schema: Any, references: References, depth: int = 0) -> dict[str, Any]:
    """``schema`` with its allOf parts taken in."""
    schema = references.resolve(schema)
    found: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema.get("allOf") or () if depth < _MAX_DEPTH else ():
        more = merged(part, references, depth + 1)
        properties = {**more.get("properties", {}), **found.get("properties", {})}
        required = [*found.get("required", ()), *more.get("required", ())]
        found = {**more, **found, "properties": properties, "required": required}
    return found


def _simple(schema: Mapping[str, Any], references: References, name: str, depth: int) -> Any:
    kind = _kind(schema)
    if kind == "string" and schema.get("format") in ("date", "date-time"):
        return date if schema["format"] == "date" else datetime
    if kind == "array" and "items" in schema:
        return list[type_of(schema["items"], references, name, depth + 1)]  # type: ignore[misc]
    if kind == "object" and schema.get("properties"):
        return _model(schema, references, name, depth)
    return _PLAIN.get(kind, Any)


def _model(schema: Mapping[str, Any], references: References, name: str, depth: int) -> Any:
    required = set(schema.get("required") or ())
    fields: dict[str, Any] = {}
    for number, (wire, each) in enumerate(schema["properties"].items()):
        found = type_of(each, references, f"{name}_{number}", depth + 1)
        alias = Field(alias=str(wire)) if wire in required else Field(default=None, alias=str(wire))
        fields[f"f{number}"] = (found if wire in required else found | None, alias)
    config = ConfigDict(extra="forbid", serialize_by_alias=True)
    return create_model(name, __config__=config, **fields)


def _limited(schema: Mapping[str, Any], found: Any) -> Any:
    limits = {ours: schema[theirs] for theirs, ours in _LIMITS.items() if isinstance(schema.get(theirs), int | float)}
    if found is not str:
        limits = {ours: value for ours, value in limits.items() if not ours.endswith("_length")}
    if found not in (int, float):
        limits = {ours: value for ours, value in limits.items() if ours.endswith("_length")}
    return Annotated[found, Field(**limits)] if limits else found

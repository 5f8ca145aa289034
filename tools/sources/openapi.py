"""Operations of an OpenAPI 3 document as tools: only those that the tools file allows."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from pydantic import BaseModel

from tools.samples.desk import Bound
from tools.sources.declared import argument_name, arguments_of, declared_tool, tool_name
from tools.sources.file import OpenApiPart, Operation, ToolsFile, read_document
from tools.sources.http import HttpService
from tools.sources.json_types import References, merged, type_of
from tools.tool import Tool, ToolRefusal

_METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
_READS: Final = frozenset({"get", "head"})


@dataclass(frozen=True, slots=True)
class _Argument:
    """Where an argument goes: path, query, header, a property of the body, or the whole body ("")."""

    name: str
    where: str
    wire: str
    type: Any
    required: bool


@dataclass(frozen=True, slots=True)
class _Call:
    """One operation, ready to be called."""

    declared: Operation
    name: str
    method: str
    path: str
    arguments: tuple[_Argument, ...]
    has_body: bool
    model: type[BaseModel]

    @property
    def effect(self) -> bool:
        return self.method not in _READS if self.declared.effect is None else self.declared.effect


@dataclass(frozen=True, slots=True)
class OpenApiSource:
    """The allowed operations of one service."""

    service: HttpService
    base_url: str
    calls: tuple[_Call, ...]

    @classmethod
    def load(cls, file: ToolsFile, number: int, part: OpenApiPart, service: HttpService) -> OpenApiSource:
        """Raises ToolsFileError for an unreadable document, unknown operations, or references that lead nowhere."""
        document, _ = read_document(file.places.path.parent / part.openapi)
        if not str(document.get("openapi", "")).startswith("3."):
            raise file.error(
                f"{part.openapi} không phải tài liệu OpenAPI 3.", f"{part.openapi} is no OpenAPI 3 document.",
                "sources", number, "openapi",
            )  # fmt: skip
        reader = _Reader(document, References(document))
        found = {name: (method, path, raw) for name, method, path, raw in reader.operations()}
        calls = []
        for name, declared in part.operations.items():
            if name not in found:
                near = ", ".join(difflib.get_close_matches(name, found, 3)) or ", ".join(sorted(found)[:5])
                raise file.error(
                    f"Tài liệu không có thao tác “{name}”. Gần nhất: {near}.",
                    f"The document has no operation “{name}”. Nearest: {near}.",
                    "sources", number, "operations", name,
                )  # fmt: skip
            try:
                calls.append(reader.call(name, declared, *found[name]))
            except LookupError as error:
                raise file.error(
                    f"Không tìm thấy tham chiếu {error} trong {part.openapi}.",
                    f"The reference {error} leads nowhere in {part.openapi}.",
                    "sources", number, "operations", name,
                ) from error  # fmt: skip
        return cls(service, part.base_url.rstrip("/"), tuple(calls))

    def tools(self, bound: Bound) -> list[Tool]:
        return [self._tool(call, bound) for call in self.calls]

    def _tool(self, call: _Call, bound: Bound) -> Tool:
        async def run(values: dict[str, Any], key: str) -> Any:
            return await self._send(call, values, key)

        takes_key = call.declared.key_header is not None
        return declared_tool(
            call.declared, call.name, call.model, run, bound, effect=call.effect, takes_key=takes_key and call.effect
        )

    async def _send(self, call: _Call, values: Mapping[str, Any], key: str) -> Any:
        sorted_out: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "body": {}, "": {}}
        for argument in call.arguments:
            if argument.name in values:
                sorted_out[argument.where][argument.wire] = _wire(values[argument.name])
        path = call.path
        for name, value in sorted_out["path"].items():
            text = str(value)
            if not text or text in (".", ".."):
                raise ToolRefusal("not_found", "Hệ thống không có dữ liệu này.", "The service has no such data.")
            path = path.replace("{" + name + "}", quote(text, safe=""))
        headers = {name: _header(value) for name, value in sorted_out["header"].items()}
        if call.declared.key_header is not None and key:
            headers[call.declared.key_header] = key
        content = None
        if call.has_body:
            body = sorted_out[""].get("", sorted_out["body"])
            content = json.dumps(body, ensure_ascii=False).encode()
            headers["content-type"] = "application/json"
        return await self.service.send(
            call.method.upper(), self.base_url + path, effect=call.effect, timeout_ms=call.declared.timeout_ms,
            headers=headers, params=sorted_out["query"] or None, content=content,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads operations out of a document that may be wrong in any way."""

    document: Mapping[str, Any]
    references: References = field(repr=False)

    def operations(self) -> Iterator[tuple[str, str, str, Mapping[str, Any]]]:
        """(name, method, path, operation): by operationId, and by "GET /path" where there is none."""
        paths = self.document.get("paths")
        for path, raw in paths.items() if isinstance(paths, Mapping) else ():
            item = self.references.resolve(raw)
            for method in _METHODS:
                operation = item.get(method)
                if isinstance(operation, Mapping):
                    name = str(operation.get("operationId") or f"{method.upper()} {path}")
                    shared = item.get("parameters") or []
                    yield name, method, str(path), {**operation, "parameters": [*shared, *_listed(operation)]}

    def call(self, name: str, declared: Operation, method: str, path: str, raw: Mapping[str, Any]) -> _Call:
        """Raises LookupError for a reference that leads nowhere."""
        taken: dict[str, str] = {}
        arguments: dict[tuple[str, str], _Argument] = {}
        for each in raw["parameters"]:
            parameter = self.references.resolve(each)
            where, wire = str(parameter.get("in")), str(parameter.get("name"))
            if where not in ("path", "query", "header"):
                continue
            required = where == "path" or parameter.get("required") is True
            arguments[where, wire] = self._argument(taken, where, wire, parameter.get("schema"), required)
        body = self._body(raw)
        if body is not None:
            for argument in self._of_body(taken, body):
                arguments[argument.where, argument.wire] = argument
        title = tool_name(declared, name)
        found = tuple(arguments.values())
        fields = {a.name: (a.type, ...) if a.required else (a.type | None, None) for a in found}
        return _Call(declared, title, method, path, found, body is not None, arguments_of(declared, title, fields))

    def _argument(self, taken: dict[str, str], where: str, wire: str, schema: Any, required: bool) -> _Argument:
        name = argument_name(wire or "body", taken if (where, wire) else {})
        taken[name] = wire
        return _Argument(name, where, wire, type_of(schema or {}, self.references, name), required)

    def _body(self, raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
        body = self.references.resolve(raw.get("requestBody") or {})
        content = body.get("content")
        if not isinstance(content, Mapping):
            return None
        found = next((value for kind, value in content.items() if "json" in str(kind)), None)
        return merged(found.get("schema") or {}, self.references) if isinstance(found, Mapping) else None

    def _of_body(self, taken: dict[str, str], schema: Mapping[str, Any]) -> Iterator[_Argument]:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            yield self._argument(taken, "", "", schema, True)
            return
        required = set(schema.get("required") or ())
        for wire, each in properties.items():
            if self.references.resolve(each).get("readOnly") is not True:
                yield self._argument(taken, "body", str(wire), each, wire in required)


def _listed(operation: Mapping[str, Any]) -> list[Any]:
    found = operation.get("parameters")
    return found if isinstance(found, list) else []


def _wire(value: Any) -> Any:
    """As JSON sends it: dates as text, models by the service's own names."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, list):
        return [_wire(each) for each in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _header(value: Any) -> str:
    """Raises ToolRefusal for what could start another header."""
    text = str(value)
    if not text.isascii() or not text.isprintable():
        raise ToolRefusal("bad_arguments", "Giá trị không gửi được.", "The value cannot be sent.")
    return text

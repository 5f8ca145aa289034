"""The tools file: what it may say, and errors that name file, line and reason."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.errors import InputError
from tools.tool import Permission

ArgumentType = Literal["text", "integer", "number", "yes_no", "date", "datetime"]
_MAX_BYTES = 10_000_000
"""Of a tools file or an OpenAPI document."""


_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where the wheel has it."""


class ToolsFileError(InputError):
    """A tools file with a mistake; ``where`` is file:line."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Declared(_Part):
    """What every declared tool may say."""

    name: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]{1,63}$")
    """its name in flows; without one, that of the operation or query"""
    description: str = ""
    needs: tuple[str, ...] | None = None
    gives: tuple[str, ...] | dict[str, str] = ()
    """names in the result; or name: dotted.path in the answer"""
    result: str = ""
    """dotted path to the part of the answer that counts"""
    undo: str | None = None
    effect: bool | None = None
    permission: Permission = "verified"
    confirm: bool = False
    cost: bool = False
    retries: int = Field(default=0, ge=0, le=3)
    timeout_ms: int = Field(default=3000, ge=50, le=30_000)
    bind: dict[str, str] = {}
    """argument: "account", or a field of the contact; filled by the program, never by the dialogue"""


class Operation(Declared):
    """One allowed operation of an OpenAPI document."""

    key_header: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]+$")
    """header that carries the idempotency key, where the service honours one"""


class Auth(_Part):
    """A secret of the settings, sent in a header."""

    secret: str
    header: str = Field(default="Authorization", pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""


class OpenApiPart(_Part):
    """Operations of one service, described by an OpenAPI 3 document beside the tools file."""

    TOOLS: ClassVar[str] = "operations"

    openapi: str
    base_url: str = Field(pattern=r"^https?://[^/?#@]+(/[^?#]*)?$")
    auth: Auth | None = None
    operations: dict[str, Operation] = Field(min_length=1)


class Query(Declared):
    """One SQL query with :named parameters; :account and :idempotency_key are filled by the program."""

    sql: str = Field(min_length=1)
    args: dict[str, ArgumentType] = {}
    optional: tuple[str, ...] = ()
    one: bool = False
    """one row as a dict, refused as not_found when there is none; otherwise a list"""
    rows: int | None = Field(default=None, ge=0)
    """an effect must touch exactly so many rows, or it is rolled back and refused as not_found"""


class SqlPart(_Part):
    """Queries on one database."""

    TOOLS: ClassVar[str] = "queries"

    sql: str | None = None
    """SQLAlchemy URL without a password"""
    sql_secret: str | None = None
    """name of the secret that holds the URL"""
    queries: dict[str, Query] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_url(self) -> SqlPart:
        if (self.sql is None) == (self.sql_secret is None):
            raise ValueError("say either sql or sql_secret")
        return self


class McpPart(_Part):
    """Tools of one MCP server: a program that is started, or an address."""

    TOOLS: ClassVar[str] = "tools"

    mcp: tuple[str, ...] | str
    """[program, argument, …] or http(s)://…"""
    auth: Auth | None = None
    tools: dict[str, Declared] = Field(min_length=1)


class Hook(Declared):
    """One effect told to the business's own server."""

    args: dict[str, ArgumentType] = {}
    optional: tuple[str, ...] = ()


class WebhookPart(_Part):
    """Signed POSTs to one address."""

    TOOLS: ClassVar[str] = "tools"

    webhook: str = Field(pattern=r"^https?://[^/?#@]+(/[^#]*)?$")
    secret: str
    tools: dict[str, Hook] = Field(min_length=1)


Part = OpenApiPart | SqlPart | McpPart | WebhookPart
_KINDS: dict[str, type[Part]] = {
    "openapi": OpenApiPart,
    "sql": SqlPart,
    "sql_secret": SqlPart,
    "mcp": McpPart,
    "webhook": WebhookPart,
}


class _Top(_Part):
    samples: tuple[str, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """Where things stand in a YAML file."""

    path: Path
    node: yaml.Node | None

    def where(self, *key: Any) -> str:
        """file:line of ``key``, or of the nearest thing around it."""
        node, line = self.node, 1
        for name in key:
            found = _child(node, name)
            if found is None:
                break
            line, node = found
        return f"{self.path.name}:{line}"


@dataclass(frozen=True, slots=True)
class ToolsFile:
    """A tools file that was read. ``samples`` names the sample services to keep."""

    places: Places
    samples: tuple[str, ...]
    parts: tuple[Part, ...]

    def error(self, vi: str, en: str, *key: Any) -> ToolsFileError:
        """To raise for a mistake found later, at ``key``."""
        return ToolsFileError(vi, en, where=self.places.where(*key))


def load_tools_file(path: Path) -> ToolsFile:
    """Raises ToolsFileError with file, line, what is wrong and what to do."""
    value, places = read_document(path)
    top = _validated(_Top, value, places, ())
    parts = []
    for number, raw in enumerate(top.sources):
        kind = next((model for key, model in _KINDS.items() if key in raw), None)
        if kind is None:
            raise ToolsFileError(
                "Nguồn công cụ phải có một trong các khóa: openapi, sql, sql_secret, mcp, webhook.",
                "A source needs one of the keys openapi, sql, sql_secret, mcp, webhook.",
                where=places.where("sources", number),
            )
        parts.append(_validated(kind, raw, places, ("sources", number)))
    return ToolsFile(places, top.samples, tuple(parts))


def read_document(path: Path) -> tuple[dict[str, Any], Places]:
    """A YAML or JSON mapping and where its keys stand. Raises ToolsFileError."""
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise ToolsFileError("Tệp quá lớn (trên 10 MB).", "The file is larger than 10 MB.", where=path.name)
        text = raw.decode("utf-8-sig")
        if path.suffix == ".json":
            value, node = json.loads(text), None
        else:
            value, node = yaml.load(text, Loader=_Loader), yaml.compose(text, Loader=_Loader)
    except (OSError, UnicodeDecodeError) as error:
        raise ToolsFileError(
            f"Không đọc được tệp ({type(error).__name__}). Tệp phải là văn bản UTF-8.",
            f"The file cannot be read ({type(error).__name__}). It must be UTF-8 text.",
            where=path.name,
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or type(error).__name__
        raise ToolsFileError(
            f"Tệp không đúng cú pháp YAML hoặc JSON: {problem}. Hãy kiểm tra thụt dòng, dấu hai chấm và ngoặc.",
            f"Not valid YAML or JSON: {problem}. Check indentation, colons and brackets.",
            where=f"{path.name}:{mark.line + 1}" if mark else path.name,
        ) from error
    if not isinstance(value, dict):
        raise ToolsFileError(
            "Tệp phải là các cặp khóa: giá trị.", "The file must be key: value pairs.", where=f"{path.name}:1"
        )
    return value, Places(path, node)


def _validated(model: type[Any], value: Any, places: Places, key: Sequence[Any]) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        at = ".".join(map(str, first["loc"])) or "."
        raise ToolsFileError(
            f"Khóa “{at}” không đúng: {first['msg']}.",
            f"The key “{at}” is not right: {first['msg']}.",
            where=places.where(*key, *first["loc"]),
        ) from error


def _child(node: yaml.Node | None, name: Any) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(name):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(name, int) and name < len(node.value):
        return node.value[name].start_mark.line + 1, node.value[name]
    return None

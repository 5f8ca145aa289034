"""Everything that one tools file declares, opened once per process; tools are bound for every conversation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from pydantic import SecretStr

from core.errors import ConfigurationError
from tools.samples.desk import Bound
from tools.sources.declared import tool_name
from tools.sources.file import Auth, McpPart, OpenApiPart, Part, SqlPart, ToolsFile
from tools.sources.http import HttpService, origin_of
from tools.sources.mcp import McpServer, McpSource
from tools.sources.openapi import OpenApiSource
from tools.sources.sql import SqlSource
from tools.sources.webhook import WebhookSource
from tools.tool import Tool

Secrets = Mapping[str, SecretStr]


class ToolSource(Protocol):
    """Gives tools bound to one customer."""

    def tools(self, bound: Bound) -> list[Tool]: ...


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of one file."""

    file: ToolsFile
    sources: tuple[ToolSource, ...]

    def tools_for(self, bound: Bound) -> list[Tool]:
        return [each for source in self.sources for each in source.tools(bound)]

    def open(self) -> None:
        """Starts MCP servers. Blocks. Raises ConfigurationError or ToolsFileError."""
        for source in self.sources:
            if isinstance(source, McpSource):
                source.open()

    def close(self) -> None:
        for source in self.sources:
            if isinstance(source, McpSource | SqlSource):
                source.close()


def open_sources(file: ToolsFile, secrets: Secrets, samples: Collection[str] = ()) -> Sources:
    """Reads documents and checks names; connects to nothing. Raises ToolsFileError or ConfigurationError.

    ``samples`` are the sample services there are.
    """
    for number, name in enumerate(file.samples):
        if name not in samples:
            known = ", ".join(sorted(samples))
            raise file.error(
                f"Không có dịch vụ mẫu “{name}”. Hiện có: {known}.", f"There is no sample “{name}”. Known: {known}.",
                "samples", number,
            )  # fmt: skip
    _check_names(file)
    found = []
    for number, part in enumerate(file.parts):
        try:
            found.append(_source(file, number, part, secrets))
            found[-1].tools(Bound())
        except ValueError as error:
            raise file.error(
                f"Khai báo công cụ không dùng được: {error}.", f"A tool cannot be made: {error}.", "sources", number
            ) from error
    return Sources(file, tuple(found))


def _source(file: ToolsFile, number: int, part: Part, secrets: Secrets) -> ToolSource:
    def secret(name: str, *key: str) -> str:
        if name not in secrets:
            raise file.error(
                f"Chưa đặt bí mật “{name}”. Hãy thêm vào ALO_TOOLS_SECRETS.",
                f"The secret “{name}” is not set. Add it to ALO_TOOLS_SECRETS.",
                "sources", number, *key,
            )  # fmt: skip
        return secrets[name].get_secret_value()

    def headers(auth: Auth | None) -> dict[str, str]:
        return {} if auth is None else {auth.header: auth.prefix + secret(auth.secret, "auth", "secret")}

    if isinstance(part, OpenApiPart):
        service = HttpService(origin_of(part.base_url), headers(part.auth))
        return OpenApiSource.load(file, number, part, service)
    if isinstance(part, SqlPart):
        url = part.sql if part.sql is not None else secret(part.sql_secret or "", "sql_secret")
        return SqlSource.load(file, number, part, url)
    if isinstance(part, McpPart):
        _need_mcp()
        if isinstance(part.mcp, str):
            return McpSource(file, number, part, McpServer(url=part.mcp, headers=headers(part.auth)))
        return McpSource(file, number, part, McpServer(command=part.mcp))
    service = HttpService(origin_of(part.webhook))
    return WebhookSource.load(part, service, secret(part.secret, "secret"))


def _need_mcp() -> None:
    if find_spec("mcp") is None:
        raise ConfigurationError(
            "Nguồn MCP cần gói mcp. Hãy cài: pip install 'alo-voicebot[mcp]'.",
            "MCP sources need the package mcp. Install it: pip install 'alo-voicebot[mcp]'.",
        )


def _check_names(file: ToolsFile) -> None:
    """Twins and undos that are not there. Raises ToolsFileError."""
    declared = [
        (tool_name(each, wire), each.undo, ("sources", number, part.TOOLS, wire))
        for number, part in enumerate(file.parts)
        for wire, each in getattr(part, part.TOOLS).items()
    ]
    names = [name for name, _, _ in declared]
    for name, undo, key in declared:
        if names.count(name) > 1:
            raise file.error(f"Có hai công cụ tên “{name}”.", f"Two tools are called “{name}”.", *key)
        if undo is not None and undo not in names:
            raise file.error(
                f"Không có công cụ “{undo}” để hoàn tác.", f"There is no tool “{undo}” to undo it.", *key, "undo"
            )

"""Tools that a business declares in one file: OpenAPI documents, SQL queries, MCP servers, webhooks."""

from tools.sources.build import Sources, open_sources
from tools.sources.file import ToolsFile, load_tools_file

__all__ = ["Sources", "ToolsFile", "load_tools_file", "open_sources"]

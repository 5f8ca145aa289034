"""What the agent can do: typed Python functions become tools with schema, validation, permission and limits."""

from tools.registry import ToolRegistry
from tools.tool import Tool, ToolRefusal, ToolResult, ToolUnavailable, tool

__all__ = ["Tool", "ToolRefusal", "ToolRegistry", "ToolResult", "ToolUnavailable", "tool"]

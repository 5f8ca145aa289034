"""What the agent can do: typed Python functions become tools with schema, validation and a time limit."""

from tools.registry import Tool, ToolRegistry, ToolResult, tool

__all__ = ["Tool", "ToolRegistry", "ToolResult", "tool"]

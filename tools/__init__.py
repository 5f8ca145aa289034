"""What the agent can do: typed Python functions become tools with a schema, validation, a time limit and an audit line."""

from tools.registry import Tool, ToolRegistry, ToolResult, tool

__all__ = ["Tool", "ToolRegistry", "ToolResult", "tool"]

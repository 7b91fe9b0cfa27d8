"""One call that a model wants, as a value, and whether it fits its tool."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.schemas.checker import SchemaCheck

if TYPE_CHECKING:
    from services.catalog.entries import Tool

__all__ = ("ToolCall", "misfits")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that a model wants."""

    id: str
    """The provider's; unique in a turn."""
    name: str
    """What the model calls the tool: `mcp__SERVER__TOOL`, `read_mcp_resource`."""
    server: str
    """The configured name; empty for the three resource tools and for a tool that is not there."""
    tool: str
    """The tool's name as on the wire."""
    arguments: dict[str, Any] = field(default_factory=dict)


async def misfits(tool: Tool, arguments: dict[str, Any]) -> str:
    """Why arguments do not fit the schema, one line each; empty when they do."""
    reasons = await asyncio.to_thread(SchemaCheck(tool.input_schema).reasons, arguments)
    return "\n".join(f"- {'.'.join(map(str, path))}: {why}" if path else f"- {why}" for path, why in reasons)

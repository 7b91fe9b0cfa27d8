"""One call that a model wants, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ("ToolCall",)


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

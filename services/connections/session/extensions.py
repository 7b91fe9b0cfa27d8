"""The extensions of MCP that we speak, as every session declares them (SEP-2133)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp.client.extension import advertise

if TYPE_CHECKING:
    from mcp.client.extension import ClientExtension

__all__ = ("SKILLS", "extensions")

SKILLS: Final = "io.modelcontextprotocol/skills"
"""SEP-2640; servers may refuse its methods to who does not declare it."""


def extensions() -> list[ClientExtension]:
    """Those of a new session."""
    return [advertise(SKILLS)]

"""Whether the arguments of a call fit its tool."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from services.schemas.checker import SchemaCheck

if TYPE_CHECKING:
    from services.catalog.entries import Tool

__all__ = ("misfits",)


async def misfits(tool: Tool, arguments: dict[str, Any]) -> str:
    """Why arguments do not fit the schema, one line each; empty when they do."""
    reasons = await asyncio.to_thread(SchemaCheck(tool.input_schema).reasons, arguments)
    return "\n".join(f"- {'.'.join(map(str, path))}: {why}" if path else f"- {why}" for path, why in reasons)

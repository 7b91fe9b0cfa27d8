"""Resources that a model reads, as results: texts and pictures, other bytes as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.results.content import ToolResult

if TYPE_CHECKING:
    from services.results.content import ResourceResult

__all__ = ("as_tool_result",)


def as_tool_result(read: ResourceResult) -> ToolResult:
    """A resource that was read, as if a tool had returned it."""
    raws = read.raw.get("contents")
    wrapped = [{"type": "resource", "resource": raw} for raw in raws] if isinstance(raws, list) else []
    return ToolResult(
        blocks=read.contents,
        faults=read.faults,
        pictures=read.pictures,
        raw={"content": wrapped},
        duration=read.duration,
    )

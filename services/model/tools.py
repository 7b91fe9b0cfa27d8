"""The tools that a model is offered: those of all ready servers, as they are now, and the three of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.model.approval import approves_reads
from services.model.cleaning import clean, clean_schema, cut, tokens
from services.model.names import tool_names
from services.resource_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Collection

    from services.catalog.entries import Tool
    from services.connection_manager import ConnectionManager
    from services.resource_tools import ResourceTool
    from services.settings import ModelSettings, ServerSettings

__all__ = ("DEFER_ABOVE", "Offer", "OfferedTool", "offer", "tool_tokens")

DEFER_ABOVE: Final = 0.05
"""The part of the context window above which tools are found by search instead of being sent each time."""

_DESCRIPTION: Final = 2_000
"""Characters of a description that a model is given."""
_SCHEMA: Final = 64 * 1024
"""Characters of a schema; a larger one is left out, and the server itself says what it takes."""


@dataclass(frozen=True, slots=True)
class OfferedTool:
    """One tool as the model sees it."""

    name: str
    """What the model calls it."""
    description: str
    schema: dict[str, Any] = field(repr=False)
    tool: Tool | None = None
    """The server's tool; None for one of ours."""
    parallel: bool = True
    """Whether calls to it may run beside others."""
    tokens: int = 0
    """About what its definition costs in each request."""
    deferred: bool = False
    """Whether it is found by search."""
    hidden: int = 0
    """Characters that nobody sees and that were taken out of its description."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a model is offered at one moment."""

    tools: tuple[OfferedTool, ...] = ()
    deferred: bool = False
    tokens_by_server: dict[str, int] = field(default_factory=dict)
    """About what each server's tools would cost in each request."""

    def of(self, name: str) -> OfferedTool | None:
        """The tool of that name."""
        return next((tool for tool in self.tools if tool.name == name), None)

    @property
    def tokens(self) -> int:
        """About what all of them would cost in each request."""
        return sum(tool.tokens for tool in self.tools)


def offer(
    manager: ConnectionManager,
    model: ModelSettings,
    window: int | None,
    only: Collection[str] | None = None,
    off: Collection[tuple[str, str]] = (),
) -> Offer:
    """What a model is offered now: of all ready servers, or of `only` some, without the tools that are `off`.

    `off` holds pairs of server and tool as on the wire. Where the window is not known, nothing is deferred.
    """
    listed = [
        (manager.settings(server), tool)
        for server in manager.ready
        if server not in model.omit_tools_from and (only is None or server in only)
        for tool in manager.catalog(server).tools
        if not tool.for_app_only and (server, tool.raw_name) not in off
    ]
    names = tool_names([(tool.server, tool.raw_name) for _, tool in listed], [tool.name for tool in TOOLS])
    theirs = [_theirs(settings, tool, names[tool.server, tool.raw_name]) for settings, tool in listed]
    by_server: dict[str, int] = {}
    for (settings, _), offered in zip(listed, theirs, strict=True):
        by_server[settings.name] = by_server.get(settings.name, 0) + offered.tokens
    deferred = window is not None and only is None and sum(by_server.values()) > window * DEFER_ABOVE
    if deferred:
        theirs = [_deferred(offered) for offered in theirs]
    return Offer((*map(_ours, TOOLS), *theirs), deferred, by_server)


def tool_tokens(tool: Tool) -> int:
    """About what a tool's definition costs in each request."""
    return _theirs(None, tool, f"mcp__{tool.server}__{tool.raw_name}").tokens


def _theirs(settings: ServerSettings | None, tool: Tool, name: str) -> OfferedTool:
    cleaned = clean(tool.description or tool.title)
    description = cut(cleaned.text, _DESCRIPTION)
    schema = _schema(tool.input_schema)
    side_by_side = settings is not None and settings.supports_parallel_tool_calls
    return OfferedTool(
        name,
        description,
        schema,
        tool,
        parallel=side_by_side or approves_reads(tool),
        tokens=tokens(name) + tokens(description) + tokens(json.dumps(schema, ensure_ascii=False)),
        hidden=cleaned.hidden,
    )


def _ours(tool: ResourceTool) -> OfferedTool:
    schema = dict(tool.input_schema)
    size = tokens(tool.name) + tokens(tool.description) + tokens(json.dumps(schema))
    return OfferedTool(tool.name, tool.description, schema, tokens=size)


def _deferred(offered: OfferedTool) -> OfferedTool:
    from dataclasses import replace

    return replace(offered, deferred=True)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its texts cleaned, and what every interface wants of the arguments of a tool."""
    cleaned = clean_schema(schema)
    if not isinstance(cleaned, dict) or cleaned.get("type", "object") != "object":
        cleaned = {}
    cleaned = {"type": "object", "properties": {}} | cleaned
    if not isinstance(cleaned["properties"], dict):
        cleaned["properties"] = {}
    return cleaned if len(json.dumps(cleaned)) <= _SCHEMA else {"type": "object", "properties": {}}

"""The tools that a model is offered: those of all ready servers, as they are now, and those of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.model.approval import approves_reads
from services.model.cleaning import clean, clean_schema, cut, tokens
from services.model.names import tool_names
from services.model.skills import LOAD_SKILL, servers_with_skills
from services.resource_tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from services.catalog.entries import Tool
    from services.connection_manager import ConnectionManager
    from services.resource_tools import ResourceTool
    from services.settings import ModelSettings, ServerSettings

__all__ = ("DEFER_ABOVE", "Offer", "OfferedTool", "offer", "read_ahead", "tool_tokens")

DEFER_ABOVE: Final = 0.05
"""The part of the context window above which tools are found by search instead of being sent each time."""

_DESCRIPTION: Final = 2_000
"""Characters of a description that a model is given."""
_AT_ONCE: Final = 50
"""Tools that are read on the event loop: some 5 ms."""
_MOST_READ: Final = 20_000
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
        for server in manager.usable
        if server not in model.omit_tools_from and (only is None or server in only)
        for tool in manager.catalog(server).tools
        if not tool.for_app_only and (server, tool.raw_name) not in off
    ]
    ours = (*TOOLS, LOAD_SKILL) if servers_with_skills(manager, model, only) else TOOLS
    names = tool_names([(tool.server, tool.raw_name) for _, tool in listed], [tool.name for tool in ours])
    by_server: dict[str, int] = {}
    for _, tool in listed:
        size = _size(tool, names[tool.server, tool.raw_name])
        by_server[tool.server] = by_server.get(tool.server, 0) + size
    deferred = window is not None and only is None and sum(by_server.values()) > window * DEFER_ABOVE
    theirs = [
        _theirs(settings, tool, names[tool.server, tool.raw_name], deferred=deferred)
        for settings, tool in listed
    ]
    return Offer((*map(_ours, ours), *theirs), deferred, by_server)


def tool_tokens(tool: Tool) -> int:
    """About what a tool's definition costs in each request."""
    return _size(tool, f"mcp__{tool.server}__{tool.raw_name}")


def _size(tool: Tool, name: str) -> int:
    return tokens(name) + _read_tool(tool).tokens


def read_ahead(manager: ConnectionManager) -> Callable[[], None] | None:
    """What to run in a thread so that the next `offer` costs little; None where there is nothing to do.

    Cleaning a tool takes about 0.1 ms, and servers may have thousands.
    """
    tools = [tool for server in manager.usable for tool in manager.catalog(server).tools]
    new = [tool for tool in tools if id(tool) not in _read]

    def read() -> None:
        for tool in new:
            _read_tool(tool)

    return read if len(new) > _AT_ONCE else None


class _Read(NamedTuple):
    """What is the same for a tool at every request."""

    tool: Tool
    """Held, so that its id stays its own."""
    description: str
    schema: dict[str, Any]
    tokens: int
    hidden: int


_read: dict[int, _Read] = {}
"""By the id of the tool: catalogs are replaced whole, and their tools never change."""


def _read_tool(tool: Tool) -> _Read:
    known = _read.get(id(tool))
    if known is not None and known.tool is tool:
        return known
    cleaned = clean(tool.description or tool.title)
    description = cut(cleaned.text, _DESCRIPTION)
    schema = _schema(tool.input_schema)
    size = tokens(description) + tokens(json.dumps(schema, ensure_ascii=False))
    if len(_read) >= _MOST_READ:
        _read.clear()
    found = _read[id(tool)] = _Read(tool, description, schema, size, cleaned.hidden)
    return found


def _theirs(settings: ServerSettings, tool: Tool, name: str, *, deferred: bool) -> OfferedTool:
    read = _read_tool(tool)
    return OfferedTool(
        name,
        read.description,
        read.schema,
        tool,
        parallel=settings.supports_parallel_tool_calls or approves_reads(tool),
        tokens=_size(tool, name),
        deferred=deferred,
        hidden=read.hidden,
    )


def _ours(tool: ResourceTool) -> OfferedTool:
    schema = dict(tool.input_schema)
    size = tokens(tool.name) + tokens(tool.description) + tokens(json.dumps(schema))
    return OfferedTool(tool.name, tool.description, schema, tokens=size)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its texts cleaned, and what every interface wants of the arguments of a tool."""
    cleaned = clean_schema(schema)
    if not isinstance(cleaned, dict) or cleaned.get("type", "object") != "object":
        cleaned = {}
    cleaned = {"type": "object", "properties": {}} | cleaned
    if not isinstance(cleaned["properties"], dict):
        cleaned["properties"] = {}
    return cleaned if len(json.dumps(cleaned)) <= _SCHEMA else {"type": "object", "properties": {}}

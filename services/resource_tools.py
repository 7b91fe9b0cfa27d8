"""The three tools over every server's resources that a person's `/resources` and a model share.

    list_mcp_resources           {server?, cursor?}
    list_mcp_resource_templates  {server?, cursor?}
    read_mcp_resource            {server, uri}

With a server one page is read, without one all pages of all ready servers, sorted by server.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.catalog.listing import read_all
from services.errors import InvalidArguments, JackfieldError, NotReady
from services.ranking import nearest
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connection_manager import ConnectionManager
    from services.events import CatalogKind
    from services.results.content import ResourceResult

__all__ = ("TOOLS", "ResourceTool", "ResourceTools", "checked")

_SERVER: Final = {"type": "string", "description": "Name of a configured MCP server."}
_CURSOR: Final = {"type": "string", "description": "Where an earlier page of the same server ended."}


@dataclass(frozen=True, slots=True)
class ResourceTool:
    """What a model is told of one of the tools."""

    name: str
    description: str
    input_schema: Mapping[str, Any]


def _schema(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


TOOLS: Final = (
    ResourceTool(
        "list_mcp_resources",
        "Lists resources of MCP servers: one page of the named server, or all of all servers.",
        _schema(server=_SERVER, cursor=_CURSOR),
    ),
    ResourceTool(
        "list_mcp_resource_templates",
        "Lists resource templates of MCP servers: one page of the named server, or all of all servers.",
        _schema(server=_SERVER, cursor=_CURSOR),
    ),
    ResourceTool(
        "read_mcp_resource",
        "Reads one resource of an MCP server by its URI.",
        _schema(
            ("server", "uri"), server=_SERVER, uri={"type": "string", "description": "The resource's URI."}
        ),
    ),
)


_READ: Final = TOOLS[-1]


class ResourceTools:
    """The three tools, over a manager."""

    def __init__(self, manager: ConnectionManager) -> None:
        self._manager = manager

    async def call(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run one tool by name as a model would; arguments are checked against the closed schema."""
        tool = next((tool for tool in TOOLS if tool.name == name), None)
        if tool is None:
            raise InvalidArguments(f"unknown tool '{one_line(name, 80)}'")
        given = checked(tool, arguments)
        if tool is _READ:
            result = await self.read(given["server"], given["uri"])
            return {
                "server": result.server,
                "uri": result.uri,
                "contents": result.raw.get("contents", []),
            }
        kind: CatalogKind = "resources" if name == "list_mcp_resources" else "templates"
        return await self.listing(kind, given.get("server"), given.get("cursor"))

    async def listing(
        self, kind: CatalogKind, server: str | None = None, cursor: str | None = None
    ) -> dict[str, Any]:
        """`{server?, resources | resourceTemplates: [{server, …}], nextCursor?}` as a model sees it.

        Without a server a failing one is left out and named under `failures`.
        """
        key = "resources" if kind == "resources" else "resourceTemplates"
        if server is not None:
            self._manager.status(server)  # an unknown name is its own error
            page = await self._manager.page(server, kind, cursor)
            answer: dict[str, Any] = {"server": server, key: _tagged(server, page.items)}
            return answer if page.cursor is None else answer | {"nextCursor": page.cursor}
        if cursor is not None:
            raise InvalidArguments("cursor can only be used when a server is specified")
        names = self._manager.ready
        lists = await asyncio.gather(*(self._whole(name, kind) for name in names))
        everything = [item for items, _ in lists for item in items]
        failures = {name: failure for name, (_, failure) in zip(names, lists, strict=True) if failure}
        return {key: everything} | ({"failures": failures} if failures else {})

    async def read(self, server: str, uri: str) -> ResourceResult:
        """Read one resource; the server must be known and ready."""
        return await self._manager.read_resource(server, uri)

    async def read_as_asked(self, arguments: Mapping[str, Any]) -> ResourceResult:
        """`read_mcp_resource` as a model asks for it, with its pictures, for whoever does not want JSON."""
        given = checked(_READ, arguments)
        return await self.read(given["server"], given["uri"])

    async def _whole(self, server: str, kind: CatalogKind) -> tuple[list[Any], str]:
        try:
            items, faults = await read_all(lambda cursor: self._manager.page(server, kind, cursor))
        except NotReady:
            return [], ""  # it went while we were asking the others
        except JackfieldError as error:
            return [], error.message
        return _tagged(server, items), "; ".join(fault.text for fault in faults)


def _tagged(server: str, items: Any) -> list[dict[str, Any]]:
    return [{"server": server, **item} for item in items if isinstance(item, dict)]


def checked(tool: ResourceTool, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Arguments that fit the closed schema: known names, strings, required ones there; null is absent."""
    known = tool.input_schema["properties"]
    given: dict[str, str] = {}
    for name, value in arguments.items():
        if name not in known:
            near = nearest(name, known, 1)
            raise InvalidArguments(
                f"{tool.name} has no argument '{one_line(name, 80)}'",
                hint=f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}",
            )
        if value is None and name not in tool.input_schema["required"]:
            continue
        if not isinstance(value, str) or not value:
            raise InvalidArguments(f"{name} must be a string that is not empty")
        given[name] = value
    for name in tool.input_schema["required"]:
        if name not in given:
            raise InvalidArguments(f"{tool.name} needs {name}")
    return given

"""Few tools for many: clients find, read and call what servers offer by three tools of ours."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError

from services.catalog.read import read_entries
from services.finder.catalogs import item_of
from services.finder.finder import Finder
from services.ranking import did_you_mean
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence

    from services.finder.items import Item
    from services.gateway.downstream import Downstream
    from services.gateway.views import View

    Call = Callable[[Downstream, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]

__all__ = ("Search",)

_MOST: Final = 50
_USUAL: Final = 10
_LINE: Final = 300
"""Characters of a description in a list of what was found."""


class Search:
    """The three tools of one view, and the pinned ones; `call` calls by names of the view."""

    def __init__(self, view: View, pinned: Sequence[str], call: Call) -> None:
        self._view = view
        self._pinned = frozenset(pinned)
        self._call = call
        self._finder = Finder(_Tools(view))

    def tools(self) -> list[dict[str, Any]]:
        """What is listed."""
        return [*_OURS, *(tool for tool in self._view.entries("tools") if tool["name"] in self._pinned)]

    async def answer(self, down: Downstream) -> dict[str, Any] | None:
        """The result of a call of ours; None for one that is not."""
        arguments = down.params.get("arguments") or {}
        match down.params.get("name"):
            case "search_tools":
                return await self._search(arguments)
            case "describe_tool":
                return _result({"tool": self._tool(arguments.get("name"))})
            case "call_tool":
                name = self._tool(arguments.get("name"))["name"]
                given = arguments.get("arguments")
                params = {**down.params, "name": name, "arguments": given if isinstance(given, dict) else {}}
                return await self._call(down, name, params)
        return None

    async def _search(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        query, limit = arguments.get("query"), arguments.get("limit", _USUAL)
        if not isinstance(query, str) or isinstance(limit, bool) or not isinstance(limit, int):
            raise MCPError(types.INVALID_PARAMS, "query must be a text, and limit a whole number")
        await self._finder.freshen()
        found = await self._finder.search(query)
        shown = [
            {"name": item.value, "description": one_line(item.description or item.title, _LINE)}
            for item in found.items[: min(max(limit, 1), _MOST)]
        ]
        return _result({"tools": shown, "total": len(found.items)})

    def _tool(self, name: object) -> dict[str, Any]:
        tools = {tool["name"]: tool for tool in self._view.entries("tools")}
        if isinstance(name, str) and name in tools:
            return tools[name]
        near = did_you_mean(str(name), list(tools)) or "search_tools finds the names"
        raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {one_line(str(name), 120)}. {near}")


class _Tools:
    """The tools of a view, for the finder; what is found goes by its name there."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._shown: tuple[dict[str, Any], ...] = ()

    def parts(self) -> Mapping[Hashable, object]:
        entries = self._view.entries("tools")
        if self._shown != tuple(entries):
            self._shown = tuple(entries)
        return {"tools": self._shown}

    def items(self, key: Hashable, content: object) -> Iterator[Item]:
        for entry in self._shown:
            target = self._view.target("tools", entry["name"])
            server = target.server if target is not None else ""
            raw = {**entry, "name": target.name if target is not None else entry["name"]}
            read, _ = read_entries(server, "tools", [raw])
            for tool in read:
                yield replace(item_of(tool), value=entry["name"])


def _result(content: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(content, ensure_ascii=False)
    return {"content": [{"type": "text", "text": text}], "structuredContent": content}


_NAME: Final = {"type": "string", "description": "The name, as search_tools gives it."}
_HARMLESS: Final = {"readOnlyHint": True, "openWorldHint": False}
_OURS: Final[list[dict[str, Any]]] = [
    {
        "name": "search_tools",
        "title": "Search tools",
        "description": "Find tools by words: what they do, their names, their servers. Best first.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "query": {"type": "string", "description": "Words to look for; empty for all."},
                "limit": {"type": "integer", "minimum": 1, "maximum": _MOST, "default": _USUAL},
            },
            "required": ["query"],
        },
        "annotations": _HARMLESS,
    },
    {
        "name": "describe_tool",
        "title": "Describe a tool",
        "description": "Everything known of one tool: description, input schema, output schema.",
        "inputSchema": {"type": "object", "properties": {"name": _NAME}, "required": ["name"]},
        "annotations": _HARMLESS,
    },
    {
        "name": "call_tool",
        "title": "Call a tool",
        "description": "Call a tool that search_tools found, with arguments as describe_tool says.",
        "inputSchema": {
            "type": "object",
            "properties": {"name": _NAME, "arguments": {"type": "object", "description": "Its arguments."}},
            "required": ["name"],
        },
    },
]

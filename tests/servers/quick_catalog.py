"""What the quick server offers: its lists, in pages, and the texts of a hostile one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.servers.quick_wire import Refused

if TYPE_CHECKING:
    import argparse

__all__ = ("ARGUMENTS", "HOSTILE", "Catalog")

HOSTILE = (
    "[/x][@click=app.quit]x[/]\x1b]52;c;b3duZWQ=\x07\x1b]0;owned\x07\x1b[2J\x9b31m\x9d0;owned\x9c"
    "\u202egnp.exe\u2066\u200b\x00\x08\r\x7f"
)
"""Markup, OSC 52 and OSC 0, a clear screen, C1, bidirectional overrides, C0."""

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFUlEQVR4nAXBAQEAAACAEP9PF0JQGR7vBPykAXTzAAAAAElFTkSuQmCC"
)
"""Two by two pixels."""

ARGUMENTS: dict[str, dict[str, str]] = {
    "echo": {"text": "string"},
    "sleep": {"seconds": "number"},
    "ask": {"mode": "string", "count": "integer", "withdraw_after": "number"},
    "bad_result": {"kind": "string"},
    "rpc_error": {"code": "integer", "message": "string"},
    "die": {"status": "integer"},
    "flood_stderr": {"lines": "integer"},
    "big": {"bytes": "integer"},
    "progress": {"steps": "integer", "delay": "number"},
    "structured": {},
    "notify_list_changed": {"what": "string"},
}
"""The tools that are always there, with the types of their arguments."""


class Catalog:
    """The lists and what can be read from them; `mark` is added to every text."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.mark: str = HOSTILE if options.hostile else ""
        self.late: list[tuple[str, str]] = []
        """What was added while running: "tools", "resources" or "prompts", and the name."""

    def named(self, name: str) -> dict[str, Any]:
        """Name, title and description, with the mark of a hostile server on each."""
        title = name.replace("_", " ").capitalize()
        return {"name": name + self.mark, "title": title + self.mark, "description": f"{title}.{self.mark}"}

    def tools(self) -> list[dict[str, Any]]:
        arguments = dict(ARGUMENTS)
        arguments |= {f"filler_{number}": {} for number in range(1, self.options.tools + 1)}
        arguments |= {name: {} for what, name in self.late if what == "tools"}
        tools = [self.named(name) | {"inputSchema": self.schema(given)} for name, given in arguments.items()]
        if self.options.strict:
            tools[0]["inputSchema"]["required"] = ["text"]
        for tool in tools:
            if tool["name"].startswith("structured"):
                tool["outputSchema"] = self.schema({"count": "integer"}) | {"required": ["count"]}
            if self.options.dies_once:
                tool["annotations"] = {"idempotentHint": True}
        return tools

    def schema(self, properties: dict[str, str]) -> dict[str, Any]:
        fields: dict[str, dict[str, Any]] = {
            name: {"type": kind}
            | ({"title": name + self.mark, "description": self.mark} if self.mark else {})
            for name, kind in properties.items()
        }
        if self.mark:
            fields[f"extra{self.mark}"] = {"type": "string", "enum": [self.mark], "default": self.mark}
        return {"type": "object", "properties": fields}

    def resources(self) -> list[dict[str, Any]]:
        kinds = {"text": "text/plain", "json": "application/json", "picture": "image/png"}
        kinds |= {name: "text/plain" for what, name in self.late if what == "resources"}
        kinds |= {f"filler/{number}": "text/plain" for number in range(1, self.options.resources + 1)}
        return [
            self.named(name) | {"uri": f"quick://{name}{self.mark}", "mimeType": kind + self.mark}
            for name, kind in kinds.items()
        ]

    def templates(self) -> list[dict[str, Any]]:
        return [self.named("item") | {"uriTemplate": "quick://item/{number}", "mimeType": "text/plain"}]

    def prompts(self) -> list[dict[str, Any]]:
        plain = [self.named("plain")] + [self.named(name) for what, name in self.late if what == "prompts"]
        given = [{**self.named("name"), "required": True}, {**self.named("tone"), "required": False}]
        return [*plain, self.named("greet") | {"arguments": given}]

    def page(self, key: str, items: list[dict[str, Any]], params: dict[str, Any]) -> dict[str, Any]:
        """One page of a list; with --repeat-cursor every page names the same next one."""
        size = self.options.page_size
        if not size:
            return {key: items}
        cursor = params.get("cursor")
        start = size if cursor == "again" else int(cursor or 0)
        answer: dict[str, Any] = {key: items[start : start + size]}
        if self.options.repeat_cursor:
            return answer | {"nextCursor": "again"}
        return answer | ({"nextCursor": str(start + size)} if start + size < len(items) else {})

    def read(self, uri: str) -> dict[str, Any]:
        name = uri.removeprefix("quick://").removesuffix(self.mark)
        if name == "picture":
            return {"uri": uri, "mimeType": "image/png", "blob": PNG}
        if name == "json":
            return {"uri": uri, "mimeType": "application/json", "text": json.dumps({"quick": True})}
        if name.startswith(("text", "item/", "filler/", "late_")):
            return {"uri": uri, "mimeType": "text/plain", "text": f"This is {name}.{self.mark}"}
        raise Refused(-32002, f"Resource not found{self.mark}")

    def prompt(self, params: dict[str, Any]) -> dict[str, Any]:
        given = params.get("arguments") or {}
        name = given.get("name", given.get(f"name{self.mark}", "nobody"))
        said = {"type": "text", "text": f"{params['name']} for {name}{self.mark}"}
        return {"description": self.mark, "messages": [{"role": "user", "content": said}]}

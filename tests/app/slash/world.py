"""A small world to name things in: three servers, one of them hostile, one with a name of two words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.catalog.entries import (
    Catalog,
    Prompt,
    PromptArgument,
    Resource,
    ResourceTemplate,
    Tool,
)
from services.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("ADD", "ASK", "World")

ADD = {
    "type": "object",
    "properties": {
        "round": {"type": "boolean"},
        "a": {"type": "integer", "description": "The first number"},
        "b": {"type": "number"},
        "unit": {"enum": ["metre", "mile"]},
    },
    "required": ["b", "a"],
    "additionalProperties": False,
}
ASK = Prompt("demo", "ask", "ask", arguments=(PromptArgument("tone"), PromptArgument("topic", "What", True)))


def _tool(server: str, name: str, schema: dict[str, object] | None = None) -> Tool:
    return Tool(server, name, name, description=f"About {name}", input_schema=schema or {"type": "object"})


class World:
    """What completion and parsing ask, with every question to a server written down."""

    def __init__(self, catalogs: Mapping[str, Catalog] | None = None) -> None:
        self.questions: list[tuple[str, str, str, str, dict[str, str]]] = []
        self.catalogs = catalogs or {
            "demo": Catalog(
                tools=(_tool("demo", "add", ADD), _tool("demo", "echo"), _tool("demo", "echo loud")),
                resources=(Resource("demo", "demo://text", "demo://text", "text"),),
                templates=(
                    ResourceTemplate("demo", "demo://city/{name}/{part}", "demo://city/{name}/{part}"),
                ),
                prompts=(ASK,),
            ),
            "my files": Catalog(tools=(_tool("my files", "read"),)),
            "[/x]\x1b]0;owned\x07": Catalog(),
        }

    def servers(self) -> tuple[str, ...]:
        return tuple(self.catalogs)

    def catalog(self, server: str) -> Catalog:
        return self.catalogs[server]

    def models(self) -> tuple[str, ...]:
        return ("fast", "clever")

    def saved_calls(self) -> dict[str, str]:
        return {"smoke": "demo.add", "add two": "demo.add  adds two numbers"}

    def themes(self) -> tuple[str, ...]:
        return ("nord", "gruvbox")

    async def complete(
        self,
        server: str,
        ref: Prompt | ResourceTemplate,
        argument: str,
        value: str,
        context: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        kind = "prompt" if isinstance(ref, Prompt) else "template"
        self.questions.append((server, kind, argument, value, dict(context or {})))
        if argument == "topic":
            raise ServerError("no completions", code=-32601)
        return ("São Paulo", "Salta/Norte") if kind == "template" else ("dry", "two words", "x\x1b[2J")

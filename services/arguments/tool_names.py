"""Which tool a name means: `server.tool`, as every cell prints it, or the name of the tool alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.arguments.pieces import pieces
from services.arguments.words import read_word, skip_blanks
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.catalog.entries import Catalog

__all__ = ("Offering", "is_bare_call", "owners", "qualified_tools", "tools_named")


class Offering(Protocol):
    """The servers there are and what they offer."""

    def servers(self) -> Sequence[str]: ...

    def catalog(self, server: str) -> Catalog: ...


def tools_named(name: str, offering: Offering) -> tuple[tuple[str, str], ...]:
    """The tools of that name, as server and tool: of `server.tool`, else all that are called so.

    Names of servers and of tools may hold dots themselves: every way to part them counts.
    """
    return qualified_tools(name, offering) or tuple(
        (server, tool.name) for server in offering.servers() if (tool := offering.catalog(server).tool(name))
    )


def qualified_tools(name: str, offering: Offering) -> tuple[tuple[str, str], ...]:
    """The tools that are `server.tool` in these words."""
    return tuple(
        (server, tool.name)
        for server, rest in owners(name, offering)
        if (tool := offering.catalog(server).tool(rest))
    )


def owners(name: str, offering: Offering) -> tuple[tuple[str, str], ...]:
    """The servers that a name may begin with, longest first, each with what stands behind the dot."""
    found = [
        (server, name[len(shown) + 1 :])
        for server in offering.servers()
        for shown in dict.fromkeys((server, one_line(server)))
        if name.startswith(f"{shown}.") and len(name) > len(shown) + 1
    ]
    return tuple(sorted(found, key=lambda owner: len(owner[1])))


def is_bare_call(text: str, offering: Offering) -> bool:
    """Whether a text is a call without its command: `server.tool`, and nothing or arguments behind it.

    A sentence that begins with the name of a tool is none.
    """
    word = read_word(text, skip_blanks(text, 0))
    rest = text[word.end :].strip()
    if word.unclosed or "." not in word.text or not qualified_tools(word.text, offering):
        return False
    return not rest or rest.startswith("{") or bool(next(pieces(rest, lambda _key: True)).key)

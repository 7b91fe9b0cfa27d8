"""The words of a command that name a server and its tool: two, or one as in `/call demo.echo`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.slash.command import Kind
from app.slash.names import match_name
from services.arguments.tool_names import owners, qualified_tools, tools_named
from services.arguments.words import Word, quote
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.slash.command import Argument
    from app.slash.names import Names

__all__ = ("server_and_tool", "several_tools", "tool_names", "wants_tool")


def wants_tool(arguments: Sequence[Argument]) -> bool:
    return [argument.kind for argument in arguments[:2] if argument.required] == [Kind.SERVER, Kind.TOOL]


def server_and_tool(rest: Sequence[Word], names: Names) -> Sequence[Word]:
    """The words with the one that names a server and its tool made two; a server of that name comes first."""
    word, *more = rest
    if is_server(rest, names):
        return rest
    found = tools_named(word.text, names)
    if len(found) == 1:
        return (*(Word(name, word.start, word.end, quoted=True) for name in found[0]), *more)
    if not found and not word.quoted and (owner := next(iter(owners(word.text, names)), None)):
        at = word.end - len(owner[1])
        return (Word(owner[0], word.start, at - 1), Word(owner[1], at, word.end), *more)
    return rest


def is_server(rest: Sequence[Word], names: Names) -> bool:
    """Whether the first word is the server: not where arguments follow it, and a tool has its name."""
    server = match_name(rest[0].text, names.servers())
    if server is None or len(rest) < 2:
        return server is not None
    tools = [tool.name for tool in names.catalog(server).tools]
    known = not tools or match_name(rest[1].text, tools) is not None
    begins_arguments = "=" in rest[1].text or rest[1].text.startswith("{")
    return known or not begins_arguments or not tools_named(rest[0].text, names)


def several_tools(rest: Sequence[Word], names: Names) -> tuple[tuple[str, str], ...]:
    """Where the first word is the name of several tools, their servers, and how each is named alone."""
    if is_server(rest, names) or len(found := tools_named(rest[0].text, names)) < 2:
        return ()
    shown = [(one_line(server), one_line(tool)) for server, tool in found]
    if qualified_tools(rest[0].text, names):  # dots can be read in several ways, two words cannot
        return tuple((server, f"{quote(server)} {quote(tool)}") for server, tool in shown)
    return tuple((server, quote(f"{server}.{tool}")) for server, tool in shown)


def tool_names(word: Word, names: Names) -> Sequence[str]:
    """Names of tools that may have been meant in the place of a server that is not known."""
    if match_name(word.text, names.servers()) is not None:
        return ()
    tools = [tool for server in names.servers() for tool in names.catalog(server).tools]
    return [*(f"{tool.server}.{tool.name}" for tool in tools), *dict.fromkeys(tool.name for tool in tools)]

"""Where a cell of the history came from, and the same again: as a slash command, for a shell, as a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.arguments.shell import ShellReach
    from services.results.content import PromptResult, ResourceResult, ToolResult

__all__ = ("Source", "of_call", "of_prompt", "of_reading", "of_skill")


class Source:
    """Where a cell came from: what calls it again, and what it brought back whole."""

    __slots__ = ("again", "call", "copied", "open", "raw", "result", "server", "shell", "stem")

    def __init__(self, server: str = "", again: str = "", shell: str = "", stem: str = "") -> None:
        self.server = server
        self.again = again
        """The slash command that does the same again."""
        self.shell = shell
        """The same as a command for a shell; empty where there is none."""
        self.stem = stem
        """What saved files are called."""
        self.call: tuple[str, str, Mapping[str, Any]] | None = None
        """The server, the tool and the arguments, where it is a call that can be kept."""
        self.copied = ""
        """What copying the cell copies, where that is not its text: an address."""
        self.open: Callable[[str], None] | None = None
        """What one of its links opens, where that is no resource to read."""
        self.result: ToolResult | ResourceResult | PromptResult | None = None
        self.raw: Mapping[str, Any] | None = None


def of_call(reach: ShellReach, server: str, tool: str, arguments: Mapping[str, Any]) -> Source:
    """Of a tool call; a tool of no server cannot be called again by hand."""
    from services.arguments.words import quote

    if not server:
        return Source(stem=tool)
    again = " ".join(["/call", quote(server), quote(tool), *_words(arguments)])
    source = Source(server, again, reach.call(server, tool, arguments), f"{server}-{tool}")
    source.call = (server, tool, arguments)
    return source


def of_reading(reach: ShellReach, server: str, uri: str) -> Source:
    """Of a resource that is read."""
    from services.arguments.words import quote

    stem = uri.rpartition("/")[2] or server
    return Source(server, f"/read {quote(server)} {quote(uri)}", reach.read(server, uri), stem)


def of_skill(reach: ShellReach, server: str, skill: str, path: str = "") -> Source:
    """Of a skill that is opened, or of one of its files."""
    from services.arguments.words import quote

    again = " ".join(["/skills", *(quote(word) for word in (server, skill, path) if word)])
    stem = path.rpartition("/")[2] or f"{skill}-SKILL.md"
    return Source(server, again, reach.skill(server, skill, path), stem)


def of_prompt(reach: ShellReach, server: str, name: str, arguments: Mapping[str, str]) -> Source:
    """Of a prompt that is got."""
    from services.arguments.words import quote

    again = " ".join(["/prompt", quote(server), quote(name), *_words(arguments)])
    return Source(server, again, reach.prompt(server, name, arguments), name)


def _words(arguments: Mapping[str, Any]) -> list[str]:
    if not arguments:
        return []
    from services.numbers import exact_json  # late: the first paint needs none of it

    return [exact_json(dict(arguments), ensure_ascii=False)]

"""What a slash command is: its name, its words for people, its arguments and sub-commands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("Argument", "Command", "Kind")


class Kind(StrEnum):
    """What an argument is: how it is checked, completed and how much of the line it takes."""

    SERVER = "server"
    TOOL = "tool"
    URI = "uri"
    PROMPT = "prompt"
    SKILL = "skill"
    FILE = "file"
    """A file of the skill."""
    SAVED = "saved call"
    """The name of a saved call: the rest of the line, quotes taken out."""
    THEME = "theme"
    LEVEL = "log level"
    MODEL = "model"
    PROGRAM = "program"
    """A program whose servers can be brought over, or a file."""
    NEW_SERVER = "new server"
    """The rest of the line as typed, for `app.command_line.servers.add`."""
    WORD = "word"
    """One word that nothing checks, such as a file name."""
    TEXT = "text"
    """The rest of the line, quotes taken out."""
    TOOL_ARGUMENTS = "tool arguments"
    """The rest of the line as typed, for `services.arguments.line`."""
    PROMPT_ARGUMENTS = "prompt arguments"
    """The rest of the line as typed: `key=value`, every value a string."""

    @property
    def takes_rest(self) -> bool:
        return self in (Kind.TEXT, Kind.SAVED, Kind.NEW_SERVER, Kind.TOOL_ARGUMENTS, Kind.PROMPT_ARGUMENTS)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name in an `Invocation`, and how usage lines show it."""

    name: str
    kind: Kind
    shown: str
    required: bool = True

    @property
    def usage(self) -> str:
        return self.shown if self.required else f"[{self.shown}]"


@dataclass(frozen=True, slots=True)
class Command:
    """One command or sub-command."""

    name: str
    summary: str
    title: str
    """The line in the palette; `{server}` in it makes one line a server."""
    group: str = ""
    arguments: tuple[Argument, ...] = ()
    subcommands: tuple[Command, ...] = ()
    fits_all: str = "all servers"
    """What stands for `{server}` when the optional server is left out."""

    @property
    def needs_arguments(self) -> bool:
        return any(argument.required for argument in self.arguments)

    @property
    def usage(self) -> str:
        """The command alone, such as `/mcp [verbose | NAME]`."""
        return self.usage_in(())

    def usage_in(self, path: Sequence[Command]) -> str:
        """The usage of this command under the commands that lead to it."""
        words = ["/" + " ".join(command.name for command in (*path, self))]
        keywords = [sub.name for sub in self.subcommands if not sub.arguments]
        own = [argument.usage for argument in self.arguments]
        if keywords:
            own[:1] = [f"[{' | '.join([*keywords, *(a.shown for a in self.arguments[:1])])}]"]
        return " ".join([*words, *own])

    @property
    def usages(self) -> tuple[str, ...]:
        """Its own usage, then its sub-commands', those with the same arguments in one line."""
        lines = [self.usage]
        alike: dict[str, list[str]] = {}
        for sub in self.subcommands:
            if sub.arguments:
                alike.setdefault(" ".join(a.usage for a in sub.arguments), []).append(sub.name)
        lines.extend(f"/{self.name} {'|'.join(names)} {usage}" for usage, names in alike.items())
        return tuple(lines)

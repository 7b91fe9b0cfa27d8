"""The slash commands in the command palette, one line for each server where that helps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content

from app.slash.parse import prompt_line
from app.slash.table import COMMANDS, SAY_PROMPT, Command, Kind, walk
from services.arguments.words import quote
from services.ranking import positions
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.command import Hits

__all__ = ("PaletteLine", "SlashCommands", "SlashHost", "palette_lines")


class SlashHost(Protocol):
    """What the App offers the palette."""

    def run_slash(self, text: str) -> None:
        """Carry out a command line as if it had been sent."""

    def fill_composer(self, text: str) -> None:
        """Put the beginning of a command line into the composer and the focus with it."""

    def server_names(self) -> Sequence[str]:
        """The configured servers."""


@dataclass(frozen=True, slots=True)
class PaletteLine:
    """One line of the palette; its texts are printable, but may look like markup."""

    title: str
    line: str
    """The command line it stands for."""
    summary: str
    runs: bool
    """Choosing it carries the line out; else the composer is filled with it, to be completed."""


def palette_lines(servers: Sequence[str], commands: Sequence[Command] = COMMANDS) -> Iterator[PaletteLine]:
    """Every command and sub-command of the table, then the same for each server."""
    ways = list(walk(commands))
    for path in ways:
        yield _line(path)
    for path in ways:
        arguments = path[-1].arguments
        if arguments and arguments[0].kind is Kind.SERVER:
            for server in servers:
                yield _line(path, server)
    for server in servers:
        title = SAY_PROMPT.title.replace("{server}", one_line(server, 80))
        yield PaletteLine(f"{title}…", prompt_line(server, ""), SAY_PROMPT.summary, False)


def _line(path: Sequence[Command], server: str | None = None) -> PaletteLine:
    command = path[-1]
    words = ["/" + " ".join(each.name for each in path)]
    needed = [argument for argument in command.arguments if argument.required]
    if server is None:
        name = command.fits_all if not needed else "a server"
    else:
        name = one_line(server, 80)
        keywords = [sub.name for sub in command.subcommands]
        words.append(f'"{name}"' if name in keywords else quote(one_line(server)))
        needed = [argument for argument in needed if argument.kind is not Kind.SERVER]
    title = command.title.replace("{server}", name) + ("…" if needed else "")
    return PaletteLine(title, " ".join(words) + (" " if needed else ""), command.summary, not needed)


class SlashCommands(Provider):
    """Finds slash commands by title and by name; needs an App that is a `SlashHost`.

    Hits are `Content`, never strings: the palette takes strings for markup, and Textual's own
    matcher does too. Its cost also grows with every way the letters fall, ours is linear.
    """

    async def search(self, query: str) -> Hits:
        for line in self._lines():
            title, words = positions(query, line.title), positions(query, line.line)
            score = max(title[0], words[0])
            if score > 0:
                yield Hit(
                    score,
                    self._shown(line, title[1] if title[0] else (), words[1] if words[0] > title[0] else ()),
                    self._choice(line),
                    text=line.title,
                    help=line.summary,
                )

    async def discover(self) -> Hits:
        for line in self._lines():
            yield DiscoveryHit(self._shown(line), self._choice(line), text=line.title, help=line.summary)

    @property
    def _host(self) -> SlashHost:
        return cast("SlashHost", self.app)

    def _lines(self) -> Iterator[PaletteLine]:
        return palette_lines(self._host.server_names())

    def _choice(self, line: PaletteLine) -> Callable[[], None]:
        return partial(self._host.run_slash if line.runs else self._host.fill_composer, line.line)

    def _shown(
        self, line: PaletteLine, in_title: Sequence[int] = (), in_words: Sequence[int] = ()
    ) -> Content:
        words = Content(line.line.strip()).stylize("dim not bold")
        return Content.assemble(
            self._marked(Content(line.title), in_title), "  ", self._marked(words, in_words)
        )

    def _marked(self, text: Content, matches: Sequence[int]) -> Content:
        style = self.match_style or "underline"
        for at in matches:
            text = text.stylize(style, at, at + 1)
        return text

"""The slash commands in the command palette, one line for each server where that helps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, cast

from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content

from app.slash.command import Command, Kind
from app.slash.parse import prompt_line
from app.slash.table import COMMANDS, SAY_PROMPT, walk
from services.arguments.words import quote
from services.finder.marks import excerpt, marks
from services.finder.query import read_query
from services.finder.ranking import Ranked, rank_names
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual.command import Hits

    from services.finder.finder import Found
    from services.finder.items import Item

__all__ = ("FindingHost", "FoundEntries", "PaletteLine", "SlashCommands", "SlashHost", "palette_lines")

_MOST_ENTRIES: Final = 20
"""Entries of servers beside the commands: the finder itself shows all."""


class SlashHost(Protocol):
    """What the App offers the palette."""

    def run_slash(self, text: str) -> None:
        """Carry out a command line as if it had been sent."""

    def fill_composer(self, text: str) -> None:
        """Put the beginning of a command line into the composer and the focus with it."""

    def server_names(self) -> Sequence[str]:
        """The configured servers."""


class FindingHost(Protocol):
    """What the App offers to find beside its commands."""

    async def find_entries(self, words: str) -> Found:
        """What fits the words, best first."""

    def use_entry(self, item: Item) -> None:
        """Open what was found: its form, or the resource."""


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
        lines = list(self._lines())
        for score, place in scores(rank_names(query, (f"{line.title} {line.line}" for line in lines))):
            line = lines[place]
            yield Hit(score, self._shown(line, query), self._choice(line), text=line.title, help=line.summary)

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

    def _shown(self, line: PaletteLine, query: str = "") -> Content:
        title, words = Content(line.title), Content(line.line.strip()).stylize("dim not bold")
        return Content.assemble(marked(self, title, query), "  ", marked(self, words, query))


class FoundEntries(Provider):
    """Finds what the finder finds: tools, resources, templates, prompts; needs a `FindingHost`."""

    async def search(self, query: str) -> Hits:
        host = cast("FindingHost", self.app)
        found = await host.find_entries(query)
        ranked = Ranked(list(range(len(found.items[:_MOST_ENTRIES]))), list(found.weights[:_MOST_ENTRIES]))
        for score, place in scores(ranked):
            item = found.items[place]
            name = one_line(f"{item.server}.{item.name}" if item.server else item.name, 200)
            kind = Content(f"  {item.kind}").stylize("dim not bold")
            yield Hit(
                score,
                Content.assemble(marked(self, Content(name), query), kind),
                partial(host.use_entry, item),
                text=name,
                help=Content(excerpt(read_query(query), item.description or item.title, 100)),  # type: ignore[arg-type]
            )


def scores(ranked: Ranked) -> Iterator[tuple[float, int]]:
    """What was ranked with the scores of the palette, which are the better the higher and never the same."""
    for order, (place, weight) in enumerate(zip(ranked.places, ranked.weights, strict=True)):
        yield 1 / (1 + max(weight, 0)) - order * 1e-7, place


def marked(provider: Provider, text: Content, query: str) -> Content:
    """The text with the words that are looked for in the palette's own style."""
    for start, end in marks(read_query(query), text.plain):
        text = text.stylize(provider.match_style or "underline", start, end)
    return text

"""Completing `/mcp add` and `/import`: the options of the shell's command, and the programs known here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.slash.offers import Offer, Place, candidates_of
from services.arguments.words import words
from services.finder.ranking import best

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.composer.candidate import Candidate

__all__ = ("PROGRAMS", "new_server_candidates")

PROGRAMS: Final = (
    *("codex", "claude", "cursor", "vscode", "windsurf", "gemini", "opencode", "goose"),
    *("cline", "roo", "zed", "continue", "lmstudio", "amazonq", "kiro", "jetbrains", "registry"),
)
"""Programs whose files are found by themselves."""

_PROGRAM_FOLLOWS: Final = "--"


def new_server_candidates(place: Place, begin: int) -> tuple[Candidate, ...]:
    """The options that may come next: after the name, not within the program's own words or a value."""
    before = [word.text for word in words(place.text[begin : place.start])]
    if not before or _PROGRAM_FOLLOWS in before or not place.at_end:
        return ()
    options = list(_options())
    if any(option.more and option.text == before[-1] for option in options):
        return ()
    offers = best(place.typed, _fitting(options, before), lambda offer: offer.text)
    return candidates_of(offers, place, settled=not place.typed and len(before) > 1)


def _options() -> Iterator[Offer]:
    """The options of `jackfield mcp add`, with what they are for; `more` where a value follows."""
    from app.command_line.servers.commands import add

    for option in add.params:
        name = option.opts[0]
        if name.startswith("--"):
            takes = not getattr(option, "is_flag", False)
            value = option.metavar or "|".join(getattr(option.type, "choices", ("VALUE",)))
            label = f"{name} {value}" if takes else name
            yield Offer(name, name, label, getattr(option, "help", "") or "", more=takes)


def _fitting(options: list[Offer], before: list[str]) -> Iterator[Offer]:
    """What goes together with the options that are given already."""
    from app.command_line.servers.add import HTTP_OPTIONS, STDIO_OPTIONS
    from app.command_line.servers.commands import add

    given = {word.partition("=")[0] for word in before}
    often = {option.opts[0] for option in add.params if getattr(option, "multiple", False)}
    url, program = bool(given & {"--url", *HTTP_OPTIONS}), bool(given & STDIO_OPTIONS)
    if not url:
        yield Offer(
            _PROGRAM_FOLLOWS, _PROGRAM_FOLLOWS, "-- CMD ARGS…", "The program that is the server", more=True
        )
    for offer in options:
        other = STDIO_OPTIONS if url else {"--url", *HTTP_OPTIONS} if program else ()
        if offer.text not in other and (offer.text not in given or offer.text in often):
            yield offer

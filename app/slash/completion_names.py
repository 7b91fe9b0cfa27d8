"""Completing names: of servers and what they offer, of models, themes, saved calls and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.slash.command import Kind
from app.slash.completion_servers import PROGRAMS
from app.slash.offers import Offer, Place, candidates_of, name_offers
from app.slash.parse import match_name
from services.arguments.words import quote
from services.finder.ranking import best
from services.settings import LEVELS
from services.skills.naming import labels, size_text
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.slash.command import Argument, Command
    from app.slash.offers import CompletionSource
    from services.catalog.entries import Catalog, Prompt, Tool
    from services.skills.entries import Skill
    from widgets.composer.candidate import Candidate

__all__ = ("NAMES", "about_prompt", "counts", "file_candidates", "name_candidates", "server_offers")

_OURS = frozenset((Kind.SAVED, Kind.THEME, Kind.MODEL, Kind.LEVEL, Kind.PROGRAM))
_OFFERED = frozenset((Kind.TOOL, Kind.PROMPT, Kind.SKILL))
NAMES = _OURS | _OFFERED | {Kind.SERVER}
"""The kinds of arguments that are names."""


def name_candidates(
    place: Place, command: Command, slot: Argument, server: str | None, source: CompletionSource
) -> tuple[Candidate, ...]:
    """Names for an argument of a command; those of what a server offers once that is known."""
    after = command.arguments[command.arguments.index(slot) + 1 :]
    more, final = bool(after), not any(argument.required for argument in after)
    if slot.kind is Kind.SERVER:
        offers = server_offers(place, source, more=more, final=final)
        if after and after[0].required and after[0].kind is Kind.TOOL:
            offers += _tool_offers(place, source)
    elif slot.kind in _OURS:
        offers = _own_offers(place, slot.kind, source, more=more, final=final)
    elif server is not None:
        offers = _catalog_offers(place, slot.kind, source.catalog(server), more=more, final=final)
    else:
        return ()
    named = [offer.final for offer in offers if offer.text == place.typed]
    if not place.typed:
        settled = not slot.required
    elif named:
        settled = any(named)
    else:
        # An optional server may turn out to be the first word of a filter.
        settled = not slot.required and more
    return candidates_of(offers, place, settled=settled)


def _own_offers(
    place: Place, kind: Kind, source: CompletionSource, *, more: bool, final: bool
) -> list[Offer]:
    """Names that no server gives; only those of saved calls say more than themselves."""
    about: Mapping[str, str] = {}
    match kind:
        case Kind.MODEL:
            names = source.models()
        case Kind.THEME:
            names = source.themes()
        case Kind.PROGRAM:
            names = PROGRAMS
        case Kind.LEVEL:
            names = LEVELS
        case _:
            about = source.saved_calls()
            names = tuple(about)
    return name_offers(place, names, str, lambda name: about.get(name, ""), more=more, final=final)


def _catalog_offers(place: Place, kind: Kind, catalog: Catalog, *, more: bool, final: bool) -> list[Offer]:
    """Names of what one server offers."""
    if kind is Kind.TOOL:
        return name_offers(place, catalog.tools, lambda tool: tool.name, _about_tool, more=more, final=final)
    if kind is Kind.SKILL:
        known = dict(zip(labels(catalog.skills), catalog.skills, strict=True))
        return name_offers(place, known, str, lambda name: known[name].description, more=more, final=final)
    return name_offers(
        place, catalog.prompts, lambda prompt: prompt.name, about_prompt, more=more, final=final
    )


def _tool_offers(place: Place, source: CompletionSource) -> list[Offer]:
    """Tools of all servers as `server.tool`, once something is typed that names one."""
    if not place.typed.strip():
        return []
    tools = [tool for server in source.servers() for tool in source.catalog(server).tools]
    found = best(place.typed, tools, lambda tool: f"{tool.server}.{tool.name}")
    names = [(one_line(f"{tool.server}.{tool.name}"), tool) for tool in found]
    return [
        Offer(name, quote(name), name, one_line(_about_tool(tool), 160), more=True, final=True)
        for name, tool in names
    ]


def file_candidates(place: Place, typed: str, skills: Sequence[Skill]) -> tuple[Candidate, ...]:
    """The files of the skill that was named."""
    known = dict(zip(labels(skills), skills, strict=True))
    name = match_name(typed, tuple(known))
    files = known[name].files if name is not None else ()
    offers = name_offers(place, files, lambda file: file.path, size_text, more=False, final=True)
    settled = not place.typed or any(offer.text == place.typed for offer in offers)
    return candidates_of(offers, place, settled=settled)


def _about_tool(tool: Tool) -> str:
    return tool.description or tool.title


def about_prompt(prompt: Prompt) -> str:
    """A prompt in a few words."""
    return prompt.description or prompt.title


def server_offers(
    place: Place, source: CompletionSource, *, more: bool, final: bool, keywords: Sequence[str] = ()
) -> list[Offer]:
    """Names of servers, each with what it offers."""
    return name_offers(
        place,
        source.servers(),
        str,
        lambda server: counts(source.catalog(server)),
        more=more,
        final=final,
        keywords=keywords,
    )


def counts(catalog: Catalog) -> str:
    """What a server offers, in a few words."""
    counts = (
        (len(catalog.tools), "tool"),
        (len(catalog.resources), "resource"),
        (len(catalog.templates), "template"),
        (len(catalog.prompts), "prompt"),
        (len(catalog.skills), "skill"),
    )
    return " · ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count)

"""Completing what a line begins with: commands, their sub-commands, and prompts, which are commands too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.slash.command import Argument, Command, Kind
from app.slash.completion_names import about_prompt, server_offers
from app.slash.offers import Offer, Place, candidates_of
from app.slash.parse import prompt_line
from services.finder.ranking import best
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.slash.offers import CompletionSource
    from services.catalog.entries import Prompt
    from widgets.composer.candidate import Candidate

__all__ = ("command_candidates", "subcommand_candidates")

_MOST_SHOWN = 3
"""Arguments of a prompt that its line in the list shows."""


def command_candidates(
    place: Place, commands: Sequence[Command], source: CompletionSource
) -> tuple[Candidate, ...]:
    """Commands, and once something is typed the prompts of all servers, which are commands too."""
    known: list[Offer | Prompt] = [
        Offer(
            f"/{command.name}",
            f"/{command.name}",
            command.usage,
            command.summary,
            more=bool(command.arguments or command.subcommands),
            final=not command.needs_arguments,
        )
        for command in commands
    ]
    if len(place.typed) > 1:
        known += [prompt for server in source.servers() for prompt in source.catalog(server).prompts]
    found = best(place.typed, known, lambda each: each.text if isinstance(each, Offer) else _said(each))
    offers = [each if isinstance(each, Offer) else _prompt_offer(each) for each in found]
    # Commands are found whatever their case, names of servers and prompts are not.
    typed = place.typed if ":" in place.typed else place.typed.casefold()
    ready = any(offer.final and offer.text == typed for offer in offers)
    return candidates_of(offers, place, settled=ready)


def _said(prompt: Prompt) -> str:
    return f"/{one_line(prompt.server)}:{prompt.name}"


def _prompt_offer(prompt: Prompt) -> Offer:
    """A prompt as the command that gives it to the model."""
    line, arguments = prompt_line(prompt.server, prompt.name), prompt.arguments
    shown = [f"{one_line(each.name, 40)}=" for each in arguments[:_MOST_SHOWN]]
    needed = any(argument.required for argument in arguments)
    return Offer(
        _said(prompt),
        line,
        one_line(" ".join([line, *shown, *("…" for _ in arguments[_MOST_SHOWN : _MOST_SHOWN + 1])])),
        one_line(about_prompt(prompt), 160),
        more=bool(arguments),
        final=not needed,
    )


def subcommand_candidates(
    place: Place, command: Command, slot: Argument | None, source: CompletionSource
) -> tuple[Candidate, ...]:
    """Sub-commands, and what else may stand in their place."""
    offers = [
        Offer(
            sub.name,
            sub.name,
            " ".join([sub.name, *(argument.usage for argument in sub.arguments)]),
            sub.summary,
            more=bool(sub.arguments),
            final=not sub.needs_arguments,
        )
        for sub in command.subcommands
    ]
    ready = not place.typed and not command.needs_arguments
    if slot is not None and slot.kind is Kind.SERVER:
        keywords = tuple(sub.name for sub in command.subcommands)
        offers += server_offers(place, source, more=False, final=True, keywords=keywords)
    ready = ready or any(offer.final and offer.text == place.typed for offer in offers)
    return candidates_of(best(place.typed, offers, lambda offer: offer.text), place, settled=ready)

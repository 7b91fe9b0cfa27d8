"""Completing `@server` and `@server:uri` within a text for the model."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.slash.completion_values import uri_offers
from app.slash.offers import Place, candidates_of, name_offers
from app.slash.parse import match_name
from services.arguments.mentions import begun, written, written_uri

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.slash.offers import CompletionSource
    from widgets.composer.candidate import Candidate

__all__ = ("mention_candidates",)

_NAME: Final = re.compile(r"[\w-]*")
_REST: Final = re.compile(r"[\w:/?#@&=+%~-]*")


async def mention_candidates(
    text: str, cursor: int, source: CompletionSource, about: Callable[[str], str]
) -> tuple[Candidate, ...]:
    """Servers, or the resources and templates of one, for the mention at the cursor; else none.

    A text is whole as it stands, so Enter sends it unless one of them was chosen with the arrows.
    `about` says a server in a few words.
    """
    line = text[text.rfind("\n", 0, cursor) + 1 : cursor]
    found = begun(line)
    if found is None:
        return ()
    begin = cursor - len(line)
    if found.uri is None:
        place = _place(text, begin + found.start, cursor, found.server, _NAME)
        servers = name_offers(place, source.servers(), str, about, more=False, final=False)
        offers = [replace(each, insert=written(each.text), label=written(each.text)) for each in servers]
        return candidates_of(offers, place, settled=True)
    server = match_name(found.server, source.servers())
    if server is None:
        return ()
    place = _place(text, begin + found.uri_start, cursor, found.uri, _REST)
    uris, _whole = await uri_offers(place, server, source)
    offers = [
        replace(each, insert=written_uri(each.text), final=False) if each.final else each for each in uris
    ]
    return candidates_of(offers, place, settled=True)


def _place(text: str, start: int, cursor: int, typed: str, rest: re.Pattern[str]) -> Place:
    """The word at the cursor, with what of it stands behind the cursor, a closing quote included."""
    behind = rest.match(text, cursor)
    end = behind.end() if behind else cursor
    quoted = '"' in text[start:cursor] and text.startswith('"', end)
    return Place(text, start, end + quoted, cursor, typed)

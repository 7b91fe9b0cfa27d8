"""What completion has to offer at one place of a line, and how that becomes `Candidate` values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from app.slash.parse import Names
from services.arguments.words import quote
from services.finder.ranking import LIMIT, best
from services.text import one_line
from widgets.composer.candidate import Candidate, OnEnter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.catalog.entries import Prompt, ResourceTemplate

__all__ = ("CompletionSource", "Offer", "Place", "candidates_of", "name_offers")

T = TypeVar("T")


class CompletionSource(Names, Protocol):
    """What completion asks: names from the catalog, values from the servers."""

    def saved_calls(self) -> Mapping[str, str]:
        """The names of saved calls, with what each calls."""

    async def complete(
        self,
        server: str,
        ref: Prompt | ResourceTemplate,
        argument: str,
        value: str,
        context: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a line something may be completed."""

    text: str
    start: int
    end: int
    """`text[start:end]` is what a completion replaces."""
    cursor: int
    typed: str
    """The word up to the cursor, without quotes."""

    @property
    def at_end(self) -> bool:
        """Whether nothing but blanks follows."""
        return not self.text[max(self.end, self.cursor) :].strip()


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that may stand at the place."""

    text: str
    """The word itself: what was typed is compared with it."""
    insert: str
    label: str
    summary: str = ""
    more: bool = False
    """Something may follow, so a blank comes after it."""
    final: bool = False
    """Nothing required is missing after it."""


def name_offers(
    place: Place,
    items: Iterable[T],
    name: Callable[[T], str],
    summary: Callable[[T], str],
    *,
    more: bool,
    final: bool,
    keywords: Sequence[str] = (),
) -> list[Offer]:
    """Offers for names of servers, tools and the like; a name that is a keyword too goes in quotes.

    Only the items that fit best are looked at closely: there may be ten thousand.
    """
    offers = []
    for item in best(place.typed, items, name):
        shown = one_line(name(item))
        insert = f'"{shown}"' if shown in keywords else quote(shown)
        offers.append(Offer(shown, insert, shown, one_line(summary(item), 160), more, final))
    return offers


def candidates_of(offers: Sequence[Offer], place: Place, *, settled: bool) -> tuple[Candidate, ...]:
    """The offers, best first, as candidates, those that would change nothing left out.

    `settled` says that the line can be sent as it stands; then Enter does so. Otherwise Enter
    takes what is highlighted, and sends too when that is the only name that begins as typed.
    """
    typed = place.typed.casefold()
    begins = sum(offer.text.casefold().startswith(typed) for offer in offers)
    found = []
    for offer in offers[:LIMIT]:
        blank = " " if offer.more and not place.text[place.end : place.end + 1].isspace() else ""
        insert = offer.insert + blank
        if insert == place.text[place.start : place.end]:
            continue
        sure = begins == 1 and offer.text.casefold().startswith(typed) and offer.final
        on_enter: OnEnter = "send" if settled or not place.at_end else "run" if sure else "take"
        found.append(
            Candidate(insert, place.start, place.end, offer.label, offer.summary, offer.final, on_enter)
        )
    return tuple(found)

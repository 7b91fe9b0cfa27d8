"""One thing that was found, as lines: its name and server, what is worth knowing, what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content

from services.amounts import rough
from services.finder.marks import excerpt, marks
from services.text import one_line

if TYPE_CHECKING:
    from services.finder.items import Item
    from services.finder.query import Query

__all__ = ("found_lines",)

_MATCH: Final = "underline $text-accent"
_LOUD: Final = frozenset({"destructive"})
_LEAST_NAME: Final = 16
_MOST_ARGUMENTS: Final = 3


def found_lines(item: Item, query: Query, width: int, tokens: int = 0) -> list[Content]:
    """The first line with the name, and where there is something to say a second with what it is for."""
    head = Content.assemble(" ", _name(item, query, width), *_owner(item, query), *_facts(item, tokens))
    about = _about(item, query, width)
    return [head, Content.assemble("   ", about)] if about.plain else [head]


def _name(item: Item, query: Query, width: int) -> Content:
    name = _marked(one_line(item.name, 300), query).stylize("bold")
    return name.truncate(max(width - _LEAST_NAME, _LEAST_NAME), ellipsis=True)


def _owner(item: Item, query: Query) -> list[Content]:
    if not item.server:
        return []
    return [Content("  "), _marked(one_line(item.server, 60), query).stylize_before("$text-muted")]


def _facts(item: Item, tokens: int) -> list[Content | tuple[str, str]]:
    cost = [f"{rough(tokens)} tokens"] if tokens else []
    facts: list[Content | tuple[str, str]] = []
    for word in (item.kind, *item.badges, *cost):
        look = "$text-warning" if word in _LOUD else "$text-muted"
        facts += [(" · " if facts else "  ", "$text-disabled"), (one_line(word, 40), look)]
    return facts


def _about(item: Item, query: Query, width: int) -> Content:
    """The arguments that were found, then the description, from where it says what was looked for."""
    arguments = [each for each in item.arguments if marks(query, each)][:_MOST_ARGUMENTS]
    parts = [_marked(f"{argument}=", query) for argument in arguments]
    text = item.description.strip()
    if item.title and (marks(query, item.title) or not text):
        parts.append(_marked(item.title, query))
    if item.address and marks(query, item.address) and not marks(query, item.name):
        parts.append(_marked(item.address, query))
    if text:
        parts.append(_marked(one_line(excerpt(query, text, width - 4), 400), query))
    return Content(" · ").join(parts).stylize_before("$text-muted")


def _marked(text: str, query: Query) -> Content:
    content = Content(text)
    for start, end in marks(query, text):
        content = content.stylize(_MATCH, start, end)
    return content

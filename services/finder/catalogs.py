"""The tools, resources, templates, prompts and skills of all servers as things to find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from services.catalog.entries import Prompt, Resource, ResourceTemplate, Tool
from services.finder.items import Item
from services.schemas.properties import properties
from services.skills.entries import Skill
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from services.catalog.entries import Catalog

    Entry = Tool | Resource | ResourceTemplate | Prompt | Skill

__all__ = ("Catalogs", "badges", "item_of")

_KINDS: Final = ("tools", "resources", "templates", "prompts", "skills")
_BADGES: Final = {
    "read_only": "read only",
    "destructive": "destructive",
    "idempotent": "idempotent",
    "open_world": "open world",
    "for_app_only": "for its app",
    "app_uri": "app",
}
_MOST_ARGUMENTS: Final = 200


class _Offering(Protocol):
    def servers(self) -> Sequence[str]: ...

    def catalog(self, server: str) -> Catalog: ...


class Catalogs:
    """Provides what servers offer: first all tools, then all resources, templates, prompts and skills."""

    def __init__(self, offering: _Offering) -> None:
        self._offering = offering

    def parts(self) -> Mapping[Hashable, object]:
        catalogs = {server: self._offering.catalog(server) for server in self._offering.servers()}
        return {
            (kind, server): entries
            for kind in _KINDS
            for server, catalog in catalogs.items()
            if (entries := getattr(catalog, kind))
        }

    def items(self, key: Hashable, content: object) -> Iterator[Item]:
        entries: Iterable[Entry] = content  # type: ignore[assignment]
        return map(item_of, entries)


def item_of(entry: Entry) -> Item:
    """A tool, resource, template, prompt or skill as a thing to find."""
    if isinstance(entry, Skill):
        return Item("skill", entry.server, entry.name, entry, "", entry.description, address=entry.uri)
    about = (entry.title, entry.description)
    match entry:
        case Tool():
            known = list(properties(entry.input_schema))[:_MOST_ARGUMENTS]
            names = tuple(one_line(name, 100) for name in known)
            return Item("tool", entry.server, entry.name, entry, *about, names, badges=badges(entry))
        case Resource():
            kind, address = "resource", entry.uri
        case ResourceTemplate():
            kind, address = "template", entry.uri_template
        case Prompt():
            names = tuple(argument.name for argument in entry.arguments)
            return Item("prompt", entry.server, entry.name, entry, *about, names)
    mime = (one_line(entry.mime_type, 40),) if entry.mime_type else ()
    if not entry.name:
        return Item(kind, entry.server, address, entry, *about, badges=mime)
    return Item(kind, entry.server, entry.name, entry, *about, address=address, badges=mime)


def badges(tool: Tool) -> tuple[str, ...]:
    """What a server declares of a tool (its annotations), in short words; nobody has checked it."""
    return tuple(word for field, word in _BADGES.items() if getattr(tool, field))

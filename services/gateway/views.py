"""One address of the gateway: which servers stand behind it, and what their things are called there."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

from services.gateway.known import NAMED_BY, Known
from services.gateway.naming import (
    SEPARATOR,
    Target,
    own_uri,
    owner_sign,
    same_text,
    shared_names,
    shared_uris,
    uri_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.events import CatalogKind
    from services.settings import ServerSettings

__all__ = ("View",)

_MOST_LINKS: Final = 10_000
_VARIABLE: Final = re.compile(r"\{[^{}]*\}")


@dataclass(slots=True)
class _Index:
    state: tuple[object, ...]
    """What it was made of, told by its version, its servers and their choices of tools."""
    names: dict[str, Target]
    entries: list[dict[str, Any]]


@dataclass(slots=True, eq=False)
class View:
    """What one address offers. With `prefixed` names are `SERVER__NAME`, else those of its one server."""

    path: str
    known: Known
    settings: Callable[[str], ServerSettings]
    behind: Callable[[], Sequence[str]]
    """The servers behind it now, in the order of the configuration."""
    prefixed: bool = True
    read_only: bool = False
    """Whether only tools are offered that declare to change nothing."""
    task_key: bytes = field(default_factory=partial(token_bytes, 32), repr=False)
    """With what the names of tasks are bound to their callers."""
    _indices: dict[CatalogKind, _Index] = field(default_factory=dict)
    _links: dict[str, Target] = field(default_factory=dict)

    def entries(self, kind: CatalogKind) -> list[dict[str, Any]]:
        """A list as clients see it: entries as they came, but for names."""
        return self._index(kind).entries

    def target(self, kind: CatalogKind, name: str) -> Target | None:
        """What is meant by the name of a tool, prompt or template.

        A name of a server whose list was never read is passed on: the server knows whether there is one.
        """
        if (found := self._index(kind).names.get(name)) is not None:
            return found
        for server in self.behind():
            rest = name.removeprefix(f"{server}{SEPARATOR}") if self.prefixed else name
            if (rest != name or not self.prefixed) and not self.known.has(server, kind):
                return Target(server, rest) if self._may_be_called(server, kind, rest) else None
        return None

    def resource(self, uri: str) -> Target | None:
        """Whose resource a URI is: a listed one, one of a template, one that a result named, or a guess."""
        if (found := self._index("resources").names.get(uri) or self._links.get(uri)) is not None:
            return found
        for template, target in self._index("templates").names.items():
            if _fits(template, uri):
                # What names the server in a template is not part of what the server knows.
                own = own_uri(target.server, uri) if template != target.name else None
                return Target(target.server, own or uri)
        servers = self.behind()
        for server in servers if self.prefixed else ():
            if (own := own_uri(server, uri)) is not None:
                return Target(server, own)
        offering = [one for one in servers if any(self.known.entries(one, kind) for kind in _READABLE)]
        if len(servers) == 1 or len(offering) == 1:
            return Target((offering or list(servers))[0], uri)
        return None

    def remember_links(self, server: str, result: dict[str, Any]) -> None:
        """Keep in mind whose resources a result links to, so that they can be read."""
        content = result.get("content")
        for block in content if isinstance(content, list) else ():
            if isinstance(block, dict) and block.get("type") == "resource_link":
                self._links[str(block.get("uri"))] = Target(server, str(block.get("uri")))
        while len(self._links) > _MOST_LINKS:
            del self._links[next(iter(self._links))]

    def name_of(self, kind: CatalogKind, target: Target) -> str:
        """What a thing of a server is called here."""
        names = self._index(kind).names
        return next((name for name, found in names.items() if found == target), target.name)

    def placed(self, server: str, entry: Any) -> Any:
        """An entry of a server with the URI that names its server, where several stand behind."""
        if not self.prefixed or not isinstance(entry, dict) or not isinstance(entry.get("uri"), str):
            return entry
        return {**entry, "uri": uri_of(Target(server, entry["uri"]))}

    def skill(self, server: str, entry: dict[str, Any]) -> dict[str, Any]:
        """The entry of a skill, its files called as it is."""
        files = entry.get("resources")
        if isinstance(files, list):
            entry = {**entry, "resources": [self.placed(server, file) for file in files]}
        return dict(self.placed(server, entry))

    def task_id(self, server: str, task_id: str, who: str) -> str:
        """What a task of a server is called here; its owner's sign is at its end."""
        name = f"{server}{SEPARATOR}{task_id}" if self.prefixed else task_id
        return f"{name}.{owner_sign(self.task_key, Target(server, task_id), who)}" if who else name

    def task(self, task_id: str, who: str) -> Target | None:
        """Which task of this caller is meant; None for those of others too."""
        for server in sorted(self.behind(), key=len, reverse=True):
            rest = task_id.removeprefix(f"{server}{SEPARATOR}") if self.prefixed else task_id
            if rest == task_id and self.prefixed:
                continue
            name = rest.rpartition(".")[0] if who else rest
            if same_text(self.task_id(server, name, who), task_id):
                return Target(server, name)
        return None

    def _index(self, kind: CatalogKind) -> _Index:
        servers = tuple(self.behind())
        index = self._indices.get(kind)
        chosen = tuple(map(self._chosen, servers)) if kind == "tools" else ()
        state = (self.known.version, servers, chosen)
        if index is None or index.state != state:
            index = self._indices[kind] = _Index(state, *self._read(kind, servers))
        return index

    def _chosen(self, server: str) -> tuple[object, object]:
        settings = self.settings(server)
        return settings.enabled_tools, settings.disabled_tools

    def _read(
        self, kind: CatalogKind, servers: tuple[str, ...]
    ) -> tuple[dict[str, Target], list[dict[str, Any]]]:
        key = NAMED_BY[kind]
        found: dict[Target, dict[str, Any]] = {}
        for server in servers:
            for entry in self.known.entries(server, kind):
                if kind != "tools" or self._offered(server, entry):
                    found.setdefault(Target(server, entry[key]), entry)
        names = _NAMING[kind](found) if self.prefixed else {target.name: target for target in found}
        if kind == "skills":
            return names, [self.skill(target.server, found[target]) for target in names.values()]
        entries = [{**found[target], key: name} for name, target in names.items()]
        return names, entries

    def _offered(self, server: str, tool: dict[str, Any]) -> bool:
        """Whether the settings let a tool be called, and `read_only`."""
        notes = tool.get("annotations")
        harmless = isinstance(notes, dict) and notes.get("readOnlyHint") is True
        return (harmless or not self.read_only) and self._enabled(server, tool["name"])

    def _enabled(self, server: str, tool: str) -> bool:
        settings = self.settings(server)
        allowed = settings.enabled_tools
        return (allowed is None or tool in allowed) and tool not in settings.disabled_tools

    def _may_be_called(self, server: str, kind: CatalogKind, name: str) -> bool:
        return kind != "tools" or (not self.read_only and self._enabled(server, name))


def _always_placed(targets: Iterable[Target]) -> dict[str, Target]:
    return {uri_of(one): one for one in targets}


_NAMING: Final[Mapping[CatalogKind, Callable[[Iterable[Target]], dict[str, Target]]]] = {
    "tools": shared_names,
    "prompts": shared_names,
    "resources": shared_uris,
    "templates": shared_uris,
    "skills": _always_placed,
}
_READABLE: Final[tuple[CatalogKind, ...]] = ("resources", "templates")


def _fits(template: str, uri: str) -> bool:
    """Whether a URI may be one of a template (RFC 6570): its fixed parts in their order."""
    pieces = _VARIABLE.split(template)
    if len(pieces) == 1:
        return template == uri
    if not uri.startswith(pieces[0]) or not uri.endswith(pieces[-1]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        if (found := uri.find(piece, at)) < 0:
            return False
        at = found + len(piece)
    return at <= len(uri) - len(pieces[-1])

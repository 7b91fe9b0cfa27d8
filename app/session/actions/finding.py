"""Finding over all servers: the finder's screen, what the palette finds, and what becomes of it."""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING

from services.catalog.entries import Prompt, Resource, ResourceTemplate, Tool
from services.errors import JackfieldError
from services.finder.catalogs import Catalogs
from services.finder.finder import Finder
from services.skills.entries import Skill

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session.actions.calls import Calls
    from app.session.actions.servers import Servers
    from app.session.context import SessionContext
    from app.session.screens.finder import Kept
    from services.finder.finder import Found
    from services.finder.items import Item

__all__ = ("Finding",)

_TABS = {
    "tool": "tools",
    "resource": "resources",
    "template": "templates",
    "prompt": "prompts",
    "skill": "skills",
}
"""The kinds that servers offer, each with its list on the screen of its server."""


class Finding:
    """One finder for the screen, the palette and `/tools`.

    Whoever has more to find adds a provider to `finder`, and to `openers` what opens its kinds.
    """

    def __init__(self, context: SessionContext, servers: Servers, calls: Calls) -> None:
        self._context = context
        self._servers, self._calls = servers, calls
        self._kept: Kept | None = None
        self.finder = Finder(Catalogs(context))
        self.openers: dict[str, Callable[[Item], None]] = dict.fromkeys(_TABS, self._use_entry)
        """By kind what is done with an item that was chosen."""

    def open(self, words: str = "") -> None:
        """Open the finder with these words; without any where it was left."""
        from app.session.screens.finder import FinderScreen, Kept

        kept = Kept(words) if words else self._kept
        self._context.open(FinderScreen(self.finder, token_cost, _import_costs, kept, self._keep))

    def _keep(self, kept: Kept) -> None:
        self._kept = kept

    async def find(self, words: str, kinds: tuple[str, ...] = ()) -> Found:
        """What fits the words now."""
        await self.finder.freshen()
        return await self.finder.search(words, kinds)

    def use(self, item: Item) -> None:
        """Open what was found: the form of a tool, prompt or template; a resource is read."""
        try:
            self.openers.get(item.kind, self._use_entry)(item)
        except JackfieldError as error:
            self._context.give_way()
            self._context.transcript.failure(error)

    def open_server(self, item: Item) -> None:
        """Open the server of what was found, at the list it stands in."""
        try:
            self._servers.open(item.server, _TABS.get(item.kind, "tools"))
        except JackfieldError as error:
            self._context.notify(error.message, warning=True)

    def _use_entry(self, item: Item) -> None:
        match item.value:
            case Tool() as tool:
                # Also one that takes no arguments: what was found is looked at before it runs.
                self._calls.ask(tool.server, tool.raw_name, always=True)
            case Resource() | ResourceTemplate() | Prompt() | Skill() as entry:
                self._servers.use(entry)


async def _import_costs() -> None:
    await asyncio.to_thread(importlib.import_module, "services.model.tools")


def token_cost(item: Item) -> int:
    """About what an item costs a model in each request; nothing for what is no tool."""
    from services.model.tools import tool_tokens

    return tool_tokens(item.value) if isinstance(item.value, Tool) else 0

"""The tools of servers as the model has them: switched off and on, and about what they cost."""

from __future__ import annotations

import asyncio
import importlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.events import CatalogChanged, ServersChanged, ServerState, StatusChanged
from widgets.servers.for_model import ForModel

if TYPE_CHECKING:
    from app.session.actions.talk import Talk
    from app.session.context import SessionContext
    from app.session.screens.server import ServerScreen
    from services.events import Event
    from services.model.tools import Offer
    from services.settings import Configuration

__all__ = ("ModelTools",)

_TOGETHER: Final = 0.1
"""Seconds within which changes are reckoned together: fifty servers may start at once."""


class ModelTools:
    """Keeps the panel, and the screen of the server that is open, true to what the model is offered.

    What that costs is reckoned in a thread, for servers may have thousands of tools.
    """

    def __init__(self, context: SessionContext, talk: Talk) -> None:
        self._context = context
        self._talk = talk
        self._configured = False
        self._ready: tuple[str, ...] = ()
        self._offer: Offer | None = None
        self._tokens: dict[str, int] = {}
        """By the names of the tools of the server that is open."""
        self._screen: ServerScreen | None = None
        self._stale = False
        self._reckoning = False

    def take_settings(self, configuration: Configuration) -> None:
        """A configuration to live by: without a model nothing is reckoned and nothing shown."""
        self._configured = bool(configuration.models)
        self.refresh()

    def take(self, event: Event) -> None:
        """What happened below may change what is offered."""
        manager = self._context.manager
        if not self._configured or manager is None:
            return
        if isinstance(event, StatusChanged | ServersChanged):
            ready, self._ready = self._ready, manager.ready
            if ready != self._ready:
                self.refresh()
        elif isinstance(event, CatalogChanged):
            self.refresh()

    def of(self, server: str) -> ForModel | None:
        """What the model makes of a server, as far as it is reckoned; None without a model."""
        offer, manager = self._offer, self._context.manager
        if offer is None or manager is None or server not in manager.servers:
            return None
        off = frozenset(tool for name, tool in self._talk.off if name == server)
        could = any(
            not tool.for_app_only and tool.raw_name not in off for tool in self._context.catalog(server).tools
        )
        ready = manager.status(server).state is ServerState.READY
        total = offer.tokens_by_server.get(server, 0)
        omitted = ready and could and not total and not self._stale
        return ForModel(off, self._tokens, total, omitted)

    def watch(self, screen: ServerScreen) -> None:
        """Keep this screen true, and no other: one server is open at a time."""
        self._screen, self._tokens = screen, {}
        self.refresh()

    def switch(self, server: str, tool: str) -> None:
        """Switch a tool off for the model, or on again, for this session."""
        self._talk.off.symmetric_difference_update({(server, tool)})
        screen = self._screen
        if screen is not None and screen.server == server and screen.for_model is not None:
            screen.for_model = replace(screen.for_model, off=screen.for_model.off ^ {tool})
        self.refresh()

    def refresh(self) -> None:
        """Reckon again, soon and behind the screen."""
        self._stale = True
        if not self._reckoning and (self._configured or self._offer is not None):
            self._reckoning = True
            self._context.run(self._reckon(), "model tools")

    async def _reckon(self) -> None:
        try:
            while self._stale:
                await asyncio.sleep(_TOGETHER)
                self._stale = False
                if self._configured and self._context.manager is not None:
                    await asyncio.to_thread(importlib.import_module, "services.model.conversation")
                    self._offer, self._tokens = await self._reckoned()
                else:
                    self._offer = None
                self._show()
        finally:
            self._reckoning = False

    async def _reckoned(self) -> tuple[Offer | None, dict[str, int]]:
        try:
            _ = self._talk.conversation  # begun here, for no thread may begin it
        except JackfieldError:
            return None, {}
        return await asyncio.to_thread(self._read)

    def _read(self) -> tuple[Offer | None, dict[str, int]]:
        from services.model.tools import read_ahead, tool_tokens

        try:
            if (read := read_ahead(self._context.connected())) is not None:
                read()
            offer = self._talk.offer()
            open_now = self._screen.server if self._screen is not None and offer is not None else ""
            tools = self._context.catalog(open_now).tools
            return offer, {tool.raw_name: tool_tokens(tool) for tool in tools}
        except JackfieldError:  # a server went meanwhile, of which an event tells
            return self._offer, self._tokens

    def _show(self) -> None:
        self._context.show_tokens(self._offer.tokens_by_server if self._offer is not None else {})
        screen = self._screen
        if screen is not None and screen.is_attached:
            screen.for_model = self.of(screen.server)
        elif screen is not None and screen.is_mounted:
            self._screen = None  # it was closed

"""Opening the protocol trace of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import NotReady, UnknownServer

if TYPE_CHECKING:
    from app.jackfield import Jackfield

__all__ = ("Traces",)


class Traces:
    """Shows what went to and fro, from slash commands and from the keys of a server."""

    def __init__(self, app: Jackfield) -> None:
        self._app = app

    def open(self, server: str = "") -> None:
        """Open the trace of a server, or of the one where something happened last."""
        from app.session.screens.trace import TraceScreen

        manager = self._app.manager
        if manager is None:
            raise NotReady("the configuration is still being read", hint="try again in a moment")
        if not manager.servers:
            raise UnknownServer("no MCP servers are configured", hint="jackfield mcp add NAME -- CMD")
        latest = max(manager.servers, key=lambda name: manager.trace(name).changed)
        self._app.push_screen(TraceScreen(manager.trace(server or latest)))

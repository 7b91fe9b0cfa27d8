"""Opening the protocol trace of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import UnknownServer

if TYPE_CHECKING:
    from app.session.actions.talk import Talk
    from app.session.context import SessionContext

__all__ = ("Traces",)


class Traces:
    """Shows what went to and fro, from slash commands and from the keys of a server."""

    def __init__(self, context: SessionContext, talk: Talk) -> None:
        self._context = context
        self._talk = talk

    def open_model(self) -> None:
        """Open the trace of the model's interface: every request and answer."""
        from app.session.screens.trace import TraceScreen

        self._context.open(TraceScreen(self._talk.conversation.trace))

    def open(self, server: str = "") -> None:
        """Open the trace of a server, or of the one where something happened last."""
        from app.session.screens.trace import TraceScreen

        manager = self._context.connected()
        if not manager.servers:
            raise UnknownServer("no MCP servers are configured", hint="jackfield mcp add NAME -- CMD")
        latest = max(manager.servers, key=lambda name: manager.trace(name).changed)
        self._context.open(TraceScreen(manager.trace(server or latest)))

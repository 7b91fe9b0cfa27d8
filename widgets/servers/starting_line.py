"""The line that names the servers which are still starting; seen only while there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.widgets import Static

from services.events import ServerState
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.events import ServerStatus

__all__ = ("StartingLine",)

_MOST_NAMES: Final = 3


class StartingLine(Static):
    """Says how many of the servers have started."""

    DEFAULT_CSS = """
    StartingLine {
        display: none;
        height: 1;
        padding: 0 2;
        color: $text-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
        &.-busy { display: block; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(markup=False, id=id)

    def show(self, statuses: Iterable[ServerStatus]) -> None:
        """Say what is starting of the servers with these statuses."""
        known = [one for one in statuses if one.state not in (ServerState.DISABLED, ServerState.INVALID)]
        starting = [one.server for one in known if one.state is ServerState.STARTING]
        names = ", ".join(one_line(name, 30) for name in starting[:_MOST_NAMES])
        more = ", …" if len(starting) > _MOST_NAMES else ""
        done = len(known) - len(starting)
        self.set_class(bool(starting), "-busy")
        self.update(f"Starting MCP servers ({done}/{len(known)}): {names}{more}" if starting else "")

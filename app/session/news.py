"""What happens to servers by itself, told in the history once, where it will be read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from app.session.answered import told_of
from services.events import CatalogChanged, LoginEnded, ResourceUpdated, ServerState, StatusChanged
from services.inbox.questions import ApprovalQuestion, QuestionClosed
from services.remedies import LogIn
from services.text import one_line
from widgets.remedies import advice, in_session

if TYPE_CHECKING:
    from app.session.transcript import Transcript
    from services.events import Event, ServerStatus

__all__ = ("News",)

_MOST_ENTRIES: Final = 5
_UPDATES_APART: Final = 1.0
"""Seconds within which changes of one resource are told of once."""


class News:
    """Tells of servers that failed, were lost and came back, and of lists and resources that changed."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._told: dict[str, float] = {}
        """When the trouble began that was told of each server."""
        self._lost: set[str] = set()
        """Servers whose loss was told, and not yet their return."""
        self._closed: set[str] = set()
        """Servers that want a login, which was told; until they let us in."""
        self._updated: dict[tuple[str, str], float] = {}
        """When the change of a resource was last told."""

    def take(self, event: Event) -> None:
        match event:
            case StatusChanged(status):
                if status.since != self._told.get(status.server):
                    self._tell_state(status)
            case CatalogChanged(first=False):
                self._tell_difference(event)
            case LoginEnded(server):
                self._closed.discard(server)
            case ResourceUpdated(server, uri):
                self._tell_update(server, uri)
            case QuestionClosed(ApprovalQuestion()):
                pass  # the cell of the call tells it
            case QuestionClosed():
                if (told := told_of(event)) is not None:
                    self._transcript.notice(*told)
            case _:
                pass

    def login_is_known_to_be_needed(self, server: str) -> None:
        """The person logged out: that a login is needed now is no news."""
        self._closed.add(server)

    def _tell_state(self, status: ServerStatus) -> None:
        name = one_line(status.server, 80)
        if status.state is ServerState.READY:
            self._closed.discard(status.server)
        match status.state:
            case ServerState.FAILED:
                self._lost.discard(status.server)
                tell = self._transcript.error if status.required else self._transcript.warning
                again, known = f"/mcp reconnect {name} tries again", advice(status.hint, status.remedy)
                if status.reason == "network":
                    known = f"{known} {again}".lstrip()
                tell(f"{name} failed: {status.cause}", known or again)
            case ServerState.LOGIN_NEEDED if status.server not in self._closed:
                self._closed.add(status.server)
                if isinstance(status.remedy, LogIn):  # the cause names the server
                    self._transcript.warning(f"{status.cause} {in_session(status.remedy)}")
                else:
                    self._transcript.warning(f"{name}: {status.cause}", advice(status.hint, status.remedy))
            case ServerState.RECONNECTING if status.server not in self._lost:
                self._lost.add(status.server)
                self._transcript.warning(
                    f"{name} is not connected: {status.cause}",
                    f"Retrying automatically; /mcp reconnect {name} tries at once.",
                )
            case ServerState.READY if status.server in self._lost:
                self._lost.discard(status.server)
                self._transcript.notice(f"{name} is connected again.")
            case ServerState.STOPPED:
                self._lost.discard(status.server)
                return
            case _:
                return
        self._told[status.server] = status.since

    def _tell_update(self, server: str, uri: str) -> None:
        now = time.monotonic()
        recent = {key: at for key, at in self._updated.items() if now - at < _UPDATES_APART}
        self._updated = recent | {(server, uri): recent.get((server, uri), now)}
        if (server, uri) not in recent:
            self._transcript.notice(f"{one_line(server, 80)}: {one_line(uri, 200)} changed.")

    def _tell_difference(self, event: CatalogChanged) -> None:
        changed = tuple(f"{name} ({what})" for name, what in zip(event.changed, event.what, strict=True))
        said = [
            f"{word} {', '.join(names[:_MOST_ENTRIES])}{', …' if len(names) > _MOST_ENTRIES else ''}"
            for word, names in (
                ("added", event.added),
                ("removed", event.removed),
                ("changed", changed),
            )
            if names
        ]
        self._transcript.notice(f"{one_line(event.server, 80)} changed its {event.kind}: {'; '.join(said)}")

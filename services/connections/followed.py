"""The resources of one server whose changes somebody wants to hear of, on every connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.connections.telling import in_time
from services.errors import JackfieldError, NotOffered
from services.text import one_line

if TYPE_CHECKING:
    from services.connections.session.session import Session
    from services.logs.server_log import ServerLog

__all__ = ("Followed",)


class Followed:
    """Which resources, by their URIs as the server has them; each new session is told."""

    def __init__(self, log: ServerLog) -> None:
        self._log = log
        self._uris: set[str] = set()

    def __contains__(self, uri: str) -> bool:
        return uri in self._uris

    def __bool__(self) -> bool:
        return bool(self._uris)

    async def follow(self, session: Session, uri: str) -> None:
        """Hear of changes of a resource. Raises JackfieldError."""
        if not session.declared.tells_of_resources:
            raise NotOffered("the server does not tell of changes of its resources")
        await in_time(session.subscribe(uri), "resources/subscribe")
        self._uris.add(uri)

    async def leave(self, session: Session, uri: str) -> None:
        """Hear no more of a resource. Raises JackfieldError."""
        self._uris.discard(uri)
        await in_time(session.unsubscribe(uri), "resources/unsubscribe")

    async def tell(self, session: Session) -> None:
        """Follow all of them on a new session; what it refuses is noted and let go."""
        for uri in sorted(self._uris):
            try:
                await self.follow(session, uri)
            except JackfieldError as error:
                self._uris.discard(uri)
                self._log.say(
                    f"{one_line(uri, 200)} is no longer followed: {error.message}", "lifecycle", "warning"
                )

"""What a session sends, bounded where a server asks without reading what it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp_types import JSONRPCError, JSONRPCResponse

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from mcp.shared.message import SessionMessage

__all__ = ("Outgoing",)

_MOST: Final = 1_000
_HEAVIEST: Final = 1 << 20
"""So many answers, with ids of so many characters together, wait for a server that does not read."""


class Outgoing:
    """The stream of a transport; answers for which there is no room are left out, and that is said once.

    A server that does not read would not hear them, and one that asks on and on would fill the memory.
    What we ask by ourselves always waits for its turn.
    """

    def __init__(self, stream: Any, say: Callable[[str], None]) -> None:
        self._stream = stream
        self._say = say
        self._waiting = 0
        self._weight = 0
        self._said = False

    async def send(self, item: SessionMessage, /) -> None:
        """Send one message, or leave it out."""
        answer = item.message
        if not isinstance(answer, JSONRPCResponse | JSONRPCError):
            await self._stream.send(item)
            return
        weight = len(answer.id) if isinstance(answer.id, str) else 1
        if self._waiting and (self._waiting >= _MOST or self._weight + weight > _HEAVIEST):
            self._leave_out()
            return
        self._waiting += 1
        self._weight += weight
        try:
            await self._stream.send(item)
        finally:
            self._waiting -= 1
            self._weight -= weight

    def _leave_out(self) -> None:
        if not self._said:
            self._said = True
            self._say("it asks faster than it reads the answers: some of its requests stay unanswered")

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

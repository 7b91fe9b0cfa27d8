"""Which process has a task: the one whose program it runs in. A task of a server at a URL is anybody's."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from services.gateway.state.link import Away

if TYPE_CHECKING:
    from services.gateway.state.link import StateLink

__all__ = ("TaskHolders",)

_KEPT: Final = 86_400
"""Seconds that the state knows of a task."""
_MOST: Final = 1_000
"""Tasks of this process that are told again to a state that has lost them."""


class TaskHolders:
    """Tasks of servers that are programs, by server and id; `me` is what this process is called."""

    def __init__(self, link: StateLink, prefix: str, me: str) -> None:
        self._link = link
        self._prefix = prefix
        self._me = me
        self._mine: OrderedDict[str, None] = OrderedDict()

    async def hold(self, server: str, task_id: str) -> None:
        """A task of a program of this process is there."""
        name = self._name(server, task_id)
        self._mine[name] = None
        while len(self._mine) > _MOST:
            self._mine.popitem(last=False)
        await self._told(name)

    async def hold_again(self) -> None:
        """Tell a state that was away what it may have lost."""
        for name in tuple(self._mine):
            await self._told(name)

    async def holder(self, server: str, task_id: str) -> str:
        """Whose a task is; nothing where that is not known. Raises Away."""
        name = self._name(server, task_id)
        if name in self._mine:
            return self._me
        found = await self._link.ask("GET", name)
        return found.decode() if found else ""

    async def _told(self, name: str) -> None:
        try:
            await self._link.ask("SET", name, self._me, "EX", _KEPT)
        except Away:
            return  # it is told again

    def _name(self, server: str, task_id: str) -> str:
        told = f"{server}\0{task_id}".encode("utf-8", "surrogatepass")
        return f"{self._prefix}:task:{sha256(told).hexdigest()[:32]}"

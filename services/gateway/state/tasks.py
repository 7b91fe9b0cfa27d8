"""Which process has a task, where it is not anybody's, and which tasks each caller was given."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from services.gateway.naming import Target
from services.gateway.state.link import Away

if TYPE_CHECKING:
    from services.gateway.state.link import Ask, StateLink

__all__ = ("SharedGiven", "TaskHolders")

_KEPT: Final = 86_400
"""Seconds that the state knows of a task."""
_MOST: Final = 1_000
"""Tasks of this process that are told again to a state that has lost them."""


class TaskHolders:
    """Tasks of one process, by server and id; `me` is what this process is called."""

    def __init__(self, link: StateLink, prefix: str, me: str) -> None:
        self._link = link
        self._prefix = prefix
        self._me = me
        self._mine: OrderedDict[str, None] = OrderedDict()

    async def hold(self, server: str, task_id: str) -> None:
        """A task of this process is there."""
        name = self._name(server, task_id)
        self._mine[name] = None
        while len(self._mine) > _MOST:
            self._mine.popitem(last=False)
        with suppress(Away):  # it is told when it is back
            await self._tell(self._link.ask, name)

    async def hold_again(self, ask: Ask) -> None:
        """Tell a state that was away what it may have lost, tasks that begin meanwhile too. Raises Away."""
        told = set[str]()
        while missing := self._mine.keys() - told:
            for name in missing:
                await self._tell(ask, name)
            told |= missing

    async def holder(self, server: str, task_id: str) -> str:
        """Whose a task is; nothing where that is not known. Raises Away."""
        name = self._name(server, task_id)
        if name in self._mine:
            return self._me
        found = await self._link.ask("GET", name)
        return found.decode() if found else ""

    async def _tell(self, ask: Ask, name: str) -> None:
        await ask("SET", name, self._me, "EX", _KEPT)

    def _name(self, server: str, task_id: str) -> str:
        told = f"{server}\0{task_id}".encode("utf-8", "surrogatepass")
        return f"{self._prefix}:task:{sha256(told).hexdigest()[:32]}"


class SharedGiven:
    """The tasks of callers; a state that is away knows of none."""

    def __init__(self, link: StateLink, prefix: str) -> None:
        self._link = link
        self._prefix = prefix

    async def give(self, who: str, task: Target) -> None:
        """A caller was given a task."""
        name = self._name(who)
        with suppress(Away):
            await self._link.ask("ZADD", name, time.time(), json.dumps([task.server, task.name]))
            await self._link.ask("ZREMRANGEBYRANK", name, 0, -_MOST - 1)
            await self._link.ask("EXPIRE", name, _KEPT)

    async def of(self, who: str) -> tuple[Target, ...]:
        """The tasks that a caller was given, the oldest first."""
        try:
            found = await self._link.ask("ZRANGE", self._name(who), 0, -1)
        except Away:
            return ()
        return tuple(Target(*json.loads(one)) for one in found)

    async def forget(self, who: str, task: Target) -> None:
        """Nobody knows of a task any more."""
        with suppress(Away):
            await self._link.ask("ZREM", self._name(who), json.dumps([task.server, task.name]))

    def _name(self, who: str) -> str:
        return f"{self._prefix}:given:{sha256(who.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"

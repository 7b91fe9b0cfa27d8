"""Which tasks each caller was given: what `tasks/list` of 2025-11-25 has, and who is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.errors import UnknownServer
from services.gateway.task_forms import ENDED, newer, older

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connection_manager import ConnectionManager
    from services.gateway.beyond import Beyond
    from services.gateway.downstream import Downstream, Tell
    from services.gateway.naming import Target
    from services.gateway.news import News

__all__ = ("GivenTasks",)

_MOST: Final = 1_000
"""Tasks of one caller, and clients that are told of theirs; the oldest are forgotten."""
_MOST_CALLERS: Final = 1_000


class GivenTasks:
    """The tasks that were made for clients of this process, and of those it shares a state with."""

    manager: ConnectionManager

    def __init__(self, news: News) -> None:
        self.beyond: Beyond | None = None
        self._news = news
        self._of: dict[str, dict[Target, None]] = {}
        self._hearers: dict[Target, tuple[Tell, str]] = {}
        """The clients of 2025-11-25 that are told how a task goes, and what they call it."""

    async def give(self, down: Downstream, target: Target, name: str) -> None:
        """A client was given a task, and calls it so."""
        mine = self._of.setdefault(down.who, {})
        mine[target] = None
        _keep(mine, _MOST)
        _keep(self._of, _MOST_CALLERS)
        if self.beyond is not None:
            await self.beyond.give(down.who, target)
        if not down.modern:
            self._hearers[target] = (down.teller, name)
            _keep(self._hearers, _MOST)
            self._follow(target, wanted=True)

    async def of(self, who: str) -> tuple[Target, ...]:
        """The tasks of a caller, the oldest first."""
        mine = dict(self._of.get(who, {}))
        if self.beyond is not None:
            mine |= dict.fromkeys(await self.beyond.given(who))
        return tuple(mine)

    async def forget(self, who: str, target: Target) -> None:
        """Nobody knows of a task any more."""
        self._of.get(who, {}).pop(target, None)
        if self.beyond is not None:
            await self.beyond.forget(who, target)

    def told(self, target: Target, params: Mapping[str, Any]) -> None:
        """Its server told how a task is."""
        if (hearer := self._hearers.get(target)) is None or not isinstance(params.get("status"), str):
            return
        tell, name = hearer
        seen = {key: value for key, value in newer(params).items() if key != "_meta"}
        told = older({**seen, "taskId": name})
        self._news.soon(tell("notifications/tasks/status", told))
        if told["status"] in ENDED:
            del self._hearers[target]
            self._follow(target, wanted=False)

    def _follow(self, target: Target, *, wanted: bool) -> None:
        try:
            self.manager.follow_task(target.server, target.name, wanted=wanted)
        except UnknownServer:
            return


def _keep(found: dict[Any, Any], most: int) -> None:
    while len(found) > most:
        del found[next(iter(found))]

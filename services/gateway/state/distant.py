"""A request that came to another process, as this one sees it, and what is said of it on the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from services.connections.calls import Progress
from services.connections.session.caller import Caller
from services.gateway.downstream import Downstream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping

__all__ = ("Asker", "Distant", "retold", "told_of")


class Asker(Protocol):
    """A request of 2026-07-28, as far as another process is told of it."""

    @property
    def who(self) -> str: ...

    @property
    def caller(self) -> Caller: ...

    async def progress(self, news: Progress) -> None: ...

    async def log(self, level: str, data: object, logger: str | None) -> None: ...


class Distant(Downstream):
    """A request of 2026-07-28 that is gone on with here; `tell` takes what its client is to hear."""

    def __init__(self, told: Mapping[str, Any], tell: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
        self.modern = True
        self.related = ""
        capabilities, info, level = told["caller"]
        self.caller = Caller(capabilities, info, level)
        self._params: Mapping[str, Any] = told["params"]
        self._who = str(told["who"])
        self._tell = tell

    def __repr__(self) -> str:
        return f"Distant({self._who!r})"

    @property
    def key(self) -> Hashable:
        return self

    @property
    def params(self) -> Mapping[str, Any]:
        return self._params

    @property
    def who(self) -> str:
        return self._who

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        raise MCPError(INTERNAL_ERROR, "this client is asked in rounds")

    async def progress(self, news: Progress) -> None:
        await self._tell({"progress": [news.progress, news.total, news.message]})

    async def log(self, level: str, data: object, logger: str | None) -> None:
        await self._tell({"log": [level, data, logger]})

    async def tell(self, method: str, params: Mapping[str, Any]) -> None:
        """Nothing is told beside a request of 2026-07-28."""


def told_of(down: Asker, server: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A request as another process is told of it."""
    caller = down.caller
    return {
        "who": down.who,
        "server": server,
        "method": method,
        "params": dict(params),
        "caller": [dict(caller.capabilities), caller.info and dict(caller.info), caller.log_level],
    }


async def retold(down: Asker, said: Mapping[str, Any]) -> None:
    """Tell the client what another process said within its request."""
    if "progress" in said:
        progress, total, message = said["progress"]
        await down.progress(Progress(progress, total, message))
    elif "log" in said:
        level, data, logger = said["log"]
        await down.log(level, data, logger)

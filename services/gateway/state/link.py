"""The connection to the server of the state: it comes and goes, and nothing here waits for it.

While the server is away every question to it fails at once; it is tried again and again meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.gateway.state.address import shown_address
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from redis.asyncio.client import PubSub

    Ask = Callable[..., Awaitable[Any]]
    """Sends the words of a command and returns its answer; raises Away."""

__all__ = ("Away", "StateLink")

_PATIENCE: Final = 2.0
"""Seconds for one answer; after that the server counts as away."""
_BEAT: Final = 1.0
"""Seconds without a word after which it is asked for one."""
_SHORTEST, _LONGEST = 0.2, 5.0
"""Seconds between two attempts to reach it."""
_CONNECTIONS: Final = 32
_TROUBLE: Final = (RedisError, OSError, TimeoutError)


class Away(Exception):
    """The state cannot be reached now."""


class StateLink:
    """Asks the server, and hears what is published on some channels.

    `opened` is awaited whenever it was reached, with what asks it; to all others it is away until then.
    `lost` is called when it went away; `hear` gets each message of the channels.
    """

    def __init__(
        self,
        address: str,
        channels: tuple[str, ...],
        hear: Callable[[dict[str, Any]], None],
        *,
        opened: Callable[[Ask], Awaitable[None]],
        lost: Callable[[], None],
        warn: Callable[[str], None],
    ) -> None:
        self.shown = shown_address(address)
        self._channels = channels
        self._hear = hear
        self._opened = opened
        self._lost = lost
        self._warn = warn
        pool = BlockingConnectionPool.from_url(
            address,
            max_connections=_CONNECTIONS,
            timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
            socket_connect_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._client = Redis(connection_pool=pool)
        self._there = False
        self._broken = asyncio.Event()
        self._tried = asyncio.Event()
        self._told = ""
        """Why it was last said to be away; empty while it is there."""
        self._keeping: asyncio.Task[None] | None = None

    @property
    def there(self) -> bool:
        """Whether the server answers, as far as is known."""
        return self._there

    async def begin(self) -> None:
        """Reach the server, or say why not; it is tried again until `close`."""
        self._keeping = asyncio.create_task(self._keep(), name="gateway state")
        await self._tried.wait()

    async def close(self) -> None:
        """Leave the server."""
        self._there = False
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait((self._keeping,))
        with suppress(*_TROUBLE):
            await self._client.aclose(close_connection_pool=True)

    async def ask(self, *words: Any) -> Any:
        """The answer to a command. Raises Away."""
        if not self._there:
            raise Away
        return await self._asked(*words)

    async def _asked(self, *words: Any) -> Any:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self._client.execute_command(*words)  # type: ignore[no-untyped-call]
        except _TROUBLE as error:
            self._lose(error)
            raise Away from None

    async def publish(self, channel: str, message: dict[str, Any]) -> int:
        """Tell those who hear a channel; how many there are. Raises Away."""
        return int(await self.ask("PUBLISH", channel, json.dumps(message, separators=(",", ":"))))

    async def _keep(self) -> None:
        pause = _SHORTEST
        while True:
            news = self._client.pubsub()
            try:
                self._broken.clear()
                await self._open(news)
                pause = _SHORTEST
                await self._read(news)
            except (*_TROUBLE, Away, ValueError) as error:
                self._lose(error)
            finally:
                with suppress(*_TROUBLE):
                    await news.aclose()  # type: ignore[no-untyped-call]
                self._tried.set()
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST)

    async def _open(self, news: PubSub) -> None:
        """Hear the channels first, so that nothing is missed of what is told from then on."""
        async with asyncio.timeout(2 * _PATIENCE):
            await news.subscribe(*self._channels)
            heard = 0
            while heard < len(self._channels):
                message = await news.get_message(timeout=_BEAT)
                heard += bool(message) and message["type"] == "subscribe"
            await self._opened(self._asked)
            self._there = True
        if self._told:
            self._warn(f"the state at {self.shown} is reached again")
        self._told = ""
        self._tried.set()

    async def _read(self, news: PubSub) -> None:
        silent = 0
        while not self._broken.is_set():
            message = await news.get_message(timeout=_BEAT)
            if message is None:
                silent += 1
                if silent > 1 + _PATIENCE / _BEAT:
                    raise TimeoutError
                await news.ping()
                continue
            silent = 0
            if message["type"] == "message":
                self._take(message["data"])

    def _take(self, data: Any) -> None:
        with suppress(ValueError, KeyError, TypeError, AttributeError):  # of another version
            self._hear(json.loads(data))

    def _lose(self, error: BaseException) -> None:
        self._broken.set()
        was_there, self._there = self._there, False
        if was_there:
            self._lost()
        if not self._told and not isinstance(error, Away):
            self._told = _reason(error)
            self._warn(
                f"the state at {self.shown} cannot be reached ({self._told}): until it can, each process "
                "counts requests and tells news by itself"
            )


def _reason(error: BaseException) -> str:
    """Why it cannot be reached, in a few words."""
    cause = error.__cause__ or error.__context__
    for one in (error, cause):
        if isinstance(one, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {one_line(one.verify_message, 200)}"
        if isinstance(one, ssl.SSLError):
            return f"TLS fails: {one_line(one.reason or str(one), 200)}"
        if isinstance(one, OSError) and one.errno is not None:
            return os.strerror(one.errno) if one.errno > 0 else one_line(str(one.strerror), 200)
    return one_line(str(error), 200) or "no answer"

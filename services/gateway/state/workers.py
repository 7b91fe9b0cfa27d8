"""Requests from one process to the other that holds what they go on with, by way of the state."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from services.gateway.state.distant import Distant, retold, told_of
from services.gateway.state.link import Away
from services.gateway.task_forms import OF_TASKS
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping

    from services.gateway.beyond import Here
    from services.gateway.state.distant import Asker
    from services.gateway.state.link import StateLink

__all__ = ("Workers", "away", "gone", "was_gone")

_GONE: Final = "process_gone"
_LOOK: Final = 2.0
"""Seconds without a word after which it is looked whether the other process is there at all."""
_SILENT: Final = 15
"""So many times, while it says nothing; one that works at a request says so at least as often."""
_LARGE: Final = 256 << 10
"""Characters beyond which a message is laid down beside the channel."""
_KEPT: Final = 60
"""Seconds that it lies there."""
_MOST: Final = 1_000
"""Requests of others under way at once."""


class Workers:
    """Asks other processes, and answers them by `here`; `me` is what this one is called."""

    def __init__(self, link: StateLink, prefix: str, me: str, here: Here) -> None:
        self._link = link
        self._prefix = prefix
        self._me = me
        self._here = here
        self._asked: dict[str, asyncio.Queue[dict[str, Any]]] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._errands: set[asyncio.Task[None]] = set()

    async def ask(
        self, worker: str, down: Asker, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result that another process has for a request. Raises MCPError."""
        number = secrets.token_hex(12)
        answers = self._asked[number] = asyncio.Queue()
        try:
            message = {"ask": number, "from": self._me, **told_of(down, server, method, params)}
            if not await self._send(worker, message):
                raise gone(server, method)
            while True:
                if (said := await self._next(worker, answers)) is None:
                    raise gone(server, method)
                if "result" in said:
                    result: dict[str, Any] = said["result"]
                    return result
                if "error" in said:
                    raise MCPError(*said["error"])
                await retold(down, said)
        except Away:
            raise away() from None
        except asyncio.CancelledError:
            self._run(self._quietly(worker, {"cancel": number}))
            raise
        finally:
            del self._asked[number]

    def hear(self, message: dict[str, Any]) -> None:
        """A message from another process to this one."""
        if (place := message.get("large")) is not None:
            self._run(self._fetch(str(place)))
        elif (number := message.get("cancel")) in self._working:
            self._working[str(number)].cancel()
        elif (number := message.get("ask")) is not None:
            self._begin(str(number), message)
        elif (answers := self._asked.get(str(message.get("to")))) is not None:
            answers.put_nowait(message)

    def lost(self) -> None:
        """The state is away: what was asked is not answered any more."""
        for answers in self._asked.values():
            answers.put_nowait({"error": [INTERNAL_ERROR, str(away()), None]})

    async def close(self) -> None:
        """Do nothing more for others."""
        running = {*self._working.values(), *self._errands}
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def _next(self, worker: str, answers: asyncio.Queue[dict[str, Any]]) -> dict[str, Any] | None:
        """What comes next; None where the other process is gone, or knows nothing of it."""
        for _ in range(_SILENT):
            try:
                async with asyncio.timeout(_LOOK):
                    return await answers.get()
            except TimeoutError:
                found = await self._link.ask("PUBSUB NUMSUB", self._channel(worker))
                if not _count(found) and answers.empty():
                    break
        return None

    # What others ask.

    def _begin(self, number: str, message: dict[str, Any]) -> None:
        working = asyncio.ensure_future(self._answer(number, message))
        self._working[number] = working
        working.add_done_callback(lambda _: self._working.pop(number, None))

    async def _answer(self, number: str, message: dict[str, Any]) -> None:
        async def tell(said: dict[str, Any]) -> None:
            await self._quietly(str(message["from"]), {"to": number, **said})

        if len(self._working) > _MOST:
            await tell({"error": [INTERNAL_ERROR, f"{_MOST} requests of others are under way here", None]})
            return
        down = Distant(message, tell)
        said: dict[str, Any] = {"error": [INTERNAL_ERROR, "this was given up where it was held", None]}
        work = asyncio.ensure_future(
            self._here(down, str(message["server"]), str(message["method"]), down.params)
        )
        try:
            while not (await asyncio.wait((work,), timeout=_LOOK))[0]:
                await tell({"working": True})
            said = {"result": await work}
        except MCPError as error:
            said = {"error": [error.error.code, error.error.message, error.error.data]}
        finally:
            work.cancel()
            await tell(said)

    # On the way.

    def _channel(self, worker: str) -> str:
        return f"{self._prefix}:worker:{worker}"

    async def _send(self, worker: str, message: dict[str, Any]) -> int:
        """Send a message; how many heard it. Raises Away."""
        text = json.dumps(message, separators=(",", ":"))
        if len(text) > _LARGE:
            place = f"{self._prefix}:large:{secrets.token_hex(12)}"
            await self._link.ask("SET", place, text, "EX", _KEPT)
            message = {"large": place}
        return await self._link.publish(self._channel(worker), message)

    async def _quietly(self, worker: str, message: dict[str, Any]) -> None:
        try:
            await self._send(worker, message)
        except Away:
            return  # whoever waits for it sees by itself that the state is away

    async def _fetch(self, place: str) -> None:
        try:
            text = await self._link.ask("GETDEL", place)
        except Away:
            return
        if text is not None:
            self.hear(json.loads(text))

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)


def _count(found: Any) -> int:
    """The number in the answer to PUBSUB NUMSUB: a channel and how many hear it."""
    last = found[-1] if found else 0
    return int(last[-1] if isinstance(last, list | tuple) else last)


def gone(server: str, method: str) -> MCPError:
    """What is raised where nobody has what a request goes on with: a task, or a call that asked."""
    what = "task" if method in OF_TASKS else "call"
    said = f"the process of the gateway that held this {what} has ended, and the {what} with it; call again"
    told = {"reason": _GONE, "server": server, "lost": what}
    return MCPError(INVALID_PARAMS, f"{one_line(server, 80)}: {said}", told)


def was_gone(error: MCPError) -> bool:
    """Whether an error says that the process is gone that was asked."""
    return isinstance(error.error.data, dict) and error.error.data.get("reason") == _GONE


def away() -> MCPError:
    """What is raised where it cannot be told, or asked, who has it."""
    said = "another process of the gateway holds this, and the state between them is away; try again"
    return MCPError(INTERNAL_ERROR, said, {"reason": "state_away"})

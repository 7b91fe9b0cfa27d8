"""The process that keeps servers: every command has a line to it, and asks it what it would ask a manager."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from typing import TYPE_CHECKING, Any, Final

from services.config.paths import home
from services.connections.session import sdk
from services.logs.files import LogFiles
from services.resident.caller import Caller
from services.resident.circumstances import Circumstances
from services.resident.kept import Kept
from services.resident.messages import line_over

if TYPE_CHECKING:
    from services.resident.messages import Opening
    from services.settings import ServerSettings

__all__ = ("Keeper", "keep")

_MOST: Final = 50
"""Connections kept at once; beyond, the one that rested longest goes."""


def keep(door: socket.socket, idle: float) -> None:
    """Keep servers until the other end of the door is gone; `idle`: seconds they may rest."""
    # It ends when the resident closes the door, whatever is sent to both of them at once. What is ignored
    # outright stays ignored in the servers.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    asyncio.run(Keeper(idle).run(door))


class Keeper:
    """All connections that are kept, and the commands that use them."""

    def __init__(self, idle: float) -> None:
        self._idle = idle
        self.kept: list[Kept] = []
        """All connections, used or resting."""
        self._callers: dict[Caller, asyncio.Task[None]] = {}
        self._ending: dict[Kept, asyncio.Task[None]] = {}
        """Those that are no longer among the kept."""
        self._began = time.time()

    async def run(self, door: socket.socket) -> None:
        """Take lines from the door until it closes; then end everything."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        door.setblocking(False)
        loop.add_reader(door, self._take, door, over)
        tidying = asyncio.create_task(self._tidy(), name="idle servers")
        loading = asyncio.create_task(sdk.load(), name="loading the SDK")
        try:
            await over.wait()
        finally:
            loop.remove_reader(door)
            tidying.cancel()
            for task in self._callers.values():
                task.cancel()
            await asyncio.gather(tidying, loading, *self._callers.values(), return_exceptions=True)
            await asyncio.gather(*(kept.close() for kept in self.kept), *self._ending.values())

    def _take(self, door: socket.socket, over: asyncio.Event) -> None:
        """One more command has a line to us."""
        try:
            data, numbers, _, _ = socket.recv_fds(door, 1, 1)
        except BlockingIOError:
            return
        except OSError:
            data, numbers = b"", []
        if not data:
            over.set()
        for number in numbers:
            task = asyncio.create_task(self._serve(socket.socket(fileno=number)), name="command")
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._callers = {caller: other for caller, other in self._callers.items() if other is not task}

    async def _serve(self, sock: socket.socket) -> None:
        caller = Caller(await line_over(sock), self)
        task = asyncio.current_task()
        assert task is not None
        self._callers[caller] = task
        try:
            await caller.serve()
        finally:
            self._left(caller)

    async def open(self, caller: Caller, opening: Opening) -> tuple[Kept, ...]:
        """The connections that a command needs, started or starting; its own to use until it leaves."""
        opened = (self._one(caller, settings, opening) for settings in opening.servers)
        found = await asyncio.gather(*opened, return_exceptions=True)
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return tuple(one for one in found if not isinstance(one, BaseException))

    async def _one(self, caller: Caller, settings: ServerSettings, opening: Opening) -> Kept:
        """One of them; whatever has to be waited for is waited for by the commands on that server alone."""
        wanted = Circumstances.of(settings, opening)
        while True:
            kept = self._chosen(wanted, settings, opening)
            kept.callers.append(caller)
            if await kept.made_ready(caller, lazily=opening.lazily):
                return kept
            self._let_go(kept, caller)

    def _chosen(self, wanted: Circumstances, settings: ServerSettings, opening: Opening) -> Kept:
        for kept in self.kept:
            if kept.circumstances == wanted and not kept.leaving:
                return kept
        for old in [kept for kept in self.kept if wanted.replaces(kept.circumstances)]:
            self._leave(old)
        resting = sorted((kept for kept in self.kept if not kept.callers), key=lambda kept: kept.used_at)
        for kept in resting[: max(len(self.kept) - _MOST + 1, 0)]:
            self._leave(kept)
        ending = [task for old, task in self._ending.items() if wanted.takes_the_place_of(old.circumstances)]
        kept = Kept(wanted, settings, opening, LogFiles(home() / "logs"), after=ending)
        self.kept.append(kept)
        return kept

    def _left(self, caller: Caller) -> None:
        """A command has ended: what it used rests, and what is of no more use goes."""
        for kept in [kept for kept in self.kept if caller in kept.callers]:
            self._let_go(kept, caller)

    def _let_go(self, kept: Kept, caller: Caller) -> None:
        kept.left_by(caller)
        if not kept.callers and (kept.leaving or not kept.is_usable):
            self._leave(kept)

    def _leave(self, kept: Kept) -> None:
        """Have a connection end, now or with the last command that uses it; nobody waits for that here."""
        kept.leaving = True
        if not kept.callers and kept in self.kept:
            self.kept.remove(kept)
            self._ending[kept] = task = asyncio.create_task(kept.close(), name=f"end {kept.name}")
            task.add_done_callback(lambda _: self._ending.pop(kept))

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(min(max(self._idle / 10, 0.05), 30.0))
            for kept in [kept for kept in self.kept if kept.rested_for() > self._idle]:
                self._leave(kept)

    def status(self) -> dict[str, Any]:
        """What is kept, for `jackfield resident status`."""
        return {
            "started_at": self._began,
            "idle_seconds": self._idle,
            "commands": sum(bool(caller.kept) for caller in self._callers),
            "servers": [kept.described() for kept in self.kept],
        }

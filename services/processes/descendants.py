"""Everything that one server has started, wherever it moved to, and how to signal all of it.

On Linux by /proc: the server's group and session, the mark in the environment that every
descendant inherits, whoever descends from those, and whoever was once seen to do so, by us or by
the guardian. So a process that changed its group, or its session, or lost its parents is found all
the same; one that did all that and cleaned its environment before anybody looked is not. On other Unixes by
group; on Windows by job object.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakKeyDictionary

from services.processes.guardian import family, identity, is_alive, process_table, send
from services.processes.registry import offspring

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.processes.guardian import Process
    from services.processes.windows_job import WindowsJob

__all__ = ("Descendants", "GroupDescendants", "JobDescendants", "LinuxDescendants", "descendants_of")


class Descendants(Protocol):
    """A server and all it started."""

    async def look(self) -> bool:
        """Find them anew; whether any is there."""

    def alive(self) -> bool:
        """Whether any of those found is still there; cheap."""

    def signal(self, number: int) -> None:
        """Signal those that were found."""

    def close(self) -> None:
        """Nobody asks for them any more."""


class LinuxDescendants:
    """By /proc; a process is only ever signalled while it is the same one that was found."""

    def __init__(self, pid: int, started: int, mark: str) -> None:
        self._pid = pid
        self._group = {pid: started}
        self._mark = mark.rpartition(":")[2].encode()
        self._known: set[tuple[int, int]] = {(pid, started)}

    async def look(self) -> bool:
        table = await _census()
        self._known |= offspring.strays(self._pid)
        found = family(table, self._mark, self._group, offspring.since, self._known)
        self._known |= {identity(process) for process in found.values()}
        return bool(found)

    def alive(self) -> bool:
        self._known = {(pid, started) for pid, started in self._known if is_alive(pid, started)}
        return bool(self._known)

    def signal(self, number: int) -> None:
        for pid, started in self._known:
            send(pid, started, number)

    def close(self) -> None:
        self._known.clear()


class GroupDescendants:
    """By the process group, which is all that there is without /proc."""

    def __init__(self, pid: int, exited: Callable[[], bool]) -> None:
        self._pid = pid
        self._exited = exited

    async def look(self) -> bool:
        return self.alive()

    def alive(self) -> bool:
        try:
            os.killpg(self._pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # macOS: only zombies are left; elsewhere a setuid child
            return not self._exited()
        return True

    def signal(self, number: int) -> None:
        try:
            os.killpg(self._pid, number)
        except OSError:
            return

    def close(self) -> None:
        return


class JobDescendants:
    """By the job object; Windows has no signals, so that any of them is the end."""

    def __init__(self, job: WindowsJob) -> None:
        self._job = job

    async def look(self) -> bool:
        return self.alive()

    def alive(self) -> bool:
        return self._job.members() > 0

    def signal(self, number: int) -> None:
        self._job.terminate()

    def close(self) -> None:
        self._job.close()


def descendants_of(
    pid: int, started: int, mark: str, exited: Callable[[], bool], platform: str = sys.platform
) -> Descendants:
    """The way to find them that this system has."""
    if platform.startswith("linux") and started:
        return LinuxDescendants(pid, started, mark)
    if platform == "win32":
        from services.processes.windows_job import WindowsJob

        return JobDescendants(WindowsJob(pid))
    return GroupDescendants(pid, exited)


_asked: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Future[dict[int, Process]]] = WeakKeyDictionary()
"""By loop: the look at all processes that is about to be taken, for everybody who asks meanwhile."""

_TOGETHER: Final = 0.002
"""Seconds that a look waits for others who ask: 50 servers end at the same time."""


async def _census() -> dict[int, Process]:
    """All processes, as they are after this was called; some milliseconds of work where there are many."""
    loop = asyncio.get_running_loop()
    future = _asked.get(loop)
    if future is None:
        _asked[loop] = future = loop.create_future()
        loop.call_later(_TOGETHER, _take, loop)
    return await asyncio.shield(future)


def _take(loop: asyncio.AbstractEventLoop) -> None:
    _asked.pop(loop).set_result(process_table(offspring.since))

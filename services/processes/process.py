"""A server's process: started in a group of its own, and ended with everything it started.

The child never shares the terminal: its standard input, output and error are pipes.
Ending is the order of the specification (close stdin, SIGTERM, SIGKILL), each wait
bounded, and aimed at all that the server started, also when its first process exits by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from weakref import WeakKeyDictionary

from services.processes.descendants import descendants_of
from services.processes.guardian import VARIABLE
from services.processes.registry import offspring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ("ChildProcess", "Pipes", "describe_exit")

GRACE: Final = 2.0
"""Seconds a server has to leave by itself after its standard input closes."""

TERMINATE_GRACE: Final = 1.0
"""Seconds between SIGTERM and SIGKILL."""

_POLL: Final = 0.02

_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)

_one_at_a_time: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()


@dataclass(slots=True)
class Pipes:
    """Who hears of a child's output: called on the event loop, data as it arrives."""

    stdout: Callable[[bytes], None]
    stderr: Callable[[bytes], None]
    closed: Callable[[int], None]
    """A pipe (1 or 2) reached its end."""
    exited: Callable[[], None]


class _Protocol(asyncio.SubprocessProtocol):
    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes
        self.writable = asyncio.Event()
        self.writable.set()
        self.broken = False
        """Nobody reads its standard input any more."""
        self.silent = False
        """Nobody can write its standard output any more."""

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        (self._pipes.stdout if fd == 1 else self._pipes.stderr)(cast("bytes", data))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 0:
            self.broken = True
            self.writable.set()
        else:
            self.silent = self.silent or fd == 1
            self._pipes.closed(fd)

    def process_exited(self) -> None:
        self._pipes.exited()

    # asyncio calls these two for the stdin pipe, as flow control.
    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()


class ChildProcess:
    """One running server process and all that it starts."""

    def __init__(
        self, transport: asyncio.SubprocessTransport, protocol: _Protocol, mark: str, platform: str
    ) -> None:
        self._transport = transport
        self._protocol = protocol
        self.pid: int = transport.get_pid()
        started = offspring.born(self.pid, mark)
        self._all = descendants_of(self.pid, started, mark, lambda: self.exit_status is not None, platform)
        self.signalled = False
        """Whether it was still there when it was told to leave: its exit status is our doing then."""

    @classmethod
    async def start(
        cls,
        program: str,
        args: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: str | None,
        pipes: Pipes,
        umask: int = -1,
    ) -> ChildProcess:
        """Start the program, with our own file mask where none is given; raises OSError when it cannot be."""
        loop = asyncio.get_running_loop()
        mark = offspring.mark(os.environ)
        # Popen blocks for some milliseconds until the child has exec'd: one per turn of the
        # loop, so that 50 servers starting together never hold the screen.
        lock = _one_at_a_time.setdefault(loop, asyncio.Lock())
        async with lock:
            await asyncio.sleep(0)
            offspring.guard()
            transport, protocol = await loop.subprocess_exec(
                lambda: _Protocol(pipes),
                program,
                *args,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**env, VARIABLE: mark},
                cwd=cwd,
                umask=umask,
                **_own_group(sys.platform),
            )
            return cls(transport, protocol, mark, sys.platform)

    @property
    def exit_status(self) -> int | None:
        """The exit status, negative for a signal as in `subprocess`, None while it runs."""
        return self._transport.get_returncode()

    @property
    def reachable(self) -> bool:
        """Whether somebody holds both its standard input and output open, be it or a child of it."""
        return not self._protocol.broken and not self._protocol.silent

    def post(self, data: bytes) -> None:
        """Write to standard input; raises BrokenPipeError when the server no longer reads."""
        if self._protocol.broken or self._transport.is_closing():
            raise BrokenPipeError("the server closed its standard input")
        cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0)).write(data)

    def finish(self) -> None:
        """Close standard input once what was written is taken: nothing more comes."""
        if (stdin := self._transport.get_pipe_transport(0)) is not None:
            stdin.close()

    async def drained(self) -> None:
        """Return when most of what was written has been taken, or nobody reads any more."""
        await self._protocol.writable.wait()

    @property
    def clogged(self) -> bool:
        """Whether what was written waits, because nobody reads it."""
        return not self._protocol.writable.is_set()

    def hold(self, held: bool, fd: int = 1) -> None:
        """Stop or go on reading standard output (1) or error (2), so that a flood waits in the server."""
        pipe = cast("asyncio.ReadTransport | None", self._transport.get_pipe_transport(fd))
        if pipe is None or pipe.is_closing():
            return
        with suppress(RuntimeError):  # 3.11 raises when it is so already
            (pipe.pause_reading if held else pipe.resume_reading)()

    async def end(self) -> None:
        """Close stdin, wait, SIGTERM to all of it, wait, SIGKILL; always bounded, safe to call twice."""
        try:
            # A server whose first process is gone already lives on in a child that holds its pipes.
            first = self.exit_status is None
            if first or self.reachable:
                await self._all.look()  # while every parent still leads to its children
            stdin = self._transport.get_pipe_transport(0)
            if stdin is not None:
                stdin.close()
            await self._wait_for(lambda: self.exit_status is not None if first else self._silent(), GRACE)
            if await self._all.look():
                self.signalled = self.exit_status is None
                self._all.signal(signal.SIGTERM)
                await self._wait_for(lambda: not self._all.alive(), TERMINATE_GRACE)
                await self._kill()
            await self._wait_for(lambda: self.exit_status is not None, TERMINATE_GRACE)
        finally:
            if self._all.alive():  # somebody could not wait for us
                self._all.signal(_KILL)
            else:
                offspring.gone(self.pid)
            self._all.close()
            with suppress(PermissionError, ProcessLookupError):  # close() kills once more on its way
                self._transport.close()

    def _silent(self) -> bool:
        return self._protocol.silent or not self._all.alive()

    async def _kill(self) -> None:
        """SIGKILL to whoever is left, and to those whom they started meanwhile."""
        deadline = asyncio.get_running_loop().time() + TERMINATE_GRACE
        while await self._all.look() and asyncio.get_running_loop().time() < deadline:
            self._all.signal(_KILL)
            await asyncio.sleep(_POLL)

    async def _wait_for(self, condition: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = 0.001
        while not condition() and loop.time() < deadline:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _POLL)


def describe_exit(status: int) -> str:
    """`exit status 3`, or `killed by SIGSEGV` for a negative status."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _own_group(platform: str) -> dict[str, Any]:
    if platform == "win32":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}

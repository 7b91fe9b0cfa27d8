"""A server's process: started in a group of its own, and ended with everything it started.

The child never shares the terminal: its standard input, output and error are pipes.
Ending is the order of the specification (close stdin, SIGTERM, SIGKILL), each wait
bounded, and always aimed at the whole group, also when the first process exits by itself.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ("ChildProcess", "Pipes", "describe_exit")

GRACE: Final = 2.0
"""Seconds a server has to leave by itself after its standard input closes."""

TERMINATE_GRACE: Final = 1.0
"""Seconds between SIGTERM and SIGKILL."""

_POLL: Final = 0.02

_one_at_a_time: dict[asyncio.AbstractEventLoop, asyncio.Lock] = {}
_groups: set[int] = set()
"""Process groups that are alive; the last resort at interpreter exit."""


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

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        (self._pipes.stdout if fd == 1 else self._pipes.stderr)(cast("bytes", data))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        if fd == 0:
            self.broken = True
            self.writable.set()
        else:
            self._pipes.closed(fd)

    def process_exited(self) -> None:
        self._pipes.exited()

    # asyncio calls these two for the stdin pipe, as flow control.
    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()


class ChildProcess:
    """One running server process and its group."""

    def __init__(self, transport: asyncio.SubprocessTransport, protocol: _Protocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self.pid: int = transport.get_pid()
        _groups.add(self.pid)

    @classmethod
    async def start(
        cls, program: str, args: Sequence[str], *, env: Mapping[str, str], cwd: str | None, pipes: Pipes
    ) -> ChildProcess:
        """Start the program; raises OSError when it cannot be."""
        loop = asyncio.get_running_loop()
        # Popen blocks for some milliseconds until the child has exec'd: one per turn of the
        # loop, so that 50 servers starting together never hold the screen.
        lock = _one_at_a_time.setdefault(loop, asyncio.Lock())
        async with lock:
            await asyncio.sleep(0)
            transport, protocol = await loop.subprocess_exec(
                lambda: _Protocol(pipes),
                program,
                *args,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(env),
                cwd=cwd,
                **_own_group(sys.platform),
            )
        return cls(transport, protocol)

    @property
    def exit_status(self) -> int | None:
        """The exit status, negative for a signal as in `subprocess`, None while it runs."""
        return self._transport.get_returncode()

    async def write(self, data: bytes) -> None:
        """Write to standard input; raises BrokenPipeError when the server no longer reads."""
        if self._protocol.broken or self._transport.is_closing():
            raise BrokenPipeError("the server closed its standard input")
        stdin = cast("asyncio.WriteTransport", self._transport.get_pipe_transport(0))
        stdin.write(data)
        await self._protocol.writable.wait()

    def hold(self, held: bool) -> None:
        """Stop or go on reading standard output, so that a flood waits in the server."""
        stdout = cast("asyncio.ReadTransport | None", self._transport.get_pipe_transport(1))
        if stdout is None or stdout.is_closing():
            return
        with suppress(RuntimeError):  # 3.11 raises when it is so already
            (stdout.pause_reading if held else stdout.resume_reading)()

    async def end(self) -> None:
        """Close stdin, wait, SIGTERM to the group, wait, SIGKILL; always bounded, safe to call twice."""
        stdin = self._transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        await self._wait_for(lambda: self.exit_status is not None, GRACE)
        if self._signal(signal.SIGTERM):
            await self._wait_for(lambda: not self._signal(0), TERMINATE_GRACE)
            self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            await self._wait_for(lambda: self.exit_status is not None, TERMINATE_GRACE)
        _groups.discard(self.pid)
        with suppress(PermissionError, ProcessLookupError):  # close() kills once more on its way
            self._transport.close()

    async def _wait_for(self, condition: Callable[[], bool], seconds: float) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        pause = 0.001
        while not condition() and loop.time() < deadline:
            await asyncio.sleep(pause)
            pause = min(pause * 2, _POLL)

    def _signal(self, number: int) -> bool:
        """Signal the group; False when nobody is left in it."""
        if sys.platform == "win32":
            return self.exit_status is None and _kill_tree(self.pid)
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            return False
        except PermissionError:  # macOS: only zombies are left; elsewhere a setuid child
            return self.exit_status is None
        return number != 0 or _group_lives(self.pid)


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


def _group_lives(pgid: int) -> bool:
    """Whether the group has a member that is not a zombie (a zombie answers signal 0 too)."""
    proc = "/proc"
    if not sys.platform.startswith("linux"):
        return True
    for name in os.listdir(proc):  # noqa: PTH208 - names are all that is needed, of hundreds
        if not name.isdigit():
            continue
        try:
            with open(f"{proc}/{name}/stat", "rb") as file:  # noqa: PTH123 - hot, hundreds of files
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == pgid and fields[0] != b"Z":
            return True
    return False


def _kill_tree(pid: int) -> bool:
    return (
        subprocess.run(
            ["taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, check=False
        ).returncode
        == 0
    )


@atexit.register
def _kill_what_is_left() -> None:
    """A crash of ours must not leave servers behind."""
    for pgid in _groups:
        with suppress(OSError):
            if sys.platform == "win32":
                _kill_tree(pgid)
            else:
                os.killpg(pgid, signal.SIGKILL)

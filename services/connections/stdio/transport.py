"""The stdio transport's process side: lines in, lines out, who serves, how it ended.

Free of the SDK, so that servers start while it is still being imported. The SDK's own
transport splits its whole buffer at every chunk, leaves grandchildren alive and shows stderr
to nobody; this one does not. Source: specification, basic/transports, "stdio".
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.connections.messages.frames import encode_frame
from services.connections.stdio.asides import Asides
from services.connections.stdio.floods import CalmNotifications
from services.connections.stdio.line_queue import LineQueue
from services.connections.stdio.lines import LineSplitter, Oversized
from services.connections.stdio.pieces import Pieces, is_whole
from services.processes.process import ChildProcess, Pipes, describe_exit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.connections.stdio.asides import Say

__all__ = ("StdioTransport",)

_DRAIN: Final = 0.3
"""Seconds that output may still arrive after the process is gone (a grandchild may hold the pipe)."""

_ANSWER: Final = 0.7
"""Seconds that a child which holds the pipes of a gone wrapper has to show that it serves."""

_CLOGGED: Final = 5.0
"""Seconds after which it is said that a server does not read."""

_PAUSE: Final = 0.1
"""Seconds of silence after which a message without a line end is read: such a server waits for us."""
_UNENDED: Final = 1.0
"""Seconds after which one that is not whole is said to have come."""

_ALIVE: Final = "jackfield-alive"
_ALIVE_MARK: Final = _ALIVE.encode()


class StdioTransport:
    """One server process as a source and a sink of lines."""

    def __init__(self, log: Say, redact: Callable[[str], str]) -> None:
        """`redact` masks secrets: before signs are put into a text, which would part a secret in two."""
        self.log = log
        self.asides = Asides(log, redact, self._hold_stderr)
        self.lines = LineQueue(self._hold)
        self._splitter = LineSplitter()
        self._spoken = False
        """Whether it wrote anything that looks like a message."""
        self._asked = False
        self._notes = CalmNotifications(
            lambda count: self.log(f"{count:,} notifications left out: too many", "lifecycle", "warning")
        )
        self._gone = asyncio.Event()
        self._patience = 0.0
        self.exited = asyncio.Event()
        """Set when no more lines will come."""
        self.child: ChildProcess | None = None
        self._unended_timer: asyncio.TimerHandle | None = None
        self._pieces = Pieces()
        self.bytes_in = 0

    async def start(
        self, program: str, args: Sequence[str], env: Mapping[str, str], cwd: str | None, umask: int = -1
    ) -> None:
        """Start the process; its output is collected from here on."""
        pipes = Pipes(self._on_stdout, self.asides.stderr.feed, self._on_closed, self._on_exit)
        self.child = await ChildProcess.start(program, args, env=env, cwd=cwd, pipes=pipes, umask=umask)

    async def end(self) -> None:
        """End the process and its group; bounded."""
        if self.child is not None:
            await self.child.end()
        self.asides.flush()
        self._notes.flush()
        if self._unended_timer is not None:
            self._unended_timer.cancel()
        self.close_lines()

    async def line(self) -> bytes | Oversized | None:
        """The next line of standard output; None when there will be no more."""
        line = await self.lines.next()
        if line is None:
            self.exited.set()
        return line

    def post(self, data: bytes) -> None:
        """One line to standard input; raises OSError when the server no longer reads."""
        assert self.child is not None
        self.child.post(data)

    @property
    def clogged(self) -> bool:
        """Whether what was posted waits, because the server does not read."""
        return self.child is not None and self.child.clogged

    async def taken(self) -> None:
        """Return when the server has read most of what was posted; that it does not is said once."""
        if self.child is None or not self.child.clogged:
            return
        text = f"it has not read its standard input for {_CLOGGED:g} s; what is sent to it waits"
        said = asyncio.get_running_loop().call_later(_CLOGGED, self.log, text, "lifecycle", "warning")
        try:
            await self.child.drained()
        finally:
            said.cancel()

    def admits(self, method: str, line: bytes | Oversized) -> bool:
        """Whether a notification may pass to the session; in a flood not all do."""
        return isinstance(line, Oversized) or self._notes.admits(method, line)

    def close_lines(self) -> None:
        """No more lines: whoever waits for one hears of it; a last one without its end counts."""
        self._take(self._splitter.finish())
        self.lines.put(self._pieces.left())
        self.lines.close()

    async def wait_gone(self, seconds: float) -> None:
        """Give the process a moment to be reaped, so that its exit status is known; once for all who ask."""
        loop = asyncio.get_running_loop()
        self._patience = self._patience or loop.time() + seconds
        try:
            async with asyncio.timeout_at(self._patience):
                await self._gone.wait()
        except TimeoutError:
            return

    @property
    def gone(self) -> bool:
        """Whether nobody is left who could answer."""
        handed_on = self.child is not None and self.child.exit_status == 0 and self.child.reachable
        return self._gone.is_set() and not handed_on

    @property
    def exit_status(self) -> int | None:
        return self.child.exit_status if self.child is not None else None

    @property
    def cause(self) -> str:
        """Why no more lines come, in one line: the exit status and the last line of stderr."""
        return (
            f'{self.ending}: "{self.asides.last_error_line}"' if self.asides.last_error_line else self.ending
        )

    @property
    def ending(self) -> str:
        """The same without what the server said."""
        status = self.exit_status if self.child is None or not self.child.signalled else None
        return "closed its output" if status is None else describe_exit(status)

    # What the process says.

    def _on_stdout(self, data: bytes) -> None:
        self.bytes_in += len(data)
        self._take(self._splitter.feed(data))
        self.lines.come()
        self.asides.unended = ""
        self._watch_unended()

    def _take(self, lines: list[bytes | Oversized]) -> None:
        for line in lines:
            if self._asked and isinstance(line, bytes) and len(line) < 1_000 and _ALIVE_MARK in line:
                continue  # the answer to our own question
            self._spoken = self._spoken or not isinstance(line, bytes) or line.startswith(b"{")
            self.lines.put(self._pieces.take(line) if isinstance(line, bytes) else [line])
        if self._pieces.odd:
            self.asides.say_odd(self._pieces.odd)

    def _watch_unended(self) -> None:
        if self._unended_timer is None and (b"{" in self._splitter.beginning or self._pieces.beginning):
            loop = asyncio.get_running_loop()
            self._unended_timer = loop.call_later(_PAUSE, self._look_unended, self.bytes_in)

    def _look_unended(self, before: int) -> None:
        """Read a message that only lacks its line end, now that its server is silent."""
        self._unended_timer = None
        if self.bytes_in != before:
            self._watch_unended()
        elif self.lines.open and is_whole(self._splitter.unfinished()):
            self._take(self._splitter.finish())
            self.asides.say_odd(
                "its messages come without a line end; each is read after a moment of silence"
            )
            self.lines.come()
        else:
            loop = asyncio.get_running_loop()
            self._unended_timer = loop.call_later(_UNENDED - _PAUSE, self._say_unended, before)

    def _say_unended(self, before: int) -> None:
        self._unended_timer = None
        if self.bytes_in != before:
            self._watch_unended()
        elif self.lines.open and (beginning := self._pieces.beginning or self._splitter.beginning):
            self.asides.say_unended(beginning)

    def _on_closed(self, fd: int) -> None:
        if fd == 1:
            self.close_lines()
        else:
            self.asides.stderr.finish()

    # A wrapper that leaves while its child goes on serving.

    def _on_exit(self) -> None:
        self._gone.set()
        asyncio.get_running_loop().call_later(_DRAIN, self._look_for_heir)

    def _look_for_heir(self) -> None:
        """The first process is gone. Whoever holds the pipes now may be the server, or a leftover."""
        if not self.lines.open or self.child is None:
            return
        if not self._spoken and self.exit_status == 0 and self.child.reachable:
            return  # handed on before the first answer: the start's own limit stands over it
        if not self._spoken or not self.child.reachable:
            self.close_lines()
            return
        self._asked = True
        with suppress(OSError):  # every era knows `ping`, if only to refuse it
            self.child.post(encode_frame({"jsonrpc": "2.0", "id": _ALIVE, "method": "ping"}))
        asyncio.get_running_loop().call_later(_ANSWER, self._judge, self.bytes_in)

    def _judge(self, before: int) -> None:
        if self.bytes_in == before:
            self.close_lines()

    def _hold(self, held: bool) -> None:
        if self.child is not None:
            self.child.hold(held)

    def _hold_stderr(self, held: bool) -> None:
        if self.child is not None:
            self.child.hold(held, 2)

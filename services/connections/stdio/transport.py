"""The stdio transport's process side: lines in, lines out, what it says on stderr, how it ended.

Free of the SDK, so that servers start while it is still being imported. The SDK's own
transport splits its whole buffer at every chunk, leaves grandchildren alive and shows stderr
to nobody; this one does not. Source: specification, basic/transports, "stdio".
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from services.connections.messages.frames import encode_frame
from services.connections.stdio.floods import CalmLines, CalmNotifications, StandardError
from services.connections.stdio.lines import LineSplitter, Oversized
from services.connections.stdio.pieces import Pieces, is_whole
from services.processes.process import ChildProcess, Pipes, describe_exit
from services.text import log_lines, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.events import LogSource
    from services.settings import Level

__all__ = ("StdioTransport",)

_HELD_LINES: Final = 512
_HELD_BYTES: Final = 1 << 23
"""Above these the server is no longer read until the session has caught up."""

_DRAIN: Final = 0.3
"""Seconds that output may still arrive after the process is gone (a grandchild may hold the pipe)."""

_ANSWER: Final = 0.7
"""Seconds that a child which holds the pipes of a gone wrapper has to show that it serves."""

_TURN: Final = 0.002
"""Seconds of lines that are taken in one turn of the loop."""

_CLOGGED: Final = 5.0
"""Seconds after which it is said that a server does not read."""

_LOOKED_AT: Final = 2_000
"""Bytes of a line that is no message."""
_PAUSE: Final = 0.1
"""Seconds of silence after which a message without a line end is read: such a server waits for us."""
_UNENDED: Final = 1.0
"""Seconds after which one that is not whole is said to have come."""

_ALIVE: Final = "jackfield-alive"
_ALIVE_MARK: Final = _ALIVE.encode()


class Say(Protocol):
    """Adds a line to a server's log: `services.logs.server_log.ServerLog.say`."""

    def __call__(self, text: str, source: LogSource, level: Level = ..., *, quoted: str = ...) -> None: ...


class StdioTransport:
    """One server process as a source and a sink of lines."""

    def __init__(self, log: Say, redact: Callable[[str], str]) -> None:
        """`redact` masks secrets: before signs are put into a text, which would part a secret in two."""
        self.log = log
        self._redact = redact
        self._lines: deque[bytes | Oversized] = deque()
        self._queued = 0
        self._held = False
        self._news = asyncio.Event()
        self._splitter = LineSplitter()
        self._open = True
        self._turn = 0.0
        self._spoken = False
        """Whether it wrote anything that looks like a message."""
        self._asked = False
        self._junk = CalmLines(self._say_junk, lambda count: self._left_out(count, "standard output"))
        self._notes = CalmNotifications(
            lambda count: self.log(f"{count:,} notifications left out: too many", "lifecycle", "warning")
        )
        self._stderr = StandardError(
            CalmLines(self._say, lambda count: self._left_out(count, "standard error")), self._hold_stderr
        )
        self._gone = asyncio.Event()
        self._patience = 0.0
        self.exited = asyncio.Event()
        """Set when no more lines will come."""
        self.child: ChildProcess | None = None
        self.last_error_line = ""
        self.junk = ""
        """The first line on standard output that was no JSON-RPC message."""
        self.unended = ""
        """The beginning of a message that came without a line end, as long as none has come."""
        self._unended_timer: asyncio.TimerHandle | None = None
        self._pieces = Pieces()
        self._odd: set[str] = set()
        """What was said of the way its messages come."""
        self.bytes_in = 0

    async def start(
        self, program: str, args: Sequence[str], env: Mapping[str, str], cwd: str | None, umask: int = -1
    ) -> None:
        """Start the process; its output is collected from here on."""
        pipes = Pipes(self._on_stdout, self._stderr.feed, self._on_closed, self._on_exit)
        self.child = await ChildProcess.start(program, args, env=env, cwd=cwd, pipes=pipes, umask=umask)

    async def end(self) -> None:
        """End the process and its group; bounded."""
        if self.child is not None:
            await self.child.end()
        self._stderr.finish()
        self._junk.flush()
        self._notes.flush()
        if self._unended_timer is not None:
            self._unended_timer.cancel()
        self.close_lines()

    async def line(self) -> bytes | Oversized | None:
        """The next line of standard output; None when there will be no more."""
        await self.turn()
        while not self._lines:
            if not self._open:
                self.exited.set()
                return None
            self._news.clear()
            await self._news.wait()
            self._turn = asyncio.get_running_loop().time()
        line = self._lines.popleft()
        self._queued -= _weight(line)
        if self._held and len(self._lines) < _HELD_LINES // 2 and self._queued < _HELD_BYTES:
            self._hold(False)
        return line

    async def write(self, data: bytes) -> None:
        """One line to standard input; raises OSError when the server no longer reads."""
        assert self.child is not None
        self.child.post(data)
        if self.child.clogged:
            text = f"it has not read its standard input for {_CLOGGED:g} s; what is sent to it waits"
            said = asyncio.get_running_loop().call_later(_CLOGGED, self.log, text, "lifecycle", "warning")
            try:
                await self.child.drained()
            finally:
                said.cancel()

    async def turn(self) -> None:
        """Let everything else have its turn now and then, however many messages there are."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._turn > _TURN:
            await asyncio.sleep(0)
            self._turn = loop.time()

    def admits(self, method: str, line: bytes | Oversized) -> bool:
        """Whether a notification may pass to the session; in a flood not all do."""
        return isinstance(line, Oversized) or self._notes.admits(method, line)

    @property
    def ended(self) -> bool:
        """Whether the line that was taken last was the last of all; it may be cut short."""
        return not self._open and not self._lines

    def junk_line(self, line: bytes) -> None:
        """Note a line on standard output that is no message; many of them are counted."""
        if not self.junk:
            self.junk = self._seen(line, 300)
        self._junk.feed(line[:2_000])

    def close_lines(self) -> None:
        """No more lines: whoever waits for one hears of it; a last one without its end counts."""
        self._take(self._splitter.finish())
        self._queue(self._pieces.left())
        self._open = False
        self._news.set()

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
        return f'{self.ending}: "{self.last_error_line}"' if self.last_error_line else self.ending

    @property
    def ending(self) -> str:
        """The same without what the server said."""
        status = self.exit_status if self.child is None or not self.child.signalled else None
        return "closed its output" if status is None else describe_exit(status)

    # What the process says.

    def _on_stdout(self, data: bytes) -> None:
        self.bytes_in += len(data)
        self._take(self._splitter.feed(data))
        self._news.set()
        self.unended = ""
        self._watch_unended()
        if not self._held and (len(self._lines) > _HELD_LINES or self._queued > _HELD_BYTES):
            self._hold(True)

    def _take(self, lines: list[bytes | Oversized]) -> None:
        for line in lines:
            if self._asked and isinstance(line, bytes) and len(line) < 1_000 and _ALIVE_MARK in line:
                continue  # the answer to our own question
            self._spoken = self._spoken or not isinstance(line, bytes) or line.startswith(b"{")
            self._queue(self._pieces.take(line) if isinstance(line, bytes) else [line])
        if self._pieces.odd:
            self._say_odd(self._pieces.odd)

    def _queue(self, lines: Sequence[bytes | Oversized]) -> None:
        for line in lines:
            self._lines.append(line)
            self._queued += _weight(line)

    def _say_odd(self, how: str) -> None:
        """Tell once in what way its messages are not as the specification has them."""
        if how not in self._odd:
            self._odd.add(how)
            self.log(how, "stdout", "warning")

    def _watch_unended(self) -> None:
        if self._unended_timer is None and (b"{" in self._splitter.beginning or self._pieces.beginning):
            loop = asyncio.get_running_loop()
            self._unended_timer = loop.call_later(_PAUSE, self._look_unended, self.bytes_in)

    def _look_unended(self, before: int) -> None:
        """Read a message that only lacks its line end, now that its server is silent."""
        self._unended_timer = None
        if self.bytes_in != before:
            self._watch_unended()
        elif self._open and is_whole(self._splitter.unfinished()):
            self._take(self._splitter.finish())
            self._say_odd("its messages come without a line end; each is read after a moment of silence")
            self._news.set()
        else:
            loop = asyncio.get_running_loop()
            self._unended_timer = loop.call_later(_UNENDED - _PAUSE, self._say_unended, before)

    def _say_unended(self, before: int) -> None:
        self._unended_timer = None
        if self.bytes_in != before:
            self._watch_unended()
        elif self._open and (beginning := self._pieces.beginning or self._splitter.beginning):
            self.unended = self._seen(beginning, 120)
            told = f"a message came without a line end, so it is waited for still: {self.unended}"
            self.log(told, "stdout", "warning", quoted=self.unended)

    def _say(self, line: bytes) -> None:
        for text in log_lines(line[:16_000].decode("utf-8", "replace")):
            self.last_error_line = one_line(text, 300)
            self.log(text, "stderr", "info")

    def _say_junk(self, line: bytes) -> None:
        text = self._seen(line, 300)
        told = f"not a JSON-RPC message on standard output: {text}"
        self.log(told, "stdout", "warning", quoted=text)

    def _seen(self, data: bytes, limit: int) -> str:
        """A line as it came, with signs for what must not be drawn; one that holds a secret without those."""
        text = data[:_LOOKED_AT].decode("utf-8", "replace").strip(" \t\r\n")
        plain, signs = one_line(text, _LOOKED_AT), visible(text, _LOOKED_AT)
        masked = self._redact(plain)
        return visible(text, limit) if (masked, self._redact(signs)) == (plain, signs) else masked[:limit]

    def _left_out(self, count: int, where: str) -> None:
        self.log(f"{count:,} lines of its {where} left out: too many", "lifecycle", "warning")

    def _on_closed(self, fd: int) -> None:
        if fd == 1:
            self.close_lines()
        else:
            self._stderr.finish()

    # A wrapper that leaves while its child goes on serving.

    def _on_exit(self) -> None:
        self._gone.set()
        asyncio.get_running_loop().call_later(_DRAIN, self._look_for_heir)

    def _look_for_heir(self) -> None:
        """The first process is gone. Whoever holds the pipes now may be the server, or a leftover."""
        if not self._open or self.child is None:
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
        self._held = held
        if self.child is not None:
            self.child.hold(held)

    def _hold_stderr(self, held: bool) -> None:
        if self.child is not None:
            self.child.hold(held, 2)


def _weight(line: bytes | Oversized) -> int:
    return len(line.head) if isinstance(line, Oversized) else len(line)

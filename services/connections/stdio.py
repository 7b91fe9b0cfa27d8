"""The stdio transport's process side: lines in, lines out, what it says on stderr, how it ended.

Free of the SDK, so that servers start while it is still being imported. The SDK's own
transport splits its whole buffer at every chunk, leaves grandchildren alive and shows stderr
to nobody; this one does not. Source: specification, basic/transports, "stdio".
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from services.connections.frames import LineSplitter, Oversized
from services.connections.process import ChildProcess, Pipes, describe_exit
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from services.events import Level, LogSource

__all__ = ("StdioTransport",)

_HELD_LINES: Final = 512
_HELD_BYTES: Final = 1 << 23
"""Above these the server is no longer read until the session has caught up."""

_DRAIN: Final = 0.3
"""Seconds that output may still arrive after the process is gone (a grandchild may hold the pipe)."""

_STDERR_LINE: Final = 16_384


class StdioTransport:
    """One server process as a source and a sink of lines."""

    def __init__(self, log: Callable[[str, LogSource, Level], None]) -> None:
        self.log = log
        self._lines: deque[bytes | Oversized] = deque()
        self._queued = 0
        self._held = False
        self._news = asyncio.Event()
        self._splitter = LineSplitter()
        self._stderr = b""
        self._open = True
        self._gone = asyncio.Event()
        self.exited = asyncio.Event()
        """Set when no more lines will come."""
        self.child: ChildProcess | None = None
        self.last_error_line = ""
        self.junk = ""
        """The first line on standard output that was no JSON-RPC message."""
        self.bytes_in = 0

    async def start(self, program: str, args: Sequence[str], env: Mapping[str, str], cwd: str | None) -> None:
        """Start the process; its output is collected from here on."""
        pipes = Pipes(self._on_stdout, self._on_stderr, self._on_closed, self._on_exit)
        self.child = await ChildProcess.start(program, args, env=env, cwd=cwd, pipes=pipes)

    async def end(self) -> None:
        """End the process and its group; bounded."""
        if self.child is not None:
            await self.child.end()
        self._finish_stderr()
        self.close_lines()

    async def line(self) -> bytes | Oversized | None:
        """The next line of standard output; None when there will be no more."""
        while not self._lines:
            if not self._open:
                self.exited.set()
                return None
            self._news.clear()
            await self._news.wait()
        line = self._lines.popleft()
        self._queued -= _weight(line)
        if self._held and len(self._lines) < _HELD_LINES // 2 and self._queued < _HELD_BYTES:
            self._hold(False)
        return line

    async def write(self, data: bytes) -> None:
        """One line to standard input; raises OSError when the server no longer reads."""
        assert self.child is not None
        await self.child.write(data)

    def close_lines(self) -> None:
        """No more lines: whoever waits for one hears of it; a last one without its end counts."""
        self._take(self._splitter.finish())
        self._open = False
        self._news.set()

    async def wait_gone(self, seconds: float) -> None:
        """Give the process a moment to be reaped, so that its exit status is known."""
        try:
            async with asyncio.timeout(seconds):
                await self._gone.wait()
        except TimeoutError:
            return

    @property
    def gone(self) -> bool:
        """Whether the process has exited."""
        return self._gone.is_set()

    @property
    def exit_status(self) -> int | None:
        return self.child.exit_status if self.child is not None else None

    @property
    def cause(self) -> str:
        """Why no more lines come, in one line: the exit status and the last line of stderr."""
        what = "closed its output" if self.exit_status is None else describe_exit(self.exit_status)
        return f'{what}: "{self.last_error_line}"' if self.last_error_line else what

    # What the process says.

    def _on_stdout(self, data: bytes) -> None:
        self.bytes_in += len(data)
        self._take(self._splitter.feed(data))
        self._news.set()
        if not self._held and (len(self._lines) > _HELD_LINES or self._queued > _HELD_BYTES):
            self._hold(True)

    def _take(self, lines: list[bytes | Oversized]) -> None:
        for line in lines:
            self._lines.append(line)
            self._queued += _weight(line)

    def _on_stderr(self, data: bytes) -> None:
        *lines, self._stderr = (self._stderr + data).split(b"\n")
        for line in lines:
            self._say(line)
        if len(self._stderr) > _STDERR_LINE:
            self._finish_stderr()

    def _finish_stderr(self) -> None:
        line, self._stderr = self._stderr, b""
        self._say(line)

    def _say(self, line: bytes) -> None:
        text = one_line(line[:_STDERR_LINE].decode("utf-8", "replace"), 2_000)
        if text:
            self.last_error_line = text[:300]
            self.log(text, "stderr", "info")

    def _on_closed(self, fd: int) -> None:
        if fd == 1:
            self.close_lines()
        else:
            self._finish_stderr()

    def _on_exit(self) -> None:
        self._gone.set()
        asyncio.get_running_loop().call_later(_DRAIN, self.close_lines)

    def _hold(self, held: bool) -> None:
        self._held = held
        if self.child is not None:
            self.child.hold(held)


def _weight(line: bytes | Oversized) -> int:
    return len(line.head) if isinstance(line, Oversized) else len(line)

"""Standing between a client and a program on standard input and output: every byte goes through as it is.

What is read is put aside for the recording, which takes microseconds, and goes on at once. A side that
does not read is not read for, so that nothing piles up here.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from services.connections.stdio.lines import LineSplitter, Oversized
from services.processes.process import ChildProcess, Pipes, describe_exit
from services.processes.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.recording.frames import Direction, RecordingFile

__all__ = ("record_program",)

_CHUNK: Final = 1 << 16
_MOST_WAITING: Final = 1 << 20
"""Bytes of the program's output that may wait for the client."""
_REST: Final = 1.0
"""Seconds for more output, once the program is gone."""


async def record_program(
    program: Sequence[str], recording: RecordingFile, environ: Mapping[str, str], platform: str
) -> int:
    """Run a program between our standard streams until it ends; its exit status, as shells have it.

    Raises ConnectionFailed where it cannot be started. Cancelling ends the program.
    """
    command = find_program(program[0], environ, None, platform)
    between = _Between(recording)
    child = await ChildProcess.start(
        command,
        program[1:],
        env=environ,
        cwd=None,
        pipes=Pipes(between.stdout.take, between.stderr.take, between.closed, between.exited.set),
    )
    try:
        between.begin(child)
        await between.ended()
        status = child.exit_status
    finally:
        await child.end()
        await between.finish()
    recording_status = child.exit_status if status is None else status
    told = describe_exit(recording_status) if recording_status is not None else "ended"
    recording.note("ended", told)
    if recording_status is None:
        return 1
    return recording_status if recording_status >= 0 else 128 - recording_status


class _Outlet:
    """One of our outputs: written in a thread, because whoever reads it may be slow."""

    def __init__(self, fd: int, tap: _Tap | None = None) -> None:
        self._fd = fd
        self._tap = tap
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self.waiting = 0
        """Bytes that are not yet written."""
        self._held = False
        self._child: ChildProcess | None = None
        self._loop = asyncio.get_running_loop()
        self.written = asyncio.Event()
        """Everything is written, or nobody reads any more."""
        self.broken = asyncio.Event()

    def begin(self, child: ChildProcess) -> None:
        """From here on there may be output."""
        self._child = child
        threading.Thread(target=self._write, name=f"output {self._fd}", daemon=True).start()

    def take(self, data: bytes) -> None:
        """Bytes of the program, on the event loop."""
        self.waiting += len(data)
        self._queue.put(data)
        self._hold()

    def end(self) -> None:
        """Nothing more comes."""
        self._queue.put(None)

    def _hold(self) -> None:
        held = self.waiting > _MOST_WAITING
        if held is not self._held and self._child is not None:
            self._held = held
            self._child.hold(held, self._fd)

    def _took(self, size: int) -> None:
        self.waiting -= size
        self._hold()

    def _write(self) -> None:
        try:
            while (data := self._queue.get()) is not None:
                if self._tap is not None:
                    self._tap.pass_by(data)
                left = memoryview(data)
                while left:
                    left = left[os.write(self._fd, left) :]
                self._tell(self._took, len(data))
        except OSError:
            self._tell(self.broken.set)
        self._tell(self.written.set)

    def _tell(self, what: object, *values: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(what, *values)  # type: ignore[arg-type]


class _Tap:
    """Cuts one direction into its lines, for the recording."""

    def __init__(self, recording: RecordingFile, direction: Direction) -> None:
        self._recording = recording
        self._direction = direction
        self._lines = LineSplitter()

    def pass_by(self, data: bytes) -> None:
        """Bytes that go through."""
        for line in self._lines.feed(data):
            self._put(line)

    def finish(self) -> None:
        """The last line may have no end."""
        for line in self._lines.finish():
            self._put(line)

    def _put(self, line: bytes | Oversized) -> None:
        if isinstance(line, Oversized):
            told = f"(the first {len(line.head):,} of {line.length:,} bytes) ".encode()
            self._recording.put(self._direction, told + line.head)
        elif line.strip():
            self._recording.put(self._direction, line)


class _Between:
    def __init__(self, recording: RecordingFile) -> None:
        self._loop = asyncio.get_running_loop()
        self._into, self._out_of = _Tap(recording, "out"), _Tap(recording, "in")
        self.stdout, self.stderr = _Outlet(1, self._out_of), _Outlet(2)
        self.exited = asyncio.Event()
        self._silent = asyncio.Event()

    def begin(self, child: ChildProcess) -> None:
        self.stdout.begin(child)
        self.stderr.begin(child)
        threading.Thread(target=self._read, args=(child,), name="input", daemon=True).start()

    def closed(self, fd: int) -> None:
        """The program's standard output (1) or error (2) has come to its end."""
        (self.stdout if fd == 1 else self.stderr).end()
        if fd == 1:
            self._silent.set()

    async def ended(self) -> None:
        """Return when the program is gone and all of its output is written, or nobody reads that any more."""
        gone = [asyncio.ensure_future(self.exited.wait()), asyncio.ensure_future(self.stdout.broken.wait())]
        try:
            await asyncio.wait(gone, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in gone:
                one.cancel()
        while not self._silent.is_set() and not self.stdout.broken.is_set():
            try:
                async with asyncio.timeout(_REST):
                    await self._silent.wait()
            except TimeoutError:
                if not self.stdout.waiting:  # what the program has started may hold its output open
                    break
        self.stdout.end()
        await self.stdout.written.wait()

    async def finish(self) -> None:
        """Write what is left of the output, for a while, and the last lines into the recording."""
        for outlet in (self.stdout, self.stderr):
            outlet.end()
        with suppress(TimeoutError):
            async with asyncio.timeout(_REST):
                await self.stdout.written.wait()
                await self.stderr.written.wait()
        self._into.finish()
        self._out_of.finish()

    def _read(self, child: ChildProcess) -> None:
        """Our standard input, in a thread: it may be anything, and nobody may ever close it."""
        with suppress(OSError, RuntimeError):
            while data := os.read(0, _CHUNK):
                self._into.pass_by(data)  # first, so that no answer comes before its request
                asyncio.run_coroutine_threadsafe(self._post(child, data), self._loop).result()
            self._loop.call_soon_threadsafe(child.finish)

    async def _post(self, child: ChildProcess, data: bytes) -> None:
        child.post(data)
        await child.drained()

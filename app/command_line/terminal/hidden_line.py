"""A line typed or pasted at the terminal without being shown: an address with a code in it, of any length."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("HiddenLine",)

_ENTER: Final = b"\r\n"
_ERASE: Final = b"\x7f\x08"
_KILL: Final = b"\x15"
_END: Final = b"\x04"
_LONGEST: Final = 1 << 16


class HiddenLine:
    """Standard input, a hidden line at a time; whoever waits for one may be cancelled.

    The terminal is taken out of its line mode meanwhile, which would cut a line at 4,095 bytes.
    A thread reads: it may sit there when the program ends.
    """

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._rest = b""
        self._ended = False
        self._reading = False

    async def read(self, prompt: str = "") -> str | None:
        """The next line without its end; None when there are no more (Ctrl+D).

        The prompt goes to standard error once nothing is shown: whoever answers at once is not shown either.
        """
        with _hidden():
            sys.stderr.write(prompt)
            sys.stderr.flush()
            if not self._reading:
                self._reading = True
                loop = asyncio.get_running_loop()
                threading.Thread(target=self._read, args=(loop,), daemon=True, name="hidden line").start()
            line = await self._line()
        return None if line is None else line.decode(sys.stdin.encoding or "utf-8", "replace").strip()

    async def _line(self) -> bytes | None:
        line = bytearray()
        while True:
            taken, self._rest = self._rest, b""
            for at in range(len(taken)):
                byte = taken[at : at + 1]
                if byte in _ENTER:
                    self._rest = taken[at + 1 :].removeprefix(b"\n" if byte == b"\r" else b"")
                    return bytes(line)
                if byte in _ERASE:
                    del line[-1:]
                elif byte == _KILL:
                    line.clear()
                elif byte == _END and not line:
                    return None
                elif byte != _END and len(line) < _LONGEST:
                    line += byte
            if self._ended:
                return bytes(line) or None
            self._rest = await self._chunks.get()
            self._ended = not self._rest

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        # Straight from the descriptor: a reader that holds Python's own lock on standard input
        # would crash the interpreter at its end.
        with suppress(OSError, RuntimeError):  # the terminal is gone, or the loop is
            while True:
                data = os.read(0, 1 << 16)
                loop.call_soon_threadsafe(self._chunks.put_nowait, data)
                if not data:
                    return


@contextmanager
def _hidden() -> Iterator[None]:
    """A terminal that shows nothing that is typed and keeps no line; Ctrl+C stays what it is."""
    try:
        import termios
    except ImportError:  # Windows
        with _hidden_console():
            yield
        return
    try:
        before = termios.tcgetattr(0)
    except termios.error:  # no terminal: a pipe
        yield
        return
    changed = termios.tcgetattr(0)
    changed[3] &= ~(termios.ECHO | termios.ICANON)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    # What was typed ahead stays: it may be the answer.
    termios.tcsetattr(0, termios.TCSADRAIN, changed)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


@contextmanager
def _hidden_console() -> Iterator[None]:
    """The same for a console of Windows, which has no limit of its own on a line."""
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle, mode = kernel.GetStdHandle(-10), ctypes.c_uint32()
    if not kernel.GetConsoleMode(handle, ctypes.byref(mode)):
        yield
        return
    kernel.SetConsoleMode(handle, mode.value & ~0x4)  # ENABLE_ECHO_INPUT
    try:
        yield
    finally:
        kernel.SetConsoleMode(handle, mode.value)

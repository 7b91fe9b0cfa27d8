"""The least terminal that a benchmark needs: bytes in, bytes out, nothing understood."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("Terminal",)


class Terminal:
    """A program in a pseudo-terminal of 120×40, from its start to its end."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.began = time.perf_counter()
        self._pid, self._master = pty.fork()
        if self._pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
            os.execvpe(command[0], list(command), environment)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid:
            os.kill(self._pid, signal.SIGTERM)
            if self.run_out(5) is None:
                os.kill(self._pid, signal.SIGKILL)
                os.waitpid(self._pid, 0)
        os.close(self._master)

    @classmethod
    def complete(cls, command: Sequence[str], timeout: float) -> None:
        """Run a program to its end; raises RuntimeError when that is no good one."""
        with cls(command) as terminal:
            status = terminal.run_out(timeout)
        if status != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {status} within {timeout:g} s")

    def write(self, text: str) -> None:
        os.write(self._master, text.encode())

    def read_until(self, text: str, timeout: float = 15) -> float:
        """Read until the program has written a text; the seconds since its start."""
        seen, wanted, deadline = b"", text.encode(), time.monotonic() + timeout
        while wanted not in seen:
            if not self._readable(deadline - time.monotonic()):
                raise TimeoutError(f"{text!r} never showed")
            seen += os.read(self._master, 1 << 16)
        return time.perf_counter() - self.began

    def run_out(self, timeout: float) -> int | None:
        """Read until the program ends by itself; its exit status, None when it does not end."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self._pid = 0
                return os.waitstatus_to_exitcode(status)
            if self._readable(0.02):
                try:
                    os.read(self._master, 1 << 16)
                except OSError:  # the program closed its side: it is about to end
                    time.sleep(0.005)
        return None

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._master], [], [], max(0.0, seconds))[0])

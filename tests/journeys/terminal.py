"""A person at a terminal: a program in a real pseudo-terminal, keys typed, the screen read."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import pyte

from tests.journeys.keyboard import key
from tests.journeys.modes import left_on
from tests.journeys.processes import descendants
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ("Terminal",)

Left = TypeVar("Left", list[str], dict[int, str])
KEEPER = Path(__file__).with_name("keeper.py")


class Terminal:
    """One program in one terminal.

    with Terminal(["jackfield", "demo"], env=env) as terminal:
        terminal.wait_for("ready")
        terminal.type("/quit").press("Enter")
        assert terminal.wait_exit() == 0
    """

    def __init__(
        self,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 120,
        rows: int = 40,
        cwd: str | Path | None = None,
    ) -> None:
        self.raw = bytearray()
        """Every byte that the program wrote to the terminal."""
        self._emulator = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._emulator)
        self._changed = threading.Condition()
        self._status: int | None = None
        self._master, self._slave = os.openpty()
        self._resize(columns, rows)
        self._before = termios.tcgetattr(self._slave)
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", KEEPER, str(self._slave), *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(env),
            cwd=cwd,
            pass_fds=[self._slave],
        )
        assert self._keeper.stdout is not None
        self.pid = int(self._keeper.stdout.readline())
        """The program's process id."""
        self._wake = os.pipe()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()
        self._watcher.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What a person does.

    def type(self, text: str) -> Self:
        """Type text, character by character as it stands."""
        os.write(self._master, text.encode())
        return self

    def press(self, *names: str) -> Self:
        """Press keys by name (see `keyboard.key`). After `Esc` wait for its effect before the next key:
        in a terminal, Escape and a key right after it are Alt and that key."""
        return self.type("".join(map(key, names)))

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the window."""
        with self._changed:
            self._emulator.resize(rows, columns)
        self._resize(columns, rows)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program alone."""
        os.kill(self.pid, number)

    def close_window(self) -> None:
        """Close the terminal window under the program."""
        self.stop_reading()
        self._master, closed = -1, self._master
        os.close(closed)

    # What a person sees.

    @property
    def screen(self) -> str:
        """The text on the screen, trailing blanks removed."""
        with self._changed:
            return "\n".join(line.rstrip() for line in self._emulator.display)

    def wait_for(self, wanted: str | Callable[[str], bool], timeout: float = PATIENCE) -> str:
        """Wait until the screen shows a text, or a condition on its text holds; return the screen."""
        condition = (lambda screen: wanted in screen) if isinstance(wanted, str) else wanted
        return self._wait(lambda: condition(self.screen), timeout, f"the screen never showed {wanted!r}")

    def wait_gone(self, text: str, timeout: float = PATIENCE) -> str:
        """Wait until a text is not on the screen any more; return the screen."""
        return self.wait_for(lambda screen: text not in screen, timeout)

    # What remains.

    @property
    def exit_status(self) -> int | None:
        """The exit status (negative: the signal that ended it), None while it runs."""
        return self._status

    def wait_exit(self, timeout: float = PATIENCE) -> int:
        """Wait until the program has ended and return its exit status."""
        self._wait(lambda: self._status is not None, timeout, "the program did not end")
        assert self._status is not None
        return self._status

    def processes(self) -> dict[int, str]:
        """The processes that the program started and that are alive, wherever they moved to."""
        return {pid: line for pid, line in descendants(self._keeper.pid).items() if pid != self.pid}

    def leftovers(self, grace: float = 5.0) -> dict[int, str]:
        """The processes alive after the program ended; a killed one has a moment to die."""
        return _last(self.processes, grace)

    def unrestored(self, grace: float = 10.0) -> list[str]:
        """What the program changed about the terminal and did not put back."""
        return _last(self._changed_modes, grace)

    def close(self) -> None:
        """End everything, however it stands; once more does nothing."""
        if self._keeper.poll() is not None:
            return
        for pid in (self.pid, *self.processes()):
            with contextlib.suppress(ProcessLookupError):
                if pid != self.pid or self._status is None:
                    os.kill(pid, signal.SIGKILL)
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        self._keeper.stdin.close()
        self._keeper.wait(5)
        self._watcher.join(5)
        self._keeper.stdout.close()
        self.stop_reading()
        for descriptor in {self._master, self._slave, *self._wake} - {-1}:
            os.close(descriptor)

    # Inside.

    def _resize(self, columns: int, rows: int) -> None:
        size = struct.pack("HHHH", rows, columns, columns * 8, rows * 16)  # and in pixels
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, size)

    def _wait(self, condition: Callable[[], bool], timeout: float, failure: str) -> str:
        deadline = time.monotonic() + timeout
        with self._changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"{failure} within {timeout:g} s; it shows:\n{self.screen}")
                self._changed.wait(min(left, 0.5))
            return self.screen

    def _read(self) -> None:
        while True:
            readable, _, _ = select.select([self._master, self._wake[0]], [], [])
            if self._wake[0] in readable:
                return
            with self._changed:
                chunk = os.read(self._master, 1 << 16)
                self.raw += chunk
                self._stream.feed(chunk)
                self._changed.notify_all()

    def stop_reading(self) -> None:
        # Closing a terminal does nothing while a thread still reads from it.
        os.write(self._wake[1], b"!")
        self._reader.join(5)

    def _changed_modes(self) -> list[str]:
        with self._changed:
            changed = left_on(bytes(self.raw))
        if termios.tcgetattr(self._slave) != self._before:
            changed.append("line settings (termios)")
        return changed

    def _watch(self) -> None:
        assert self._keeper.stdout is not None
        line = self._keeper.stdout.readline()
        with self._changed:
            self._status = int(line) if line else None
            self._changed.notify_all()


def _last(look: Callable[[], Left], grace: float) -> Left:
    """What is still there when nothing is, or when the grace is over."""
    deadline = time.monotonic() + grace
    while (left := look()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left

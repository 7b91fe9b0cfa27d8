"""All server processes of this program: their mark, their groups, and who ends them when we cannot.

Three lines of defence beside the orderly end of each connection: `atexit` for a crash that
still lets Python finish, a guardian process for one that does not (SIGKILL, `os._exit`), and on
Windows a job object that the system itself closes. The death signal of Linux
(PR_SET_PDEATHSIG) is none: it would come with the end of the *thread* that started a server,
and it must be set between fork and exec, which costs vfork.
"""

from __future__ import annotations

import atexit
import itertools
import os
import secrets
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.processes import guardian
from services.processes.guardian import VARIABLE, family, look, process_table, send

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Offspring", "offspring")

_PROGRAM: Final = Path(guardian.__file__)
_DISMISSED: Final = 1.0
"""Seconds that a guardian may take to leave; it takes one millisecond."""


class Offspring:
    """What this process has started; there is one, `offspring`, for a process has one set of children."""

    def __init__(self, platform: str = sys.platform) -> None:
        self.platform = platform
        self.token = secrets.token_hex(8)
        self.since = guardian.since() if platform.startswith("linux") else 0
        self._owner = os.getpid()
        self._numbers = itertools.count(1)
        self._groups: dict[int, int] = {}
        """The leaders of the groups that are alive, and when each started."""
        self._marks: dict[int, str] = {}
        """By leader: what its server alone carries in its environment."""
        self._strays: dict[int, set[tuple[int, int]]] = {}
        """By leader: who was seen to come from its server by nothing but the parents, and started when."""
        self._unread = b""
        self._guardian: subprocess.Popen[bytes] | None = None

    def mark(self, environment: Mapping[str, str]) -> str:
        """A new mark for one server, behind those this process itself carries."""
        own = f"{self.token}.{next(self._numbers):08x}"
        outer = environment.get(VARIABLE, "")
        return f"{outer}:{own}" if outer else own

    def guard(self) -> None:
        """Have the guardian stand: before a server is started, for we may be killed right after."""
        if self.platform != "win32" and (self._guardian is None or self._guardian.poll() is not None):
            self._call_guardian()

    def born(self, pid: int, mark: str) -> int:
        """A server leads a new group; returns when it started, for whoever wants to be sure of it."""
        process = look(pid) if self.platform.startswith("linux") else None
        self._groups[pid] = started = process.started if process is not None else 0
        self._marks[pid] = mark.rpartition(":")[2]
        if self.platform != "win32" and not self._told(self._news(pid)):
            self._call_guardian()
        return started

    def strays(self, pid: int) -> set[tuple[int, int]]:
        """Who strayed from a server, as the guardian has seen it: their ids, and when each started."""
        self._listen()
        return self._strays.get(pid, set())

    def gone(self, pid: int) -> None:
        """Nothing is left of a server."""
        if self._groups.pop(pid, None) is not None:
            self._told(f"-{pid}\n")
        self._marks.pop(pid, None)
        self._strays.pop(pid, None)

    def last_resort(self) -> None:
        """At the end of the interpreter: kill what is left, and let the guardian go."""
        if os.getpid() != self._owner:  # a copy of us, made by fork
            return
        if self._groups and self.platform != "win32":
            self._kill_all()
        self._groups.clear()
        self._dismiss()

    def begin_anew(self) -> None:
        """This process was made by fork, and has started nothing yet: what its parent did is not its own."""
        Offspring.__init__(self, self.platform)

    # Inside.

    def _kill_all(self) -> None:
        if self.platform.startswith("linux"):
            self._listen()
            known = set().union(*self._strays.values())
            left = family(process_table(self.since), self.token.encode(), self._groups, self.since, known)
            for process in left.values():
                send(process.pid, process.started, signal.SIGKILL)
            return
        for group in self._groups:
            with suppress(OSError):
                os.killpg(group, signal.SIGKILL)

    def _call_guardian(self) -> None:
        """Start the guardian, half a millisecond for us; without one we go on as well."""
        if not sys.executable or getattr(sys, "frozen", False):
            return
        self._dismiss()
        with suppress(OSError):
            self._guardian = started = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_PROGRAM), self.token, str(self.since)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
                env={},
                start_new_session=True,
            )
            assert started.stdin is not None
            assert started.stdout is not None
            os.set_blocking(started.stdin.fileno(), False)
            os.set_blocking(started.stdout.fileno(), False)
            self._told("".join(self._news(pid) for pid in self._groups))

    def _news(self, pid: int) -> str:
        return f"+{pid} {self._groups[pid]} {self._marks[pid]}\n"

    def _listen(self) -> None:
        """Take what the guardian has said; never waits."""
        if self._guardian is None or self._guardian.stdout is None:
            return
        with suppress(OSError):  # nothing more
            while chunk := os.read(self._guardian.stdout.fileno(), 1 << 16):
                *lines, self._unread = (self._unread + chunk).split(b"\n")
                for line in lines:
                    pid, started, leader = map(int, line.split())
                    if leader in self._groups:
                        self._strays.setdefault(leader, set()).add((pid, started))

    def _told(self, text: str) -> bool:
        if self._guardian is None or self._guardian.stdin is None:
            return False
        try:
            return self._guardian.stdin.write(text.encode()) is not None
        except OSError:  # somebody ended it
            return False

    def _dismiss(self) -> None:
        if self._guardian is None:
            return
        self._told("bye\n")
        self._listen()
        former, self._guardian = self._guardian, None
        self._unread = b""
        for pipe in (former.stdin, former.stdout):
            assert pipe is not None
            pipe.close()
        try:
            former.wait(_DISMISSED)
        except subprocess.TimeoutExpired:  # stopped, perhaps
            former.kill()
            former.wait()


offspring: Final = Offspring()
atexit.register(offspring.last_resort)

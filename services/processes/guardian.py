"""Ends the servers of a Jackfield that was killed: a small program, and how it finds processes.

    python -I -S guardian.py TOKEN SINCE

Runs in a session of its own and reads from a pipe which process groups there are, one a line:
`+PID STARTED MARK`, `-PID`, and `bye` when nothing is left to do. The end of the pipe without `bye`
is the end of Jackfield, however it came; then everything that carries the token in its
environment, belongs to a group, or descends from either, is ended within 3 s.

It writes who has strayed from a server so far that only their parents led to them, one a line:
`PID STARTED SERVER`. So a server that ends in order takes them along as well.

It imports `os` alone, so that it costs about 15 ms of CPU and 3 MB. That is why plain tuples
and classes stand here, and why `descendants` has its looks into /proc from here.
"""

from __future__ import annotations

import os

__all__ = ("VARIABLE", "Process", "family", "identity", "is_alive", "look", "process_table", "send", "since")

VARIABLE = "JACKFIELD_SERVER"
"""What every server process finds in its environment and passes on: `TOKEN.NUMBER`, one a nesting."""

_BY_ITSELF = 0.6
"""Seconds in which servers may leave because their standard input has ended."""

_NOBODY = 0.3
"""Seconds that nobody has to be there: a server just forked has its mark only when it has exec'd."""

_AFTER_SIGTERM = 0.4
_AFTER_SIGKILL = 1.0
_POLL = 0.02

_FIRST_LOOK = 0.1
_LAST_LOOK = 10.0
"""Seconds after the latest news, doubled each time: when it looks who descends from the servers. A
process that leaves its group and session and cleans its environment is known by its parent alone,
and the parent may be gone when Jackfield is."""

_ENVIRONMENT = 1 << 20
"""Bytes of an environment that are looked through."""


class Process:
    """One process as /proc shows it; the same one only while `started` is the same."""

    __slots__ = ("alive", "group", "mark", "parent", "pid", "session", "started")

    def __init__(self, pid: int, stat: bytes) -> None:
        # The command's name in parentheses may hold anything: fields are counted from its end.
        fields = stat.rpartition(b")")[2].split()
        self.pid = pid
        self.alive = fields[0] not in (b"Z", b"X")
        self.parent, self.group, self.session = int(fields[1]), int(fields[2]), int(fields[3])
        self.started = int(fields[19])
        """Clock ticks since the system started."""
        self.mark = b""
        """Its value of VARIABLE, where that was looked at."""


def look(pid: int) -> Process | None:
    """The process of this id, None where there is none."""
    try:
        return Process(pid, _read(f"/proc/{pid}/stat", 4096))
    except (OSError, IndexError, ValueError):
        return None


def process_table(since: int) -> dict[int, Process]:
    """Every process that can be seen, with the marks of those that are no older than `since`."""
    table = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - names are all that is needed, of hundreds
        if name.isdecimal() and (process := look(int(name))) is not None:
            table[process.pid] = process
            if process.alive and process.started >= since:
                process.mark = _mark(process.pid)
    return table


def since() -> int:
    """When this process started: nothing of ours is older."""
    process = look(os.getpid())
    return process.started if process is not None else 0


def family(
    table: dict[int, Process], token: bytes, groups: dict[int, int], since: int, known: set[tuple[int, int]]
) -> dict[int, Process]:
    """Those in the table that are marked, in one of the groups, known, or descend from such.

    `groups`: the ids of the leaders, which are those of their groups and sessions, and when each
    started. Processes older than `since` are strangers whatever they look like.
    """
    us = os.getpid()
    young = {
        pid: process
        for pid, process in table.items()
        if process.alive and process.started >= since and pid not in (us, 1)
    }
    mine = {group for group, started in groups.items() if _still(table.get(group), started)}
    found = {
        pid
        for pid, process in young.items()
        if process.group in mine
        or process.session in mine
        or token in process.mark
        or (pid, process.started) in known
    }
    return {pid: process for pid, process in young.items() if _descends(process, found, table)}


def identity(process: Process) -> tuple[int, int]:
    """What stays the same of a process and is never given to another."""
    return process.pid, process.started


def is_alive(pid: int, started: int) -> bool:
    """Whether exactly this process runs still; a zombie does not."""
    process = look(pid)
    return process is not None and process.alive and process.started == started


def send(pid: int, started: int, number: int) -> None:
    """Signal exactly this process, never a later one of the same id."""
    try:
        handle = os.pidfd_open(pid)
    except (OSError, AttributeError):  # it is gone, or a kernel before 5.3
        handle = None
    try:
        if not is_alive(pid, started):
            return
        if handle is None:
            os.kill(pid, number)
        else:
            import signal

            signal.pidfd_send_signal(handle, number)
    except OSError:
        return
    finally:
        if handle is not None:
            os.close(handle)


def _still(leader: Process | None, started: int) -> bool:
    """Whether a group's id is still that group's: while it has members no process gets its number."""
    return leader is None or leader.started == started


def _descends(process: Process, found: set[int], table: dict[int, Process]) -> bool:
    seen: set[int] = set()  # a table is not of one moment, so that its parents may form a circle
    pid = process.pid
    while pid not in found:
        seen.add(pid)
        if pid not in table or table[pid].parent in seen:
            return False
        pid = table[pid].parent
    return True


def _mark(pid: int) -> bytes:
    """The mark a process was started with; nothing where its environment is not ours to read."""
    try:
        environment = b"\0" + _read(f"/proc/{pid}/environ", _ENVIRONMENT)
    except OSError:
        return b""
    return environment.partition(f"\0{VARIABLE}=".encode())[2].partition(b"\0")[0]


def _read(path: str, limit: int) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(handle, limit)
        while len(data) < limit and (more := os.read(handle, limit - len(data))):
            data += more
        return data
    finally:
        os.close(handle)


# The program.


class _Linux:
    """Everything of ours, found in /proc."""

    def __init__(self, token: bytes, since: int, groups: dict[int, int], marks: dict[bytes, int]) -> None:
        self._token, self._since, self._groups, self._marks = token, since, groups, marks
        self._known: dict[tuple[int, int], int] = {}
        """Whom it has seen, and the leader of the group of each one's server; 0 where that is not known."""

    def left(self) -> bool:
        """Look again; whether anybody is there."""
        table = process_table(self._since)
        found = family(table, self._token, self._groups, self._since, set(self._known))
        before = self._known
        self._known = {identity(one): self._server(one, table) for one in found.values()}
        for one in found.values():
            server = self._known[identity(one)]
            near = server in (0, one.group, one.session) or self._token in one.mark
            if not near and not before.get(identity(one)):
                _say(b"%d %d %d\n" % (one.pid, one.started, server))
        return bool(self._known)

    def _server(self, process: Process, table: dict[int, Process]) -> int:
        seen: set[int] = set()
        one: Process | None = process
        while one is not None and one.pid not in seen:
            seen.add(one.pid)
            if server := self._known.get(identity(one)):
                return server
            for leader in (one.group, one.session):
                if leader in self._groups:
                    return leader
            for mark, leader in self._marks.items():
                if mark in one.mark:
                    return leader
            one = table.get(one.parent)
        return 0

    def signal(self, number: int) -> None:
        for pid, started in self._known:
            send(pid, started, number)


def _say(line: bytes) -> None:
    try:
        os.write(1, line)
    except OSError:  # nobody has read for long, or nobody is there
        return


class _Groups:
    """The process groups alone, where there is no /proc."""

    def __init__(self, groups: dict[int, int]) -> None:
        self._groups = groups

    def left(self) -> bool:
        return any(self._sent(group, 0) for group in self._groups)

    def signal(self, number: int) -> None:
        for group in self._groups:
            self._sent(group, number)

    def _sent(self, group: int, number: int) -> bool:
        try:
            os.killpg(group, number)
        except OSError:
            return False
        return True


def _end(everything: _Linux | _Groups) -> None:
    import signal
    import time

    def gone(seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while everything.left():
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL)
        return True

    deadline = time.monotonic() + _NOBODY
    while not everything.left() and time.monotonic() < deadline:
        time.sleep(_POLL)
    if gone(_BY_ITSELF):
        return
    everything.signal(signal.SIGTERM)
    if gone(_AFTER_SIGTERM):
        return
    deadline = time.monotonic() + _AFTER_SIGKILL
    while everything.left() and time.monotonic() < deadline:  # what forks while it is killed comes next
        everything.signal(signal.SIGKILL)
        time.sleep(_POLL)


def _main(token: str, since: int) -> None:
    import _signal  # type: ignore[import-not-found]

    for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP):
        _signal.signal(number, _signal.SIG_IGN)  # whoever ends Jackfield by name means the whole of it
    groups: dict[int, int] = {}
    marks: dict[bytes, int] = {}
    linux = _Linux(token.encode(), since, groups, marks) if look(os.getpid()) is not None else None
    os.set_blocking(1, False)
    if not _told_bye(groups, marks, linux):
        _end(linux or _Groups(groups))


def _told_bye(groups: dict[int, int], marks: dict[bytes, int], linux: _Linux | None) -> bool:
    """Keep the list of groups, and look around meanwhile; False when the pipe ended without a word."""
    import select

    pipe = select.poll()
    pipe.register(0, select.POLLIN)
    rest = b""
    pause = _FIRST_LOOK
    while True:
        if linux is not None and groups and not pipe.poll(pause * 1000):
            linux.left()
            pause = min(pause * 2, _LAST_LOOK)
            continue
        if not (chunk := os.read(0, 1 << 16)):
            return False
        pause = _FIRST_LOOK
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line == b"bye":
                return True
            pid, *more = line[1:].split(b" ")
            if line.startswith(b"+"):
                groups[int(pid)] = int(more[0])
                marks[more[1]] = int(pid)
            else:
                groups.pop(int(pid), None)
                for mark in [mark for mark, leader in marks.items() if leader == int(pid)]:
                    del marks[mark]


if __name__ == "__main__":
    import sys

    _main(sys.argv[1], int(sys.argv[2]))
    os._exit(0)  # nothing is to be tidied, and it is quicker

"""The thin client: has a resident do the command, and lends it the terminal meanwhile.

A resident does the whole command, with this process's own standard streams, directory and environment,
so that nothing differs from doing it here. What cannot be lent is done here: then `answered` says None.
It imports neither click nor asyncio nor pydantic, nor anything else that Python has not loaded by itself.
"""

from __future__ import annotations

import os
import sys

from services.resident.place import PACKAGE, is_private, sockets
from services.resident.wire import PROTOCOL, file_mask, peer, place_mark, receive, send, world_mark
from services.version import VERSION

TYPE_CHECKING = False  # the module typing alone would cost 5 ms
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Final

__all__ = ("COMMANDS", "Meeting", "answered", "meet")

COMMANDS: Final = ("call", "read", "prompt", "tools", "resources", "templates", "prompts", "skills", "ask")
"""The commands that a resident does."""

_PATIENCE: Final = 2.0
"""Seconds for a resident to say hello and begin; after that the command is done here."""

_KEPT_HERE: Final = {"--cold", "--help", "-h", "--trace"}


class Meeting:
    """A resident that said hello."""

    sent_away = False
    """Whether this process has told one to leave, so that another is to take its place."""

    def __init__(self, sock: socket, hello: Sequence[bytes], path: str) -> None:
        self.sock, self.path = sock, path
        self.version, self.package, self.pid = (os.fsdecode(field) for field in hello[1:4])

    @property
    def fits(self) -> bool:
        """Whether it runs the very code that this process runs."""
        return self.version == VERSION and self.package == PACKAGE


def answered(words: Sequence[str]) -> int | None:
    """The exit status of the command where a resident did it; None where it is to be done here."""
    if os.name != "posix" or not _is_for_a_resident(words) or not _can_be_lent():
        return None
    try:
        meeting = meet()
        if meeting is None:
            return None
        if not meeting.fits:
            Meeting.sent_away = True
            send(meeting.sock, b"leave")
            return None
        return _lend(meeting.sock, words)
    except OSError:
        return None


def meet() -> Meeting | None:
    """The resident of this home, where one answers; one of another user is none."""
    from _socket import AF_UNIX, SOCK_STREAM, socket

    user = os.getuid()
    for path in sockets(os.environ, user):
        if not is_private(os.path.dirname(path), user):  # noqa: PTH120
            continue
        sock, who = socket(AF_UNIX, SOCK_STREAM), None
        try:
            sock.settimeout(_PATIENCE)
            sock.connect(path)
            who = peer(sock)
            hello = receive(sock) if who is None or who[1] == user else []
        except OSError:
            hello = []
        # Where processes have other numbers than here, signals would hit others.
        same = who is None or hello[3:4] == [b"%d" % who[0]]
        if len(hello) >= 4 and hello[0] == PROTOCOL and same:
            return Meeting(sock, hello, path)
        sock.close()
    return None


def _is_for_a_resident(words: Sequence[str]) -> bool:
    """Whether these words are a command that residents do, behind the options of all commands."""
    rest = iter(words)
    for word in rest:
        if word == "--config":
            next(rest, None)
        elif not word.startswith("--config=") and word != "--strict":
            break
    else:
        return False
    ours = words[: words.index("--")] if "--" in words else words
    if word not in COMMANDS or any(one.partition("=")[0] in _KEPT_HERE for one in ours):
        return False
    return not any("/fd/" in one for one in words)  # an open file of ours, as `<(…)` of a shell names it


def _can_be_lent() -> bool:
    """Whether the three streams are there, and a terminal among them is ours to read."""
    try:
        numbers = [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)]
        if numbers != [0, 1, 2]:
            return False
        # In the background the first read would stop us; nothing would stop a resident.
        return not os.isatty(0) or os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, AttributeError, ValueError):  # closed, or a terminal that is not ours
        return False


def _lend(sock: socket, words: Sequence[str]) -> int | None:
    """Lend the streams and wait for the end; what goes wrong before the command began is None."""
    import _signal as signals  # type: ignore[import-not-found]  # signal brings enum along

    ignored = [number for number in _passed_on(signals) if signals.getsignal(number) == signals.SIG_IGN]
    send(sock, b"run", *_circumstances(words, ignored), descriptors=(0, 1, 2))
    answer = receive(sock)
    if len(answer) != 2 or answer[0] != b"begins":
        return None
    worker = int(answer[1])
    last = 0

    def pass_on(number: int, _: object) -> None:
        nonlocal last
        last = number
        try:
            os.kill(worker, number)
        except OSError:  # it has just ended
            return

    def stop(*_: object) -> None:
        pass_on(signals.SIGSTOP, None)
        os.kill(os.getpid(), signals.SIGSTOP)
        pass_on(signals.SIGCONT, None)

    for number in _passed_on(signals):
        if number not in ignored:
            signals.signal(number, pass_on)
    if signals.getsignal(signals.SIGTSTP) == signals.SIG_DFL:
        signals.signal(signals.SIGTSTP, stop)
    sock.settimeout(None)
    send(sock, b"go")
    try:
        ended = receive(sock)
    except OSError:
        ended = []
    if len(ended) == 2 and ended[0] == b"ended":
        return int(ended[1])
    if last and last != signals.SIGCONT:
        return 128 + last
    sys.stderr.write("Error: the resident ended under the command\nWithout it: --cold\n")
    return 1


def _passed_on(signals: ModuleType) -> list[int]:
    return [signals.SIGINT, signals.SIGTERM, signals.SIGHUP]


def _circumstances(words: Sequence[str], ignored: Sequence[int]) -> list[bytes]:
    """Where and how the command is done, as `services.resident.errand.Circumstances` reads it."""
    here = os.getcwdb()  # noqa: PTH109
    streams = [
        os.fsencode(f"{stream.encoding} {stream.errors}") for stream in (sys.stdin, sys.stdout, sys.stderr)
    ]
    environ = [name + b"=" + value for name, value in os.environb.items()]
    mask, numbers = b"%o" % file_mask(), b" ".join(b"%d" % number for number in ignored)
    head = [here, place_mark("."), world_mark(), mask, numbers]
    said = [os.fsencode(word) for word in words]
    return [*head, *streams, b"%d" % len(said), *said, *environ]

"""Who keeps the demo server warm: one process a test run (a worker of it), forked for each server."""

from __future__ import annotations

import atexit
import functools
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.support.places import ROOT

__all__ = ("demo_command",)

SECONDS = 30.0


def demo_command() -> tuple[str, tuple[str, ...]]:
    """Program and arguments that start the demo server, warm where the system can fork."""
    if not hasattr(socket, "send_fds") or not hasattr(os, "fork"):
        return sys.executable, ("-m", "services.demo")
    return sys.executable, ("-S", str(ROOT / "tests" / "servers" / "warm_demo.py"), _socket())


@functools.cache
def _socket() -> str:
    """Where the warm process listens; it is started at the first wish and ends with us."""
    folder = tempfile.TemporaryDirectory(prefix="warm-")
    path = str(Path(folder.name) / "demo")
    warm = subprocess.Popen(
        [sys.executable, "-m", "tests.servers.warm", path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert warm.stdin is not None
    assert warm.stdout is not None
    if warm.stdout.readline() != b"ready\n":
        raise RuntimeError("the warm demo server did not start")
    atexit.register(_end, warm, folder)
    return path


def _end(warm: subprocess.Popen[bytes], folder: tempfile.TemporaryDirectory[str]) -> None:
    assert warm.stdin is not None
    assert warm.stdout is not None
    warm.stdin.close()
    warm.stdout.close()
    warm.wait(SECONDS)
    folder.cleanup()


def _serve(path: str) -> None:
    """Listen until standard input closes; fork a server for each that connects."""
    import services.demo.__main__
    import services.demo.server  # noqa: F401 - all that takes time

    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _watch_over(connection)
        connection.close()
        _reap()


def _leave_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _watch_over(connection: socket.socket) -> None:
    """In a process of its own: fork the server, tell its exit status, and end it if nobody waits any more."""
    _, descriptors, _, _ = socket.recv_fds(connection, 1, 3)
    server = os.fork()
    if server == 0:
        connection.close()
        _be_the_server(descriptors)
    for descriptor in descriptors:
        os.close(descriptor)
    threading.Thread(target=_end_if_left, args=(connection, server), daemon=True).start()
    _, status = os.waitpid(server, 0)
    code = os.waitstatus_to_exitcode(status)
    try:
        connection.send(struct.pack("i", code if code >= 0 else 128 - code))
    finally:
        os._exit(0)


def _end_if_left(connection: socket.socket, server: int) -> None:
    connection.recv(1)  # its end: whoever stood for the server is gone
    os.kill(server, signal.SIGKILL)


def _be_the_server(descriptors: list[int]) -> None:
    from services.demo.__main__ import main

    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1)  # noqa: SIM115
    status = 1
    try:
        status = main([])
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])

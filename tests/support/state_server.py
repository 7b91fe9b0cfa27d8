"""A Valkey or Redis server for tests: on loopback, at a port of its own, and nothing of it on disk."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ("PROGRAMS", "StateServer", "state_server")

_KNOWN = ("valkey-server", "redis-server")
PROGRAMS = tuple(filter(shutil.which, _KNOWN)) or _KNOWN[:1]
"""Those that are installed; where both are, tests of what is shared run on each."""

PASSWORD = "pa%2Fss-w0rd-of-the-state"
"""As it stands in a URL."""


class StateServer:
    """The server; it can be stopped and started again, as often as a test likes."""

    def __init__(self, program: str, certificates: Path | None) -> None:
        self._program = program
        self._certificates = certificates
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port: int = taken.getsockname()[1]
        scheme = "redis" if certificates is None else "rediss"
        self.url = f"{scheme}://:{PASSWORD}@127.0.0.1:{self.port}/3"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process; 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> None:
        """Start it, without anything that it knew; returns when it listens."""
        words = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        if (folder := self._certificates) is None:
            words += ["--port", str(self.port)]
        else:
            server = str(folder / "server.pem")
            words += ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            words += ["--tls-cert-file", server, "--tls-key-file", server]
            words += ["--tls-ca-cert-file", str(folder / "authority.pem")]
        password = PASSWORD.replace("%2F", "/")
        self._process = subprocess.Popen(
            [self._program, *words, "--requirepass", password], stdout=subprocess.DEVNULL
        )
        wait_until(self._listens, "the state's server")

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the state's server ended"
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


@contextmanager
def state_server(certificates: Path | None = None, program: str = PROGRAMS[0]) -> Iterator[StateServer]:
    """A server while the block runs; where it is not installed skip, or fail if nothing may be skipped.

    With a folder of `tests.servers.certificates.authority` it speaks TLS only.
    """
    found = shutil.which(program)
    if found is None:
        reason = f"{' and '.join(_KNOWN)} are not installed"
        if os.environ.get("JACKFIELD_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    server = StateServer(found, certificates)
    try:
        server.start()
        yield server
    finally:
        server.stop()

"""Gateways over HTTP as processes of their own, which share a state."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from tests.app.command_line.connect_stage import ROOT, starting
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ("APPLICATION", "Replica", "program", "replica", "uvicorn")

APPLICATION: Final = "app.command_line.gateway.asgi:application"


class Replica:
    """One process, where it is reached, and what it says on standard error."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.said = ""
        self.base = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def url(self, path: str = "") -> str:
        return f"{self.base}/{path}".rstrip("/")

    def until_listening(self) -> None:
        """Return when it has said where it listens."""
        wait_until(lambda: bool(self._found()) or self.process.poll() is not None, "the address", 60)
        assert self._found(), self.said
        self.base = self._found()
        wait_until(lambda: _answers(self.base), "an answer", 60)

    def end(self) -> int:
        """End it in order; its status."""
        self.process.terminate()
        status = self.process.wait(60)
        self._reader.join(10)
        return status

    def kill(self) -> None:
        """End it as nobody could foresee."""
        self.process.kill()
        self.process.wait(30)

    def _found(self) -> str:
        found = re.search(r"^(?:INFO:.* on )?(http://\S+)", self.said, re.MULTILINE)
        return found[1] if found else ""

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said += line.decode()


@contextmanager
def replica(home: Path, *words: str, environ: Mapping[str, str] | None = None) -> Iterator[Replica]:
    """`jackfield serve --http` with these options, started; `until_listening` waits for it."""
    named = ("serve", "--http", "127.0.0.1:0", "--no-token", *words)
    with starting(*named, home=home, environ=environ) as process, followed(process) as started:
        yield started


@contextmanager
def followed(process: subprocess.Popen[bytes]) -> Iterator[Replica]:
    """A process that serves, killed where the block leaves it."""
    started = Replica(process)
    try:
        yield started
    finally:
        if process.poll() is None:
            started.kill()


@contextmanager
def uvicorn(home: Path, serve: str, *words: str) -> Iterator[Replica]:
    """The application under uvicorn, started; `serve` is what stands behind `jackfield serve`."""
    named = {"JACKFIELD_HOME": str(home), "JACKFIELD_SERVE": serve, "NO_COLOR": "1"}
    started = [sys.executable, "-m", "uvicorn", "--port", "0", *words, APPLICATION]
    with (
        subprocess.Popen(
            started,
            cwd=ROOT,
            env=os.environ | named,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process,
        followed(process) as one,
    ):
        yield one


def _answers(base: str) -> bool:
    """Whether anybody takes a connection; uvicorn says where it will listen before it does."""
    parts = urlsplit(base)
    try:
        socket.create_connection((str(parts.hostname), parts.port or 0), 5).close()
    except OSError:
        return False
    return True


@contextmanager
def program(*words: str, **options: Any) -> Iterator[str]:
    """A server of the tests in a process of its own, and the first line that it prints."""
    with subprocess.Popen(
        [sys.executable, *words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().strip()
        finally:
            process.kill()
            process.wait()

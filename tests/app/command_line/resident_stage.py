"""A home with a resident of its own: commands in processes, and what is left when the test ends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.resident import wire
from services.resident.place import socket_name
from tests.app.command_line.connect_stage import Done, configuration, quick
from tests.support.places import ROOT
from tests.support.processes import alive
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("Home", "eventually")

RUN = "from app.__main__ import main; main()"


class Home:
    """Runs commands; knows the resident by what it says of itself."""

    def __init__(self, folder: Path, **servers: str) -> None:
        self.folder = folder
        # Not below the folder of the test: the path of a socket has 104 bytes at most.
        self.run_directory = Path(tempfile.mkdtemp(prefix="run-", dir="/tmp"))
        self.write(**(servers or {"kept": quick(more="keep_alive = true"), "plain": quick()}))
        self.seen: set[int] = set()
        """Every process that was seen of residents and the servers they keep."""

    def write(self, **servers: str) -> None:
        (self.folder / "config.toml").write_text(configuration(**servers), encoding="utf-8")

    @property
    def environ(self) -> dict[str, str]:
        named = {"JACKFIELD_HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.run_directory)}
        return {**os.environ, **named, "PYTHONPATH": str(ROOT), "NO_COLOR": ""}

    @property
    def socket(self) -> Path:
        environ = self.environ
        return self.run_directory / "jackfield" / socket_name(environ)

    def starting(
        self, *words: str, environ: Mapping[str, str] | None = None, cwd: Path = ROOT, **options: Any
    ) -> subprocess.Popen[bytes]:
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": -1, "stderr": -1} | options
        env = self.environ | dict(environ or {})
        return subprocess.Popen([sys.executable, "-c", RUN, *words], cwd=cwd, env=env, **pipes)

    def __call__(self, *words: str, stdin: bytes | None = None, **options: Any) -> Done:
        source: dict[str, Any] = {} if stdin is None else {"stdin": subprocess.PIPE}
        with self.starting(*words, **options, **source) as process:
            try:
                out, err = process.communicate(stdin, timeout=PATIENCE * 2)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        told = err.decode()
        assert "Traceback" not in told, told
        return Done(process.returncode, out, told)

    def status(self) -> dict[str, Any]:
        """What the resident says of itself; empty where there is none."""
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            try:
                sock.connect(str(self.socket))
                wire.receive(sock)
                wire.send(sock, b"status")
                answer = wire.receive(sock)
            except OSError:
                return {}
        said: dict[str, Any] = json.loads(answer[1]) if answer else {}
        if not said:
            return {}
        self.seen |= {said["pid"], *(one["pid"] for one in said.get("servers", ()) if one["pid"])}
        self.seen |= children(said["pid"])
        return said

    def pids(self) -> list[int]:
        """The processes of the servers that are kept."""
        return [one["pid"] for one in self.status().get("servers", ()) if one["pid"]]

    def begin(self) -> int:
        """Have a resident that keeps everything; its process."""
        done = self("resident", "start")
        assert done.status == 0, done.err
        pid: int = self.status()["pid"]
        return pid

    def end(self) -> None:
        """Stop the resident; nothing that was seen of it may be left."""
        self.status()
        for pid in self.seen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        done = self("resident", "stop")
        assert done.status == 0, done.err
        eventually(lambda: not [pid for pid in self.seen if alive(pid)])
        eventually(lambda: not self.socket.exists())
        shutil.rmtree(self.run_directory, ignore_errors=True)


def children(pid: int) -> set[int]:
    """The processes that this one has started."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123
            return {int(child) for child in file.read().split()}
    except OSError:
        return set()


def eventually(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until a condition holds, or fail after the deadline."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it does not come about"
        time.sleep(0.02)

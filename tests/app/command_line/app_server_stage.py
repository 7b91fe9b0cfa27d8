"""A driver of `jackfield app-server`: the real program, over its standard input and output."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.app.command_line.connect_stage import starting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ("Driver", "driving")

SECONDS = 60.0


class Driver:
    """Whatever comes on standard output must be a frame of JSON-RPC 2.0."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.told: list[dict[str, Any]] = []
        """Everything that came, in order."""
        self._count = 0
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._hangs_up = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)
            if self._hangs_up:
                self.process.stdout.close()
                break
        self._lines.put(b"")

    def hang_up(self) -> None:
        """Read no more: the program's output leads nowhere from the next answer on."""
        self._hangs_up = True  # closed by whoever reads: another one would wait for that
        self.begin("mcpServerStatus/list")
        self._reader.join(SECONDS)
        assert not self._reader.is_alive()

    def raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        self.raw(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def begin(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        self._count += 1
        self.send(id=self._count, method=method, params=params)
        return self._count

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request."""
        answer = self.answer(self.begin(method, **params))
        assert "result" in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def refused(self, method: str, **params: Any) -> dict[str, Any]:
        """The error that a request is answered with."""
        answer = self.answer(self.begin(method, **params))
        assert "error" in answer, answer
        error: dict[str, Any] = answer["error"]
        return error

    def answer(self, id: int | str | None) -> dict[str, Any]:
        return self.until(lambda one: "method" not in one and one["id"] == id)

    def news(self, method: str, **values: Any) -> dict[str, Any]:
        """The params of a notification, or a whole request of this method, that has these values."""
        message = self.until(
            lambda one: one.get("method") == method and values.items() <= one["params"].items()
        )
        return message if "id" in message else dict(message["params"])

    def until(self, fits: Callable[[Mapping[str, Any]], bool]) -> dict[str, Any]:
        """The first message that fits, of those that came and were not looked for yet."""
        deadline = time.monotonic() + SECONDS
        for earlier in self.told:
            if not earlier.get("seen") and fits(earlier):
                earlier["seen"] = True
                return earlier
        while (left := deadline - time.monotonic()) > 0:
            line = self._lines.get(timeout=left)
            assert line, f"it ended: {self.told}"
            message: dict[str, Any] = json.loads(line)
            assert message["jsonrpc"] == "2.0"
            self.told.append(message)
            if fits(message):
                message["seen"] = True
                return message
        raise AssertionError(self.told)

    def open(self, **capabilities: Any) -> dict[str, Any]:
        info = {"name": "test", "version": "1"}
        opened = self.ask("initialize", clientInfo=info, capabilities=capabilities or None)
        self.send(method="initialized")
        return opened

    def leave(self) -> int:
        """Close its input; the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(SECONDS)


@contextmanager
def driving(home: Path, *, environ: Mapping[str, str] | None = None) -> Iterator[Driver]:
    """The program on a home, before `initialize`; ended at the end, without a traceback."""
    with starting("app-server", home=home, environ=environ, stdin=subprocess.PIPE) as process:
        errors: list[bytes] = []
        assert process.stderr is not None
        reading = threading.Thread(target=lambda: errors.append(process.stderr.read()), daemon=True)  # type: ignore[union-attr]
        reading.start()
        try:
            yield Driver(process)
            process.terminate()
            process.wait(SECONDS)
        finally:
            process.kill()
        reading.join(SECONDS)
        assert b"Traceback" not in errors[0], errors[0].decode()

"""How the quick server talks: JSON-RPC messages, one a line, and the calls under way."""

from __future__ import annotations

import itertools
import json
import sys
import threading
import time
from typing import Any

__all__ = ("Call", "Cancelled", "Refused", "Wire", "complain")


class Cancelled(Exception):
    """The client cancelled the call."""


class Refused(Exception):
    """The request is answered with a JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Wire:
    """JSON-RPC messages, one a line, on standard output; answers to our own requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._waiting: dict[str, tuple[threading.Event, list[Any]]] = {}

    def send(self, message: dict[str, Any]) -> None:
        line = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
        with self._lock:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()

    def notify(self, method: str, **params: Any) -> None:
        self.send({"method": method, "params": params})

    def request(self, method: str, params: dict[str, Any]) -> str:
        """Send a request of ours; its answer is had from `answer`."""
        number = f"quick-{next(self._numbers)}"
        self._waiting[number] = (threading.Event(), [])
        self.send({"id": number, "method": method, "params": params})
        return number

    def answered(self, message: dict[str, Any]) -> None:
        done, box = self._waiting.get(str(message.get("id")), (threading.Event(), []))
        box.append(message.get("result", message.get("error")))
        done.set()

    def answer(self, number: str, call: Call, deadline: float) -> Any:
        """The answer to a request, None when the deadline passed (the request is then cancelled)."""
        done, box = self._waiting[number]
        while not done.wait(0.02):
            if call.cancelled.is_set() or time.monotonic() > deadline:
                self.notify("notifications/cancelled", requestId=number, reason="withdrawn")
                return None
        return box[0]


class Call:
    """One request of the client that is being worked on."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.number = message["id"]
        self.params: dict[str, Any] = message.get("params") or {}
        self.arguments: dict[str, Any] = self.params.get("arguments") or {}
        self.token = (self.params.get("_meta") or {}).get("progressToken")
        self.cancelled = threading.Event()

    def wait(self, seconds: float) -> None:
        if self.cancelled.wait(seconds):
            raise Cancelled


def complain(line: str) -> None:
    """Write one line on standard error."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()

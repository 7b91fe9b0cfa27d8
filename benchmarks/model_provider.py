"""A provider of Chat Completions in a process of its own: it streams as many tokens as the model's name says.

The first token is the moment, in seconds of `time.monotonic`, at which it leaves. Prints its URL; ends with
standard input.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("provider",)


@contextmanager
def provider() -> Iterator[str]:
    """The URL of one that runs while the block does."""
    command = [sys.executable, "-m", "benchmarks.model_provider"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(head)}\n\n".encode()


@cache
def _rest(tokens: int) -> bytes:
    return b"".join((_event({"content": " token"}) * (tokens - 1), _event({}, "stop"), b"data: [DONE]\n\n"))


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        tokens = int(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"])
        rest = _rest(tokens)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(_event({"role": "assistant", "content": ""}))
        self.wfile.write(_event({"content": str(time.monotonic())}))
        self.wfile.flush()
        self.wfile.write(rest)

    def log_message(self, *_: Any) -> None:
        pass


def main() -> None:
    """Answer until standard input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/v1\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()

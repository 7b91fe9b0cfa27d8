"""A model on the real wire: `@copilotkit/aimock`, and a relay in front of it that keeps raw bodies."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx2

from tests.peers.install import PEERS, node
from tests.peers.servers import _wait_for, end, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ("Relay", "model_at")

PROGRAM = PEERS / "node" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


@dataclass
class Relay:
    """What went through, and what is to go wrong."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    left: int = 0
    """How often the client left before the end of an answer."""
    cut_after: int | None = None
    """Bytes of an answer's body after which the connection is dropped."""
    answer: tuple[int, dict[str, Any], dict[str, str]] | None = None
    """Status, body and headers in the place of the model's answer."""
    times: int = 0
    """How often that answer is given; 0: always."""
    after: int = 0
    """Requests that are let through before it is given."""

    def forget(self) -> None:
        """As it was at first."""
        self.bodies.clear()
        self.headers.clear()
        self.cut_after, self.answer, self.times, self.after, self.left = None, None, 0, 0, 0


@contextmanager
def model_at(fixtures: list[dict[str, Any]], folder: Path, *options: str) -> Iterator[Relay]:
    """A running model with these fixtures, behind a relay."""
    path = folder / "fixtures.json"
    path.write_text(json.dumps({"fixtures": fixtures}), encoding="utf-8")
    port = free_port()
    command: list[str | Path] = [
        node(),
        PROGRAM,
        "-p",
        str(port),
        "-f",
        path,
        "--log-level",
        "silent",
        *options,
    ]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_for(port, process)
        relay = Relay()
        server = _server(relay, f"http://127.0.0.1:{port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            relay.url = f"http://127.0.0.1:{server.server_address[1]}"
            yield relay
        finally:
            server.shutdown()
            thread.join(5)
            server.server_close()
    finally:
        end(process)


def _server(relay: Relay, upstream: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            relay.bodies.append(json.loads(body))
            relay.headers.append({key.lower(): value for key, value in self.headers.items()})
            if relay.answer is not None and len(relay.bodies) > relay.after:
                self._instead(*relay.answer)
                return
            headers = {"Content-Type": "application/json"}
            with (
                httpx2.Client(timeout=30, trust_env=False) as client,
                client.stream("POST", upstream + self.path, content=body, headers=headers) as answer,
            ):
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers.get("content-type", "application/json"))
                self.end_headers()
                self._pass_on(answer)

        def _pass_on(self, answer: httpx2.Response) -> None:
            room = relay.cut_after
            for data in answer.iter_raw():
                try:
                    self.wfile.write(data if room is None else data[:room])
                    self.wfile.flush()
                except OSError:
                    relay.left += 1
                    return
                if room is not None:
                    room -= len(data)
                    if room <= 0:
                        return

        def _instead(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
            if relay.times:
                relay.times -= 1
                if not relay.times:
                    relay.answer = None
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)

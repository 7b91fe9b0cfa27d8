"""HTTP servers that are no MCP servers, each in its own way; the path says which."""

from __future__ import annotations

import http.server
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

__all__ = ("strangers",)

HTML: Final = "<html><title>Welcome</title></html>"

_ANSWERS: Final[dict[str, tuple[int, str, Mapping[str, str]]]] = {
    "page": (200, HTML, {"content-type": "text/html"}),
    "broken": (200, "{nope", {"content-type": "application/json"}),
    "moved": (307, "", {"location": "https://example.com/mcp?ticket=s3cret"}),
    "slash": (301, "", {"location": "/mcp/"}),
    "login": (401, '{"error": "who?"}', {"www-authenticate": 'Bearer realm="here"'}),
    "forbidden": (403, "not for you", {}),
    "failing": (500, "Traceback\n  line 3\nboom", {"content-type": "text/plain"}),
    "method": (405, "", {}),
}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.strip("/")
        if path == "future":
            self._future(json.loads(body or "{}"))
        else:
            self._send(*_ANSWERS.get(path, (404, "no such page", {})))

    def _future(self, message: Mapping[str, Any]) -> None:
        """A server of a revision that is not there yet."""
        if message.get("method") == "initialize":
            told = {
                "protocolVersion": "2031-01-01",
                "capabilities": {},
                "serverInfo": {"name": "", "version": ""},
            }
            answer: dict[str, Any] = {"result": told}
        else:
            answer = {"error": {"code": -32601, "message": "Method not found"}}
        text = json.dumps({"jsonrpc": "2.0", "id": message.get("id"), **answer})
        self._send(200, text, {"content-type": "application/json"})

    def _send(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test looks at the client."""


@contextmanager
def strangers(tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of such a server, without a slash at its end."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that hangs up is meant
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()

"""The listener for the end of a login: one answer on one path, everything else turned away.

By hand on asyncio, because nothing may be read but a small request, and nobody who connects
may hold up the login or its end.
"""

from __future__ import annotations

import asyncio
import errno
import html
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Final, Self

from services.oauth.attempt import NotOurs

if TYPE_CHECKING:
    from services.errors import LoginFailed
    from services.oauth.attempt import Attempt, Outcome
    from services.oauth.http import OAuthHttp

__all__ = ("CallbackListener",)

DONE: Final = "Authentication complete. You may close this window."
SECONDS: Final = 10.0
"""For a whole request; browsers open connections that they do not use."""
MOST_BYTES: Final = 32 * 1024
MOST_CONNECTIONS: Final = 32
_PHRASES: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 431: "Request Header Fields Too Large"}
_TITLES: Final = {200: "Authentication complete", 400: "Authentication failed"}
_HEADERS: Final = (
    "Content-Type: text/html; charset=utf-8",
    "Cache-Control: no-store",
    "Referrer-Policy: no-referrer",
    "X-Content-Type-Options: nosniff",
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Connection: close",
)


class CallbackListener:
    """Serves from `start` until the block ends; `attempt` is what an answer is checked against."""

    def __init__(self, http: OAuthHttp, path: str) -> None:
        self.attempt: Attempt | None = None
        """Set once the redirect URI is known; before that nothing is an answer."""
        self._http = http
        self._path = path
        self._server: asyncio.Server | None = None
        self._serving: dict[asyncio.Task[None], None] = {}
        self._answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._is_answered = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, host: str, *ports: int) -> int:
        """Listen on the first of these ports that is free, and return it; 0 lets the system choose.

        Raises LoginFailed when none is.
        """
        for port in ports:
            try:
                self._server = await asyncio.start_server(self._connected, host, port, limit=MOST_BYTES)
            except OSError as error:
                if port == ports[-1]:
                    raise self._cannot(host, port, error) from error
            else:
                break
        assert self._server is not None
        number: int = self._server.sockets[0].getsockname()[1]
        self._http.step("callback", f"listening on {host}, port {number}, path {self._path}", True)
        return number

    async def answer(self) -> Outcome:
        """Wait for the one answer."""
        return await asyncio.shield(self._answer)

    async def close(self) -> None:
        """Be gone; whoever is still connected is cut off."""
        if self._server is not None:
            self._server.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        self._answer.cancel()

    def _cannot(self, host: str, port: int, error: OSError) -> LoginFailed:
        where = f"port {port}" if port else f"a port on {host}"
        if error.errno == errno.EADDRINUSE:
            return self._http.failure(
                "callback",
                f"{where} is in use by another program",
                hint="Set mcp_oauth_callback_port to another one, or end what uses it.",
            )
        why = (error.strerror or str(error)).lower()
        return self._http.failure(
            "callback", f"cannot listen on {where}: {why}", hint="See mcp_oauth_callback_port."
        )

    # One connection.

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._serving) >= MOST_CONNECTIONS:
            # The one that has said nothing for longest: whoever only connects keeps no browser out.
            oldest = next(iter(self._serving))
            del self._serving[oldest]
            oldest.cancel()
        self._serving[task] = None
        try:
            async with asyncio.timeout(SECONDS):
                await self._serve(reader, writer)
        except (TimeoutError, OSError):
            writer.transport.abort()
        except asyncio.CancelledError:
            # The listener ends. Not raised again: the stream protocol would report it as an error.
            writer.transport.abort()
        finally:
            self._serving.pop(task, None)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return
        except asyncio.LimitOverrunError:
            await _reply(writer, 431, "This request is too long.")
            return
        status, text, outcome = self._judged(head.decode("latin-1"))
        try:
            await _reply(writer, status, text, "Jackfield" if outcome is None else _TITLES[status])
        finally:  # a browser that hangs up early has answered all the same
            if outcome is not None and not self._answer.done():
                self._answer.set_result(outcome)

    def _judged(self, head: str) -> tuple[int, str, Outcome | None]:
        """The status and the text of the page, and the answer if this is it."""
        words = head.partition("\r\n")[0].split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return 400, "This is not a request a browser makes.", None
        method, target = words[0], words[1]
        path, _, query = target.partition("?")
        if path != self._path:
            self._http.step("callback", f"{method} {path}: not the path of the redirect URI")
            return 404, "There is nothing here.", None
        if method != "GET" or self.attempt is None:
            return 400, "Only the answer to a login is taken here.", None
        try:
            outcome = self.attempt.read(query)
        except NotOurs as reason:
            self._http.step("callback", f"GET {path}: not an answer to this login: {reason}", False)
            return 400, f"This is not an answer to the login in progress: {reason}.", None
        if self._is_answered:
            return 400, "This login has been answered already.", None
        self._is_answered = True
        if outcome.failure:
            return 400, outcome.failure, outcome
        return 200, DONE, outcome


async def _reply(writer: asyncio.StreamWriter, status: int, text: str, title: str = "Jackfield") -> None:
    page = _page().substitute(title=title, text=html.escape(text)).encode()
    lines = (f"HTTP/1.1 {status} {_PHRASES[status]}", *_HEADERS, f"Content-Length: {len(page)}", "", "")
    writer.write("\r\n".join(lines).encode("latin-1") + page)
    await writer.drain()
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


@lru_cache(maxsize=1)
def _page() -> Template:
    return Template((files("assets") / "callback.html").read_text("utf-8"))

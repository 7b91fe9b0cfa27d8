"""The HTTP transports: Streamable HTTP, and the old HTTP+SSE where the configuration says so.

What the owner of a connection learns from an `HttpTransport`:

- `lost` (asyncio.Event): the server is out of reach or has forgotten us; whoever owns the
  connection should end it. `failure` then says why: a `JackfieldError` whose `reason` is
  `network` (refused, reset, cut off in the middle of an answer), `session_lost` (the server does
  not know our session any more), `rate_limited` (429) or `server_error` (502, 503, 504), both only
  in the handshake, `login` (a `LoginNeeded`: 401), `closed` (the one stream of HTTP+SSE ended),
  `tls` (a certificate). `failure.retry_after` holds the seconds of `Retry-After`, or None.
  `await gone()` waits for it and returns the failure. Once lost, every request under way and
  every further one fails at once with that failure; nothing is sent any more.
- What costs only one request reaches the caller of that request as a `JackfieldError`, and the
  connection lives on: 5xx (`server_error`), 429 (`rate_limited`, with `retry_after`), a web page or
  another type instead of JSON (`http`), a redirect that is not followed (`redirect`), an answer that
  ended without a result (`closed`), a login that does not cover it (`ScopesNeeded`), `ResultTooLarge`.
- `faults` holds those errors by JSON-RPC id until the session's dispatcher takes them.

Source: specification, basic/transports, "Streamable HTTP"; 2024-11-05, "HTTP with SSE".
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from mcp.client.streamable_http import streamable_http_client

from services.connections.http.client import Client
from services.connections.http.sse import sse_streams
from services.errors import JackfieldError, LoginNeeded
from services.message_limit import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from mcp_types import JSONRPCError, JSONRPCResponse

    from services.connections.http.refusals import Refusal
    from services.oauth.provider import Authorization
    from services.settings import ServerSettings
    from services.trace.trace import Trace

__all__ = "HttpTransport"

_MOST_FAULTS: Final = 1000


class HttpTransport:
    """One server's HTTP client, so that its headers go to no other, and what it met."""

    def __init__(
        self,
        settings: ServerSettings,
        headers: Mapping[str, str],
        *,
        environ: Mapping[str, str] = os.environ,
        auth: Authorization | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._settings = settings
        self._headers = _single(headers)
        self._environ = environ
        self._auth = auth
        self._trace = trace
        if trace is not None:
            trace.redactor.learn_headers(self._headers)
        self.lost = asyncio.Event()
        """Set once the server is out of reach or has forgotten us; `failure` says why."""
        self.failure: JackfieldError | None = None
        self.login_wanted: JackfieldError | None = None
        """What the refusal of the first question would mean, should no older handshake work either."""
        self.faults: dict[int | str, JackfieldError] = {}
        """Why single requests failed, by JSON-RPC id, until the dispatcher takes it."""
        self.held: dict[int | str, JSONRPCResponse | JSONRPCError] = {}
        """Answers that only our reader can read, by JSON-RPC id, until the dispatcher takes them."""

    async def gone(self) -> JackfieldError:
        """Wait until the server is lost and say why."""
        await self.lost.wait()
        assert self.failure is not None
        return self.failure

    @property
    def is_sse(self) -> bool:
        """Whether this is the old HTTP+SSE transport."""
        return self._settings.transport == "sse"

    @property
    def probing(self) -> bool:
        """Whether the newest era is only asked for, with the older handshake to fall back to."""
        return self._settings.protocol == "auto"

    @property
    def cause(self) -> str:
        """Why the server is lost, in one line; empty while it is not."""
        return self.failure.message if self.failure is not None else ""

    @asynccontextmanager
    async def streams(self) -> AsyncIterator[tuple[Any, Any]]:
        """The pair of streams the SDK's session wants, served while the block runs."""
        # Reading the system's certificates takes tens of milliseconds: not on the event loop.
        client = await asyncio.to_thread(Client, self, self._headers, self._environ, self._auth, self._trace)
        url = self._settings.url
        async with client:
            if self.is_sse:
                opened = sse_streams(client, url, self)
            else:
                opened = streamable_http_client(url, http_client=client, max_sse_event_size=MAX_MESSAGE)
            async with opened as streams:
                yield streams

    # What the client tells (services.connections.http.bodies.Owner).

    def lose(self, failure: JackfieldError) -> None:
        """The server is gone; the first reason stays."""
        if self.failure is None:
            self.failure = failure
        self.lost.set()

    def fault(self, number: int | str | None, failure: JackfieldError) -> None:
        """One request failed; notifications (no number) fail silently."""
        if number is not None and len(self.faults) < _MOST_FAULTS:
            self.faults[number] = failure

    def login_needed(self, refusal: Refusal) -> JackfieldError:
        """The error for a server that wants a login, as this refusal says."""
        if self._auth is not None:
            return self._auth.login_needed(refusal.cause)
        variable = self._settings.bearer_token_env_var
        if variable:
            return LoginNeeded(refusal.cause, hint=f"the token in {variable} was not accepted")
        return LoginNeeded(
            f"The {self._settings.shown_name} MCP server is not logged in.",
            hint="set bearer_token_env_var in its table",
        )


def _single(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with each name once, whatever its case; the last one counts."""
    names = {name.lower(): name for name in headers}
    return {name: headers[name] for name in names.values()}

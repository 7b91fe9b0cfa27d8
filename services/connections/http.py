"""The HTTP transports: Streamable HTTP, and the old HTTP+SSE where the configuration says so.

One client a server, so that its headers go to no other; the last refused answer is kept to
say why a connection failed. Source: specification, basic/transports, "Streamable HTTP".
"""

from __future__ import annotations

import asyncio
import http
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from services.errors import LoginNeeded
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from services.config.settings import ServerSettings

__all__ = ("MAX_BODY", "HttpTransport")

MAX_BODY: Final = 64 << 20
"""Bytes of one answer, or of one event, above which it is refused."""

_MAX_REFUSAL: Final = 1 << 20
_GOODBYE: Final = httpx2.Timeout(2.0)
_TIMEOUT: Final = httpx2.Timeout(30.0, read=None)
"""No read timeout here: how long an answer may take is the call's own clock."""


class _TooLarge(httpx2.StreamError):
    """A body above the limit; of the family that costs the SDK only the one request."""


class _Bounded(httpx2.AsyncByteStream):
    """A response body that ends with a clear error above the limit."""

    def __init__(self, inner: Any, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._inner:
            seen += len(chunk)
            if seen > self._limit:
                raise _TooLarge(f"message refused: over the limit of {self._limit >> 20} MiB")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Client(httpx2.AsyncClient):
    """Bounds every body and tells the owner of each refusal."""

    def __init__(self, owner: HttpTransport, headers: Mapping[str, str] | None) -> None:
        super().__init__(headers=headers, timeout=_TIMEOUT)
        self._owner = owner

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if request.method == "DELETE":
            # The good-bye of a session: a server that does not answer must not hold up the end.
            request.extensions = {**request.extensions, "timeout": _GOODBYE.as_dict()}
        response = await super().send(request, **options)
        refusal = response.status_code >= http.HTTPStatus.BAD_REQUEST
        if options.get("stream") and "text/event-stream" not in response.headers.get("content-type", ""):
            response.stream = _Bounded(response.stream, _MAX_REFUSAL if refusal else MAX_BODY)
        if refusal:
            try:
                body = await response.aread()
            except httpx2.StreamError:
                body = b""
            self._owner.refused(response, body)
        return response


class HttpTransport:
    """One server's HTTP client and the last refusal it met."""

    def __init__(self, settings: ServerSettings, headers: Mapping[str, str]) -> None:
        self._settings = settings
        self._headers = dict(headers)
        self.status: int | None = None
        """The HTTP status of the last refusal, None when there was none."""
        self.body = ""
        self.challenge = ""
        """`WWW-Authenticate` of the last 401 or 403."""

    def refused(self, response: httpx2.Response, body: bytes) -> None:
        """Remember an answer with a status of 400 and more."""
        self.status = response.status_code
        self.body = one_line(body.decode("utf-8", "replace"), 300)
        self.challenge = one_line(response.headers.get("www-authenticate", ""), 300)

    @property
    def is_sse(self) -> bool:
        """Whether this is the old HTTP+SSE transport."""
        return self._settings.transport == "sse"

    @property
    def cause(self) -> str:
        """The last refusal in one line, or nothing."""
        if self.status is None:
            return ""
        try:
            phrase = f" {http.HTTPStatus(self.status).phrase}"
        except ValueError:
            phrase = ""
        said = self.body if self.body != phrase.strip() else ""
        return f"HTTP {self.status}{phrase}" + (f": {said}" if said else "")

    def login_needed(self) -> LoginNeeded | None:
        """The error for a server that wants a login, when the last refusal says so."""
        unauthorized = self.status == http.HTTPStatus.UNAUTHORIZED
        if not unauthorized and not (self.status == http.HTTPStatus.FORBIDDEN and self.challenge):
            return None
        if self._settings.bearer_token_env_var:
            return LoginNeeded(
                self.cause, hint=f"the token in {self._settings.bearer_token_env_var} was not accepted"
            )
        return LoginNeeded(
            f"The {one_line(self._settings.name, 80)} MCP server is not logged in.",
            hint="set bearer_token_env_var in its table",
        )

    @asynccontextmanager
    async def streams(self) -> AsyncIterator[tuple[Any, Any]]:
        """The pair of streams the SDK's session wants, served while the block runs."""
        if self.is_sse:
            async with sse_client(
                self._settings.url,
                headers=self._headers,
                httpx_client_factory=lambda headers=None, timeout=None, auth=None: self._client(headers),
            ) as streams:
                yield streams
            return
        # Reading the system's certificates takes tens of milliseconds: not on the event loop.
        client = await asyncio.to_thread(self._client, self._headers)
        async with (
            client,
            streamable_http_client(
                self._settings.url, http_client=client, max_sse_event_size=MAX_BODY
            ) as streams,
        ):
            yield streams

    def _client(self, headers: dict[str, str] | None) -> httpx2.AsyncClient:
        return _Client(self, headers)

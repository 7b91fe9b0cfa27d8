"""The bodies of one server's answers: decoded, bounded, and watched for how they end."""

from __future__ import annotations

import http
import json
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx2

from services.error_translation import translate
from services.errors import ConnectionFailed, JackfieldError, ResultTooLarge, TransportClosed
from services.message_limit import over_limit
from services.numbers import restored
from services.text import one_line
from services.web.body_streams import pass_through
from services.web.no_proxy import PROXY

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncGenerator, Mapping

    from mcp_types import JSONRPCError, JSONRPCResponse

    from services.connections.http.refusals import Refusal

__all__ = (
    *("Owner", "Watched", "asks_for_era", "check_session", "exact", "legible", "message_of", "number_of"),
    "whole",
)

_MAX_REFUSAL: Final = 1 << 20
_LENGTH: Final = b"content-length"
_HEAD: Final = "jackfield.head"
"""Where a request keeps what was read of its message."""
_CODING: Final = "content-encoding"


class Owner(Protocol):
    """Who hears what the client met: `services.connections.http.transport.HttpTransport`."""

    lost: asyncio.Event
    failure: JackfieldError | None
    login_wanted: JackfieldError | None
    faults: dict[int | str, JackfieldError]
    held: dict[int | str, JSONRPCResponse | JSONRPCError]

    @property
    def is_sse(self) -> bool: ...

    @property
    def probing(self) -> bool: ...

    def lose(self, failure: JackfieldError) -> None: ...

    def fault(self, number: int | str | None, failure: JackfieldError) -> None: ...

    def login_needed(self, refusal: Refusal) -> JackfieldError: ...


class Watched:
    """The decoded bytes of an answer; its owner hears how it ended, if it ended badly."""

    def __init__(self, request: httpx2.Request, owner: Owner, limit: int | None = None) -> None:
        self._request = request
        self._owner = owner
        self._limit = limit
        self._numbered = False
        """Whether an event had an id: the SDK then asks for the rest (`Last-Event-ID`)."""

    async def chunks(self, decoded: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The bytes, as they come."""
        seen = 0
        last = b"\n"
        try:
            async for chunk in decoded:
                seen += len(chunk)
                if self._limit is not None and seen > self._limit:
                    raise _TooLarge(over_limit())
                if self._limit is None and not self._numbered:
                    self._numbered = b"\nid:" in last + chunk
                    last = chunk[-3:]
                yield chunk
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            if self._request.method == "GET" and not self._owner.is_sse:
                return  # the SDK opens the stream of notifications again after an end, not after a fault
            self._broke(error)
            raise
        if self._limit is None:
            self._ended()

    def _broke(self, error: Exception) -> None:
        if isinstance(error, _TooLarge):
            self._owner.fault(number_of(self._request), ResultTooLarge())
            return
        failure = _broken(error)
        self._owner.fault(number_of(self._request), failure)
        # A stream that only brings news may break (proxies end quiet ones); it is opened again.
        news = message_of(self._request).get("method") == "subscriptions/listen"
        probe = asks_for_era(self._request, self._owner)
        if not news and not probe and not self._numbered and not isinstance(error, httpx2.DecodingError):
            self._owner.lose(failure)

    def _ended(self) -> None:
        if self._owner.is_sse and self._request.method == "GET":
            self._owner.lose(TransportClosed("the server ended its stream of events", reason="closed"))
        elif self._request.method == "POST":
            ended = TransportClosed("the server ended its answer without a result", reason="closed")
            self._owner.fault(number_of(self._request), ended)


def _broken(error: Exception) -> JackfieldError:
    said = translate(error).message
    if isinstance(error, httpx2.DecodingError):
        return ConnectionFailed(f"the answer is not what its {_CODING} says: {said}", reason="protocol")
    return TransportClosed(f"the answer was cut off: {said}", reason="network")


class _TooLarge(httpx2.StreamError):
    """A body above the limit; of the family that costs the SDK only the one request."""


async def legible(response: httpx2.Response) -> None:
    """An event hook, before others: what is packed in a way that was not asked for cannot be read.

    Raises ConnectionFailed for such an answer; such a refusal says its status alone.
    """
    codings = ["gzip" if one == "x-gzip" else one for one in _listed(response.headers.get(_CODING, ""))]
    if codings:
        response.headers[_CODING] = ", ".join(codings)  # RFC 9110, 8.4.1.3
    if set(codings) <= {"identity", *_listed(response.request.headers.get("accept-encoding", ""))}:
        return
    if response.status_code >= http.HTTPStatus.BAD_REQUEST:
        pass_through(response, _nothing)
        return
    coding = one_line(response.headers[_CODING], 60)
    raise ConnectionFailed(
        f"the server answers with the {_CODING} {coding}, which was not asked for",
        hint="A proxy or a cache before the server may do that: it must heed Accept-Encoding.",
        reason="protocol",
    )


async def _nothing(body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """No byte of a body."""
    if False:
        yield b""


def _listed(value: str) -> list[str]:
    """The members of a header that lists, without what they are worth (`;q=`)."""
    names = (one.partition(";")[0].strip().lower() for one in value.split(","))
    return [name for name in names if name]


def check_session(response: httpx2.Response) -> None:
    """Raise ConnectionFailed for a session id that no header of ours could bring back."""
    session = response.headers.get("mcp-session-id", "")
    if not session.isascii():
        raise ConnectionFailed(
            f"the id of the session that the server gives is not of visible ASCII: {one_line(session, 60)}"
            " (MCP specification, Streamable HTTP)",
            reason="protocol",
        )


async def whole(response: httpx2.Response) -> httpx2.Response:
    """A refusal with its body read, as far as the limit goes."""
    body = b""
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > _MAX_REFUSAL:
                break
    except (httpx2.HTTPError, httpx2.StreamError, OSError):
        pass  # what came says enough
    finally:
        await response.aclose()
    coded = (_CODING, "content-length", "transfer-encoding")
    headers = [(name, value) for name, value in response.headers.multi_items() if name not in coded]
    kept = {PROXY: response.extensions[PROXY]} if PROXY in response.extensions else {}
    return httpx2.Response(
        response.status_code,
        headers=headers,
        content=body[:_MAX_REFUSAL],
        request=response.request,
        extensions=kept,
    )


def exact(request: httpx2.Request) -> httpx2.Request:
    """The request with numbers in the place of what stands for them (`services.numbers`)."""
    if request.method != "POST":
        return request
    try:
        body = request.content
    except httpx2.RequestNotRead:
        return request
    if (written := restored(body)) is body:
        return request
    headers = [(name, restored(value)) for name, value in request.headers.raw if name.lower() != _LENGTH]
    return httpx2.Request(
        request.method, request.url, headers=headers, content=written, extensions=request.extensions
    )


def message_of(request: httpx2.Request) -> Mapping[str, Any]:
    """The JSON-RPC message of a request, without its parameters; empty where it has none. Read once."""
    if request.method != "POST":
        return {}
    head: Mapping[str, Any] | None = request.extensions.get(_HEAD)
    if head is None:
        try:
            message = json.loads(request.content)
        except httpx2.RequestNotRead:
            return {}
        except ValueError:
            message = None
        known = message.items() if isinstance(message, dict) else ()
        head = {name: value for name, value in known if name in ("id", "method")}
        request.extensions = {**request.extensions, _HEAD: head}
    return head


def asks_for_era(request: httpx2.Request, owner: Owner) -> bool:
    """Whether a request only asks if the server knows the newest era: no answer to it is the end."""
    return owner.probing and message_of(request).get("method") == "server/discover"


def number_of(request: httpx2.Request) -> int | str | None:
    """The id of the JSON-RPC request that an HTTP request carries; None when it carries none."""
    message = message_of(request)
    return message.get("id") if "method" in message else None

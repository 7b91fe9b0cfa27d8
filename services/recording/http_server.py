"""What a server of ours on a loopback address has in common: whom it answers, and how bodies are read."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services.message_limit import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

__all__ = ("TooLarge", "body_of", "gone", "headers_of", "refused", "reply")


class TooLarge(Exception):
    """A body above the limit of messages."""


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a request by their lower-case names; of several of one name the last."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def refused(headers: Mapping[str, str], listening: str) -> str:
    """Why a request is not answered; empty where it is.

    A page in a browser may know our port, and a name that leads here: both come with a name that is
    neither ours nor an address (DNS rebinding; specification, "Streamable HTTP", security warning). A page
    without an origin of its own says `null`, and is nobody we know.
    """
    host, origin = headers.get("host", ""), headers.get("origin", "")
    if host and not _is_ours(f"//{host}", listening, any_address=True):
        return "the host of this request is not this server's"
    if origin and not _is_ours(origin, listening, any_address=False):
        return "the origin of this request is not this server's"
    return ""


def _is_ours(url: str, listening: str, *, any_address: bool) -> bool:
    """Whether the host of a URL leads here: by any address, or only by a loopback one."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host in ("localhost", listening):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any_address or address.is_loopback


async def body_of(receive: Any) -> bytes:
    """The whole body of a request. Raises TooLarge."""
    pieces, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > MAX_MESSAGE:
            raise TooLarge
        more = message.get("more_body", False)
    return b"".join(pieces)


async def gone(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def reply(send: Any, status: int, text: str = "", *, kind: str = "text/plain; charset=utf-8") -> None:
    """A whole response with a short text."""
    body = text.encode()
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers if body else headers[1:]})
    await send({"type": "http.response.body", "body": body})

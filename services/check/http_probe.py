"""One request to a server that did not become ready, to see what answers there at all.

The SDK tells that a connection failed; this tells why: who refused, the certificate, the proxy,
a redirect, a web page in the place of MCP. It goes to the configured URL only, with the
configured headers, and follows nothing.
"""

from __future__ import annotations

import asyncio
import http
import json
import os
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from services.check.findings import Finding, error
from services.errors import ConnectionFailed
from services.secrecy.texts import masked_text
from services.text import one_line, printable
from services.tls_hints import tls_hint
from services.web.headers import with_agent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx2

    from services.settings import ServerSettings

__all__ = ("probe",)

SECONDS: Final = 5.0
_EXCERPT: Final = 2_000
_LINES: Final = 6
_TYPES: Final = "application/json, text/event-stream"

_INITIALIZE: Final = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "jackfield", "version": "0"},
    },
}


async def probe(settings: ServerSettings, headers: Mapping[str, str]) -> Finding | None:
    """What answers at the URL of a server; None when it looks like MCP after all."""
    import httpx2

    try:
        async with asyncio.timeout(SECONDS):
            return await _ask(settings, headers)
    except (TimeoutError, httpx2.ReadTimeout):
        return None  # it takes connections and is silent: the start timeout says so
    except ConnectionFailed:
        return None  # the environment names what cannot be used: the failed start says so
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as failure:
        return _about_connection(settings.url, failure)


async def _ask(settings: ServerSettings, headers: Mapping[str, str]) -> Finding | None:
    import httpx2

    from services.web.proxies import client_options

    old = settings.transport == "sse"
    accept = {"accept": "text/event-stream" if old else _TYPES}
    limits = httpx2.Timeout(SECONDS, connect=SECONDS - 1)  # to tell who does not connect from who is silent
    options = await asyncio.to_thread(client_options, os.environ)
    client = httpx2.AsyncClient(headers=with_agent(headers), timeout=limits, **options)
    async with client:
        request = client.build_request(
            "GET" if old else "POST", settings.url, headers=accept, json=None if old else _INITIALIZE
        )
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            body = b"" if kind == "text/event-stream" else await _beginning(response)
        finally:
            await response.aclose()
    return _about_answer(settings, response, kind, body.decode("utf-8", "replace"))


async def _beginning(response: httpx2.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= _EXCERPT:
            break
    return body[:_EXCERPT]


# What the answer means.


def _about_answer(settings: ServerSettings, response: Any, kind: str, body: str) -> Finding | None:
    status: int = response.status_code
    said = f"HTTP {status} {_phrase(status)}".rstrip()
    if 300 <= status < 400:
        return _redirect(said, settings.url, response.headers.get("location", ""))
    if status >= 400:
        challenge = one_line(response.headers.get("www-authenticate", ""), 200)
        detail = ((f"WWW-Authenticate: {masked_text(challenge)}",) if challenge else ()) + _excerpt(body)
        return error("http-status", said, _after(status, settings), detail=detail)
    if kind == "text/event-stream" or (kind == "application/json" and _is_json(body)):
        return None
    is_json = kind == "application/json"
    what = said if is_json else f"answers with {one_line(kind, 60) or 'no content type'}"
    text = f"{said}, but what it sends is not JSON" if is_json else f"{what}, which is not MCP"
    hint = "Is the path of url right? The endpoint of many servers ends in /mcp."
    return error("not-mcp", text, hint, detail=_excerpt(body))


def _redirect(said: str, url: str, location: str) -> Finding:
    if not location:
        return error("redirect", f"{said} without saying where to")
    parts = urlsplit(urljoin(url, location))
    # A redirect may carry a ticket in its query: the place is what matters.
    place = one_line(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")), 200)
    hint = "Put that address into url, if it is the server you mean; a sign-in page is none."
    return error("redirect", f"{said}: redirects to {place}", hint)


def _after(status: int, settings: ServerSettings) -> str:
    if status in (http.HTTPStatus.NOT_FOUND, http.HTTPStatus.METHOD_NOT_ALLOWED):
        if settings.transport == "sse":
            return 'Is the path of url right? A newer server needs no transport = "sse".'
        return 'Is the path of url right? An old HTTP+SSE server needs transport = "sse".'
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return "Does it want a token, or other headers?"
    if status == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return "The proxy wants a name and a password: see HTTP_PROXY and HTTPS_PROXY."
    return "The server itself failed; its own log says more." if status >= 500 else ""


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def _is_json(body: str) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return len(body) >= _EXCERPT  # cut by us
    return True


def _excerpt(body: str) -> tuple[str, ...]:
    text = masked_text(printable(body))
    lines = [one_line(line, 160) for line in text.splitlines() if line.strip()]
    return (*lines[:_LINES], "…") if len(lines) > _LINES else tuple(lines)


# Why there is no answer.


def _about_connection(url: str, failure: Exception) -> Finding | None:
    from services.web.proxies import ProxyFault

    parts = urlsplit(url)
    where = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)
    causes = tuple(_chain(failure))
    if isinstance(failure, ProxyFault):
        return error("proxy", failure.failure.message, failure.failure.hint)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _certificate(where, cause)
        if isinstance(cause, ssl.SSLError):
            text = f"TLS with {where} failed: {_ssl_words(cause)}"
            return error("tls", text, tls_hint(cause))
        if isinstance(cause, socket.gaierror):
            text = f"there is no host {parts.hostname}: {one_line(cause.strerror or str(cause), 100)}"
            return error("unknown-host", text, "Is url spelled right? Is there a network?")
        if isinstance(cause, ConnectionRefusedError):
            return error(
                "refused", f"nothing is listening on {where}: connection refused", "Is the server running?"
            )
    if type(failure).__name__ in ("ConnectTimeout", "PoolTimeout"):
        text = f"no connection to {where} within {SECONDS - 1:g} s"
        return error("timeout", text, "Is a firewall or a VPN in between?")
    hint = "Does it speak TLS? Then url begins with https://." if parts.scheme == "http" else ""
    return error("broken", f"the connection to {where} broke: {_reason(causes)}", hint)


def _certificate(where: str, failure: ssl.SSLCertVerificationError) -> Finding:
    reason = one_line(failure.verify_message or _ssl_words(failure), 200)
    return error("tls", f"the certificate of {where} is not accepted: {reason}", tls_hint(failure))


def _ssl_words(failure: ssl.SSLError) -> str:
    """OpenSSL's reason as words: WRONG_VERSION_NUMBER becomes wrong version number."""
    return one_line((failure.reason or str(failure)).replace("_", " ").lower(), 200)


def _reason(causes: tuple[BaseException, ...]) -> str:
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return os.strerror(cause.errno).lower()
    return next((text for cause in causes if (text := one_line(str(cause), 200))), type(causes[0]).__name__)


def _chain(failure: BaseException | None) -> Iterator[BaseException]:
    """An exception and what it came from; groups by their first member."""
    while failure is not None:
        yield failure
        if isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
        else:
            failure = failure.__cause__ or failure.__context__

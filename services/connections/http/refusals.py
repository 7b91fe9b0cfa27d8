"""What an HTTP answer that is no MCP means: the status, the body and the headers as errors of ours."""

from __future__ import annotations

import http
import math
import re
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from services.amounts import duration
from services.connections.http.markup import words
from services.errors import ConnectionFailed, JackfieldError, TransportClosed
from services.text import one_line
from services.web.no_proxy import PROXY

if TYPE_CHECKING:
    import httpx2

__all__ = (
    "TRY_HTTP",
    "Refusal",
    "forgotten",
    "may_be_sse",
    "no_answer",
    "not_followed",
    "origin",
    "refused",
    "retry_after",
    "session_lost",
    "speaks_of_session",
)

_TRY_SSE: Final = 'is the path right? an old HTTP+SSE server needs transport = "sse"'
_IS_SSE: Final = 'this server speaks the old HTTP+SSE: set transport = "sse" in its table'

TRY_HTTP: Final = 'is the path right? a newer server needs transport = "http"'

_SESSION_WORDS: Final = re.compile(r"(?i)session|initiali[sz]|invalid request parameters")
"""What is said of a session that is not known; the last by servers that say it of every request."""
_TOO_MANY: Final = 429
_LONG: Final = 600
"""Seconds from which a wait is told in larger units."""
_ENDPOINT: Final = "is the path of url right? the endpoint of many servers ends in /mcp"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with a status of 400 and more; its texts printable."""

    status: int
    body: str = ""
    challenge: str = ""
    """`WWW-Authenticate`."""
    retry_after: float | None = None
    proxy: str = ""
    """The proxy that it came through, and that may have said it; empty where none could."""

    @classmethod
    def of(cls, response: httpx2.Response, body: bytes) -> Refusal:
        return cls(
            response.status_code,
            _said(body, response.headers.get("content-type", "")),
            one_line(response.headers.get("www-authenticate", ""), 300),
            retry_after(response.headers.get("retry-after", "")),
            str(response.extensions.get(PROXY, "")),
        )

    @property
    def cause(self) -> str:
        """The refusal in one line."""
        status = _status(self.status)
        said = f": {self.body}" if self.body and not status.endswith(f" {self.body}") else ""
        wait = f"; it asks to wait {_span(self.retry_after)}" if self.retry_after else ""
        through = f" (through the proxy {self.proxy})" if self.proxy else ""
        return f"{status}{through}{said}{wait}"

    @property
    def passing(self) -> bool:
        """Whether it says nothing about the request, only that now is not the time."""
        return self.status in (429, 502, 503, 504)

    @property
    def may_be_of_session(self) -> bool:
        """Whether it may refuse the session rather than the request, which then never ran.

        A gateway that lost or outwaited the server (502, 504) says nothing of what the server did.
        """
        return not self.challenge and self.status not in (429, 502, 504)

    @property
    def wants_login(self) -> bool:
        return self.status == http.HTTPStatus.UNAUTHORIZED or (
            self.status == http.HTTPStatus.FORBIDDEN and bool(self.challenge)
        )


def may_be_sse(refusal: Refusal, *, sse: bool, handshake: bool) -> bool:
    """Whether a refusal is what a server of the old HTTP+SSE says to our first request."""
    return refusal.status in (404, 405) and handshake and not sse


def refused(refusal: Refusal, *, sse: bool, handshake: bool, found_sse: bool = False) -> JackfieldError:
    """The error of a request that met this refusal; `found_sse` when the server was seen to speak SSE."""
    reason, hint = "http", ""
    if refusal.status == _TOO_MANY:
        reason = "rate_limited"
        hint = "" if refusal.retry_after else "wait a while before the next request"
    elif refusal.status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
        reason = "server_error"
    elif may_be_sse(refusal, sse=sse, handshake=handshake):
        hint = _IS_SSE if found_sse else _TRY_SSE
    elif refusal.status in (400, 404, 405, 406) and handshake and sse:
        hint = TRY_HTTP
    error = ConnectionFailed(refusal.cause, hint=hint, reason=reason)
    error.retry_after = refusal.retry_after
    return error


def forgotten(refusal: Refusal) -> JackfieldError | None:
    """The error for a refusal of our session id; None when it is about something else.

    404 says so by the specification; servers that keep their sessions in memory often say 400.
    """
    about = _SESSION_WORDS.search(refusal.body) is not None
    if refusal.status == http.HTTPStatus.NOT_FOUND or (
        refusal.status in (http.HTTPStatus.BAD_REQUEST, http.HTTPStatus.GONE) and about
    ):
        return session_lost(refusal)
    return None


def session_lost(said: Refusal | str) -> JackfieldError:
    """The error for a session that the server does not know any more, with what it said."""
    cause = said if isinstance(said, str) else said.cause
    return TransportClosed(f"the server lost the session ({cause})", reason="session_lost")


def speaks_of_session(message: str) -> str:
    """What an error says that may be about our session and not about the request; else nothing."""
    return one_line(message, 200) if _SESSION_WORDS.search(message) else ""


def no_answer(response: httpx2.Response, body: bytes) -> JackfieldError:
    """The error for a success without an answer in it: it is empty, or of some other type than JSON."""
    if not body.strip():
        said = _status(response.status_code)
        return ConnectionFailed(f"the server sent no answer, only {said}", reason="http")
    kind = one_line(response.headers.get("content-type", "").partition(";")[0].strip(), 60)
    said = _said(body, kind)
    what = f"the server answers with {kind or 'no content type'}, which is not MCP"
    return ConnectionFailed(f"{what}: {said}" if said else what, hint=_ENDPOINT, reason="http")


def not_followed(response: httpx2.Response, target: httpx2.URL | None) -> JackfieldError:
    """The error for a redirect that leads to another origin, changes the method, or never ends."""
    asked = response.request.url
    here, status = origin(asked), f"HTTP {response.status_code}"
    if target is None:
        said = f"{_status(response.status_code)}: {here} names no place to go instead"
        return ConnectionFailed(said, reason="redirect")
    there = origin(target)
    plain = target.copy_with(query=None, fragment=None)
    if there != here:
        hint = f"if that is the server you mean, url must name {there}"
        if (asked.scheme, target.scheme, asked.host) == ("https", "http", target.host):
            # A server behind a proxy that ends TLS names itself by the scheme that it sees.
            mended = plain.copy_with(scheme="https", port=asked.port)
            hint = f"url may have to be {one_line(str(mended), 200)}"
        return ConnectionFailed(
            f"{status}: {here} redirects to {there}; not followed, because the headers are for {here} only",
            hint=hint,
            reason="redirect",
        )
    return ConnectionFailed(
        f"{status}: {here} redirects in a way that loses the message or never ends",
        hint=f"url may have to be {one_line(str(plain), 200)}",
        reason="redirect",
    )


def retry_after(value: str, now: float | None = None) -> float | None:
    """The seconds of a `Retry-After` header, given in seconds or as a date; None when it says neither."""
    value = value.strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a year, an hour or a zone beyond any number of C
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    seconds = date.timestamp() - (time.time() if now is None else now)
    return float(max(math.ceil(seconds), 0))


def origin(url: httpx2.URL) -> str:
    """Scheme, host and port of a URL, for people."""
    port = f":{url.port}" if url.port else ""
    return one_line(f"{url.scheme}://{url.host}{port}", 200)


def _status(status: int) -> str:
    """A status in words: `HTTP 404 Not Found`."""
    try:
        return f"HTTP {status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _span(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < _LONG else duration(seconds)


def _said(body: bytes, kind: str) -> str:
    """The beginning of a body in one line; of a web page its words, not its markup."""
    text = body[:20_000].decode("utf-8", "replace")
    if "html" in kind or text.lstrip()[:1] == "<":
        text = words(text)
    return one_line(" ".join(text.split()), 300)

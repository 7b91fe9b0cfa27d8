"""The HTTP client of one server: bounded bodies, no foreign redirects, and every fault an answer.

The SDK's Streamable HTTP transport takes an exception while it sends for the end of the whole
connection, and some refusals for nothing at all. So nothing is raised here: what goes wrong is
told to the owner, and the SDK is given a JSON-RPC error for that one request.
"""

from __future__ import annotations

import asyncio
import http
from typing import TYPE_CHECKING, Any, Final

import httpx2
from mcp_types import METHOD_NOT_FOUND, JSONRPCError

from services.connections.http.bodies import (
    Owner,
    Watched,
    asks_for_era,
    check_session,
    exact,
    legible,
    message_of,
    number_of,
    whole,
)
from services.connections.http.events import Event, EventCutter, without_mark
from services.connections.http.heard import Heard, first_answer, readable_error
from services.connections.http.pace import Pace
from services.connections.http.patience import patience_with
from services.connections.http.refusals import (
    Refusal,
    forgotten,
    may_be_sse,
    no_answer,
    not_followed,
    refused,
    session_lost,
)
from services.error_translation import translate
from services.errors import JackfieldError, LoginFailed, LoginNeeded, ScopesNeeded
from services.message_limit import MAX_MESSAGE
from services.trace.exchanges import failed, hooks
from services.web.body_streams import pass_through
from services.web.headers import with_agent
from services.web.origins import may_follow
from services.web.proxies import client_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.trace.trace import Trace

__all__ = ("Client",)

_MAX_REDIRECTS: Final = 5
_PROBE_SECONDS: Final = 2.0
_TIMEOUT: Final = httpx2.Timeout(30.0, read=None)
"""No read timeout here: how long an answer may take is the call's own clock."""
_LIMITS: Final = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
"""A call under way holds its connection: a pool with an end would make calls wait for calls."""
_PING: Final = "jackfield-session"
_OF_BODY: Final = ("content-length", "content-type", "transfer-encoding")
_INTERNAL_ERROR: Final = -32603
_HANDSHAKE: Final = ("initialize", "server/discover")
_STREAM: Final = "text/event-stream"
_JSON: Final = "application/json"
_SESSION: Final = "mcp-session-id"


class Client(httpx2.AsyncClient):
    """Sends the requests of one server. Making one reads files: not on the event loop."""

    def __init__(
        self,
        owner: Owner,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
        auth: httpx2.Auth | None = None,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(
            headers={name: value.encode("latin-1", "replace") for name, value in with_agent(headers).items()},  # type: ignore[arg-type]
            auth=auth,
            event_hooks=_with_legible(hooks(trace)),
            timeout=_TIMEOUT,
            **client_options(environ, _LIMITS),
        )
        self._owner = owner
        self._trace = trace
        self._listening = False
        self._pace = Pace()

    def build_request(self, *what: Any, **options: Any) -> httpx2.Request:
        """A request with the numbers of its message, and of the headers made of it, as they were written."""
        return exact(super().build_request(*what, **options))

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send; whatever goes wrong comes back as an answer that costs only this request."""
        if self._owner.lost.is_set() and self._owner.failure is not None:
            return self._failed(request, self._owner.failure)
        if (patience := patience_with(request)) is not None:
            request.extensions = {**request.extensions, "timeout": patience.as_dict()}
        if request.method == "GET":  # a stream that is opened or taken up again
            await self._pace.wait()
        try:
            response = await self._followed(request, options)
            return await self._judged(request, response)
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, JackfieldError) as error:
            failure = await self._of_session(request, translate(error))
            failed(self._trace, request, failure.message)
            if patience is not None and isinstance(error, httpx2.ReadTimeout):
                return self._failed(request, failure)
            if asks_for_era(request, self._owner) and not _unreached(error):
                return self._failed(request, failure)
            foreign = not isinstance(error, JackfieldError)
            if request.method != "DELETE" and (foreign or self._ends(request, failure)):
                self._owner.lose(failure)
            return self._failed(request, failure)

    def _ends(self, request: httpx2.Request, failure: JackfieldError) -> bool:
        """Whether what stood in a request's way stands in the way of the whole connection."""
        the_stream = self._owner.is_sse and request.method == "GET"
        login = isinstance(failure, LoginNeeded | LoginFailed) and not isinstance(failure, ScopesNeeded)
        return the_stream or login or failure.reason == "session_lost"

    async def _of_session(self, request: httpx2.Request, failure: JackfieldError) -> JackfieldError:
        """The loss of the session, where everything in it is led away now, as when a web login ended."""
        led_away = failure.reason == "redirect" and bool(request.headers.get(_SESSION))
        return session_lost(failure.message) if led_away and await self._lost_to(request) else failure

    async def _followed(self, request: httpx2.Request, options: dict[str, Any]) -> httpx2.Response:
        """Follow redirects within the origin, because headers and body are meant for that one only."""
        options |= {"stream": True, "follow_redirects": False}
        for _ in range(_MAX_REDIRECTS + 1):
            response = await super().send(request, **options)
            following = response.next_request
            if (
                following is None
                or following.method != request.method
                or not may_follow(request.url, following.url)
            ):
                break
            await response.aclose()
            request = following
        if response.is_redirect:
            await response.aclose()
            raise not_followed(response, following.url if following is not None else None)
        return response

    async def _judged(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        check_session(response)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code >= http.HTTPStatus.BAD_REQUEST:
            return await self._refused(request, await whole(response), kind)
        if kind == _STREAM:
            self._listening = self._listening or request.method == "GET"
            pass_through(response, Watched(request, self._owner).chunks)
            pass_through(response, without_mark)
            if not self._owner.is_sse:
                pass_through(response, Heard(request, self._owner, self._lost_to).events)
            return response
        if request.method != "POST" or self._owner.is_sse:
            return response
        if kind == _JSON or number_of(request) is not None:
            pass_through(response, Watched(request, self._owner, MAX_MESSAGE).chunks)
        return await self._answered(request, response, kind)

    async def _answered(
        self, request: httpx2.Request, response: httpx2.Response, kind: str
    ) -> httpx2.Response:
        """A whole answer; what the SDK cannot read of it, or not at once, becomes events.

        An answer is one whatever its content type and its status of success are.
        """
        if number_of(request) is None:
            return response
        try:
            body = await response.aread()
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            return self._failed(request, self._owner.faults.get(number_of(request) or 0) or translate(error))
        otherwise = no_answer(response, body) if not body.strip() or kind != _JSON else None
        if kind == "text/html" and request.headers.get(_SESSION) and await self._lost_to(request):
            otherwise = session_lost(no_answer(response, body).message)
            self._owner.lose(otherwise)
        messages = await Heard(request, self._owner, self._lost_to).body(body, otherwise)
        if messages is None and kind == _JSON and response.status_code != http.HTTPStatus.ACCEPTED:
            return response
        headers = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_BODY]
        return httpx2.Response(
            http.HTTPStatus.OK,
            headers=[*headers, ("content-type", _JSON if messages is None else _STREAM)],
            content=body if messages is None else b"".join(b"data: %b\n\n" % one for one in messages),
            request=request,
        )

    async def _refused(
        self, request: httpx2.Request, response: httpx2.Response, kind: str
    ) -> httpx2.Response:
        """An answer of 400 and more: about this request, about the session, or about the moment."""
        refusal = Refusal.of(response, response.content)
        handshake = message_of(request).get("method") in _HANDSHAKE or (
            self._owner.is_sse and request.method == "GET"
        )
        in_session = bool(request.headers.get(_SESSION)) and (request.method == "POST" or self._listening)
        probe = asks_for_era(request, self._owner)
        maybe_sse = not probe and may_be_sse(refusal, sse=self._owner.is_sse, handshake=handshake)
        lost = forgotten(refusal) if in_session else None
        if in_session and lost is None and refusal.may_be_of_session and await self._lost_to(request):
            lost = session_lost(refusal)
        found_sse = maybe_sse and await self._speaks_sse(request.url)
        failure = refused(refusal, sse=self._owner.is_sse, handshake=handshake, found_sse=found_sse)
        said = await readable_error(request, response) if kind != "text/html" else None
        if request.method == "DELETE":
            return response
        if probe and not (refusal.passing and refusal.retry_after):  # a wish to wait is obeyed
            if refusal.wants_login:
                self._owner.login_wanted = self._owner.login_needed(refusal)
            return said or self._failed(request, failure, refusal.status)
        if lost is not None:
            failure = lost
            self._owner.lose(failure)
        elif refusal.status == http.HTTPStatus.UNAUTHORIZED or (handshake and refusal.wants_login):
            failure = self._owner.login_needed(refusal)
            self._owner.lose(failure)
        elif handshake and refusal.passing:
            self._owner.lose(failure)
        elif request.method != "POST" or said is not None:
            return said or response
        return self._failed(request, failure, refusal.status)

    async def _lost_to(self, refused: httpx2.Request) -> bool:
        """Whether the server refuses everything in our session, whatever it calls that: even a ping."""
        if number_of(refused) is None:
            return False
        ping = {"jsonrpc": "2.0", "id": _PING, "method": "ping"}
        headers = {name: value for name, value in refused.headers.items() if name not in _OF_BODY}
        request = self.build_request("POST", refused.url, headers=headers, json=ping)
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                response = await super().send(request, auth=None, stream=True, follow_redirects=False)
                try:
                    answer = await first_answer(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx2.HTTPError, httpx2.StreamError, OSError, JackfieldError):
            return False
        page = answer is None and response.headers.get("content-type", "").lower().startswith("text/html")
        if response.status_code >= http.HTTPStatus.MULTIPLE_CHOICES or page:
            return True
        return isinstance(answer, JSONRPCError) and answer.error.code != METHOD_NOT_FOUND

    async def _speaks_sse(self, url: httpx2.URL) -> bool:
        """Whether a GET is answered the way of HTTP+SSE: by a stream whose first event is the endpoint."""
        request = self.build_request("GET", url, headers={"accept": _STREAM})
        events: list[Event]
        cutter, taken, events = EventCutter(), 0, []
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                response = await super().send(request, stream=True, follow_redirects=False)
                try:
                    if response.headers.get("content-type", "").startswith(_STREAM):
                        async for chunk in response.aiter_bytes():
                            events, taken = cutter.feed(chunk), taken + len(chunk)
                            if events or taken > 4096:
                                break
                finally:
                    await response.aclose()
        except (TimeoutError, httpx2.HTTPError, httpx2.StreamError, OSError, JackfieldError):
            return False
        return bool(events) and events[0].type == b"endpoint"

    def _failed(self, request: httpx2.Request, failure: JackfieldError, status: int = 0) -> httpx2.Response:
        """The answer the SDK gets in the place of a failure."""
        number = number_of(request)
        self._owner.fault(number, failure)
        if request.method == "DELETE":
            return httpx2.Response(204, request=request)
        if request.method != "POST" or self._owner.is_sse:
            return httpx2.Response(status or 503, request=request)
        if number is None:
            return httpx2.Response(202, request=request)
        error = {"code": _INTERNAL_ERROR, "message": failure.message}
        return httpx2.Response(200, json={"jsonrpc": "2.0", "id": number, "error": error}, request=request)


def _with_legible(hooks: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The event hooks, after the one that sees how a body is packed."""
    return {**hooks, "response": [legible, *hooks.get("response", [])]}


def _unreached(error: Exception) -> bool:
    """Whether a request never came to the server: whatever follows would not either."""
    return isinstance(
        error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.ProxyError | httpx2.InvalidURL
    )

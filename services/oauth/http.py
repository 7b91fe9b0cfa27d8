"""The HTTP client of a login: bounded answers, no foreign redirects, and every exchange a step."""

from __future__ import annotations

import asyncio
import http
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from services.error_translation import translate
from services.errors import JackfieldError, LoginFailed
from services.oauth.steps import Secrets, Step, nobody, shown_url
from services.text import one_line
from services.version import USER_AGENT
from services.web.origins import at_home, origin
from services.web.urls import joined

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    import httpx2

    from services.oauth.steps import OnStep

__all__ = ("Answer", "OAuthHttp", "origin")

DISCOVERY_SECONDS: Final = 10.0
TOKEN_SECONDS: Final = 45.0
MOST_BYTES: Final = 1 << 20
_MAX_REDIRECTS: Final = 5
_PROTOCOL: Final = {"MCP-Protocol-Version": "2025-11-25"}
_LATER: Final = frozenset({407, 408, 425, 429})
_STREAM: Final = "text/event-stream"
_LONG: Final = 8
"""Characters from which a header's value is taken for a secret; shorter ones are words such as `true`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one request of a login."""

    url: str
    status: int
    headers: httpx2.Headers
    body: bytes = field(default=b"", repr=False)

    @property
    def kind(self) -> str:
        """The media type; empty where there is none."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def shown(self) -> str:
        """The URL as a person may see it."""
        return shown_url(self.url)

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_passing(self) -> bool:
        """Whether the status is about the moment, and tells nothing of what was asked."""
        return self.status >= 500 or self.status in _LATER

    @property
    def object(self) -> dict[str, Any] | None:
        """The body as a JSON object; None when it is anything else, or holds text that cannot be sent on."""
        try:
            value = json.loads(self.body)
            json.dumps(value, ensure_ascii=False).encode()  # fails for half of a surrogate pair
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @property
    def said(self) -> str:
        """The status in words: `HTTP 404 Not Found`; of a redirect that is not followed, where it leads."""
        try:
            phrase = http.HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        place = str(self.headers.get("location", "")) if 300 <= self.status < 400 else ""
        leads = f", to {shown_url(joined(self.url, place))}" if place else ""
        return f"HTTP {self.status} {phrase}".rstrip() + leads


class OAuthHttp:
    """Discovery, registration and token requests for one MCP server; `async with`, or `aclose` at the end.

    The server's configured headers go to its own origin only; they may be a function that is called
    once, before the first request. What cannot be sent or answered leaves as LoginFailed, which
    names the step and the URL.
    """

    def __init__(
        self,
        server_url: str = "",
        headers: Mapping[str, str] | Callable[[], Awaitable[Mapping[str, str]]] | None = None,
        *,
        environ: Mapping[str, str] = os.environ,
        on_step: OnStep = nobody,
        on_secret: Callable[[list[str]], None] | None = None,
    ) -> None:
        self.secrets = Secrets(on_secret)
        """Whoever gets or makes a secret of this login tells it here."""
        self._origin = origin(server_url)
        self._headers = headers or {}
        self._environ = environ
        self._on_step = on_step
        self._client: httpx2.AsyncClient | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close what is open; the next request would open it again."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def step(self, what: str, detail: str, ok: bool | None = None) -> None:
        """Tell a step, with secrets masked."""
        self._on_step(Step(what, one_line(self.secrets.masked(detail), 1_000), ok))

    def failure(
        self, step: str, message: str, *, hint: str = "", error: str = "", reason: str = ""
    ) -> LoginFailed:
        """A LoginFailed with secrets masked; the failure is a step too."""
        self.step(step, message, False)
        return LoginFailed(
            one_line(f"{step}: {self.secrets.masked(message)}"),
            hint=hint,
            reason=reason,
            step=step,
            error=error,
        )

    async def get(
        self, url: str, *, what: str, accept: str = "application/json", timeout: float | None = None
    ) -> Answer:
        """GET; redirects are followed within the origin. The body of an event stream is not read."""
        return await self._exchange("GET", url, what, timeout, {"Accept": accept, **_PROTOCOL})

    async def post_form(
        self,
        url: str,
        data: Mapping[str, str] | Iterable[tuple[str, str]],
        headers: Mapping[str, str] | None = None,
        *,
        what: str = "token",
        timeout: float | None = None,
    ) -> Answer:
        """POST a form. Its values are not taken for secrets: tell those to `secrets` before."""
        from urllib.parse import urlencode

        pairs = list(data.items() if hasattr(data, "items") else data)
        form = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        return await self._exchange(
            "POST", url, what, timeout, {**form, **(headers or {})}, urlencode(pairs).encode()
        )

    async def post_json(
        self,
        url: str,
        body: object,
        headers: Mapping[str, str] | None = None,
        *,
        what: str = "registration",
        timeout: float | None = None,
    ) -> Answer:
        """POST a JSON value."""
        kinds = {"Accept": "application/json", "Content-Type": "application/json"}
        content = json.dumps(body).encode()
        return await self._exchange("POST", url, what, timeout, {**kinds, **(headers or {})}, content)

    # Inside.

    async def _exchange(
        self,
        method: str,
        url: str,
        what: str,
        timeout: float | None,
        headers: Mapping[str, str],
        content: bytes | None = None,
    ) -> Answer:
        if timeout is None:
            timeout = DISCOVERY_SECONDS if method == "GET" else TOKEN_SECONDS
        shown = f"{method} {shown_url(url)}"
        try:
            client = await self._opened()
        except JackfieldError as error:
            self.step(what, f"{shown}: {error.message}", False)
            raise
        import httpx2

        try:
            async with asyncio.timeout(timeout):
                answer = await self._followed(client, method, url, headers, content)
        except TimeoutError:
            raise self.failure(what, f"{shown}: no answer within {timeout:g} s", reason="network") from None
        except _TooLong:
            raise self.failure(what, f"{shown}: the answer is longer than {MOST_BYTES >> 10} KiB") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
            failure = translate(error)
            passing = failure.reason if failure.reason == "network" else ""
            raise self.failure(
                what, f"{shown}: {failure.message}", hint=failure.hint, reason=passing
            ) from error
        kind = f", {answer.kind}" if answer.kind else ""
        self.step(what, f"{shown}: {answer.said}{kind}", _judged(answer.status))
        return answer

    async def _followed(
        self,
        client: httpx2.AsyncClient,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> Answer:
        for _ in range(_MAX_REDIRECTS + 1):
            request = client.build_request(
                method, url, headers=self._headers_for(url, headers), content=content
            )
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                following = response.next_request
                if method != "GET" or following is None or not at_home(request.url, following.url):
                    return await self._read(response)
            finally:
                await response.aclose()
            url = str(following.url)
        return Answer(url, response.status_code, response.headers)

    async def _read(self, response: httpx2.Response) -> Answer:
        answer = Answer(str(response.url), response.status_code, response.headers)
        if answer.kind == _STREAM:
            return answer
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise _TooLong
        return Answer(answer.url, answer.status, answer.headers, bytes(body))

    def _headers_for(self, url: str, headers: Mapping[str, str]) -> dict[bytes, bytes]:
        """The request's own headers, over the server's where it is the server's own origin."""
        given = {} if callable(self._headers) else self._headers
        mine = given if self._origin and origin(url) == self._origin else {}
        names = {name.lower() for name in headers}
        merged = {name: value for name, value in mine.items() if name.lower() not in names} | dict(headers)
        return {name.encode(): value.encode("latin-1", "replace") for name, value in merged.items()}

    async def _opened(self) -> httpx2.AsyncClient:
        if callable(self._headers):
            self._headers = await self._headers()
            self.secrets.learn(*(value for value in self._headers.values() if len(value) >= _LONG))
        if self._client is None:
            # Importing httpx2 and reading certificates take tens of milliseconds: not on the event loop.
            self._client = await asyncio.to_thread(self._made)
        return self._client

    def _made(self) -> httpx2.AsyncClient:
        import httpx2

        from services.web.proxies import client_options

        return httpx2.AsyncClient(
            headers={"User-Agent": USER_AGENT},
            timeout=None,  # the clock of each exchange stands around it
            **client_options(self._environ),
        )


class _TooLong(Exception):
    """An answer above the limit."""


def _judged(status: int) -> bool | None:
    return True if status < 300 else None if status < 500 else False

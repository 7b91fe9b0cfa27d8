"""The guarded server with a provider that may refuse, and a browser that agrees to everything."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit
from urllib.request import urlopen

from tests.servers.guarded import Guarded
from tests.servers.web_wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.web_wire import Request

__all__ = ("BROWSER", "LoginWorld", "in_thread", "leaks", "visit")

BROWSER: Final = f"{sys.executable} {Path(__file__).with_name('login_browser.py')} %s"
"""For the variable BROWSER: goes where it is sent, as somebody would who always agrees."""

_SECRET: Final = re.compile(r"(?:access|refresh)-\d+-token|code-\d+")


class LoginWorld(Guarded):
    """Proposes scopes, takes tokens back, and may refuse on its authorization page."""

    def __init__(self, *, scopes: tuple[str, ...] = ("read", "write"), **options: Any) -> None:
        super().__init__(**options)
        self.scopes = scopes
        self.refused_scopes: tuple[str, ...] = ()
        """Refused on the authorization page, though the metadata may propose them."""
        self.says_no = ""
        """The provider's words for a refusal; empty when it agrees."""

    @property
    def requests(self) -> list[Request]:
        """Everything that came."""
        return [*self.mcp.requests, *self.login.requests]

    def answer(self, url: str) -> str:
        """The address that a browser would end at which cannot reach the machine of the login."""
        return self._authorize(dict(parse_qsl(urlsplit(url).query))).headers["location"]

    def _guard(self, request: Request) -> Reply | None:
        reply = super()._guard(request)
        if reply is not None and reply.status == 200 and self.scopes:
            metadata = json.loads(reply.body) | {"scopes_supported": list(self.scopes)}
            return Reply(200, json.dumps(metadata).encode())
        return reply

    def _login(self, request: Request) -> Reply | None:
        if request.path == "/revoke":
            self.tokens.pop(parse_qs(request.body.decode())["token"][0], None)
        return super()._login(request)

    def _authorize(self, query: dict[str, str]) -> Reply:
        wanted = set(query.get("scope", "").split())
        error = "invalid_scope" if wanted & set(self.refused_scopes) else "access_denied" * bool(self.says_no)
        if not error:
            return super()._authorize(query)
        self.urls.append(query)
        back = {"error": error, "state": query["state"], "iss": self.issuer}
        back |= {"error_description": self.says_no} if self.says_no else {}
        return Reply(302, b"", {"location": f"{query['redirect_uri']}?{urlencode(back, quote_via=quote)}"})


def leaks(text: str | bytes) -> list[str]:
    """The tokens and codes of a guarded server that stand in a text."""
    return _SECRET.findall(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def visit(url: str) -> str:
    """Go to an authorization page as a browser does that agrees; the text of the page it ends at."""
    assert urlsplit(url).scheme == "http"
    try:
        with urlopen(url, timeout=10) as page:
            return str(page.read().decode())
    except OSError as error:
        return str(error)


@contextmanager
def in_thread(world: LoginWorld) -> Iterator[LoginWorld]:
    """Serve from a thread, for tests that have no loop of their own."""
    started, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        async with world:
            started.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(10)
        yield world
    finally:
        stop.set()
        thread.join(10)

"""A server with a login, a home to keep it in, and a browser that follows every redirect."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from services.credentials.store import CredentialStore
from services.oauth.credentials import KeptCredentials, usable
from services.oauth.http import OAuthHttp
from services.oauth.logins import Logins
from services.settings import ServerSettings
from tests.servers.guarded import Guarded
from tests.servers.web_wire import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from email.message import Message
    from pathlib import Path

    from services.oauth.credentials import Credentials
    from services.oauth.steps import Step
    from tests.servers.web_wire import Request

HTML = Reply(200, b"<html><title>Sign in</title></html>", {"content-type": "text/html"})


class Hang(Reply):
    """No answer as long as the test lasts."""

    async def send(self, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)


class Provider(Guarded):
    """The guarded server with answers that a test bends, by path."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: dict[str, Reply | Callable[[Request], Reply | None] | None] = {}
        """What is answered at a path, instead of what is right."""
        self.changes: dict[str, dict[str, Any]] = {}
        """Members of the JSON object at a path that are other ones; None takes one out."""
        self.requests: list[tuple[str, Request]] = []
        """`METHOD host-of-ours/path` of everything that came."""
        self.mcp.before = self._bent("mcp", self.mcp.before)
        self.login.before = self._bent("login", self.login.before)

    def paths(self, *but: str) -> list[str]:
        """What came in, as `GET mcp/path`; without what begins with one of `but`."""
        came = [f"{request.method} {who}{_path(request)}" for who, request in self.requests]
        return [path for path in came if not path.startswith(but)] if but else came

    def forms(self, path: str) -> list[dict[str, Any]]:
        """The JSON bodies that came to a path."""
        return [request.message for _, request in self.requests if _path(request) == path]

    def _bent(self, who: str, right: Any) -> Callable[[Request], Reply | None]:
        def before(request: Request) -> Reply | None:
            self.requests.append((who, request))
            path = _path(request)
            bent = self.answers.get(path)
            reply = bent(request) if callable(bent) else bent
            if reply is None:
                reply = right(request)
            if path in self.changes and reply is not None:
                members = {**json.loads(reply.body), **self.changes[path]}
                body = json.dumps({k: v for k, v in members.items() if v is not None}).encode()
                reply = replace(reply, body=body)
            return reply

        return before


def _path(request: Request) -> str:
    return request.path.partition("?")[0]


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows at the end of a journey."""

    status: int
    text: str
    headers: Message


@dataclass
class Browser:
    """Goes where it is sent, follows redirects, and keeps the last page of each journey."""

    pages: list[Page] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    async def __call__(self, url: str) -> None:
        self.urls.append(url)
        self.pages.append(await asyncio.to_thread(_visited, url))


def _visited(url: str) -> Page:
    # Not the library under test, whose log would then hold the browser's own requests.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=10) as answer:
            return Page(answer.status, answer.read().decode(), answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return Page(error.code, error.read().decode(), error.headers)


@dataclass
class Stage:
    """What a login needs, and what came of it."""

    provider: Provider
    home: Path
    settings: ServerSettings
    logins: Logins
    browser: Browser = field(default_factory=Browser)
    steps: list[Step] = field(default_factory=list)

    async def log_in(self, **options: Any) -> Credentials:
        """Log in with the browser of this stage, 5 s at most."""
        options = dict[str, Any](show=self.browser, open_browser=False, timeout=5.0) | options
        settings = options.pop("settings", self.settings)
        return await self.logins.log_in(settings, on_step=self.steps.append, **options)

    @property
    def kept(self) -> KeptCredentials:
        """What another process would see."""
        return KeptCredentials(CredentialStore(self.home, "file"))

    def http(self, **options: Any) -> OAuthHttp:
        """A client for single steps of a login."""
        options = dict[str, Any](environ={}, on_step=self.steps.append) | options
        return OAuthHttp(self.settings.url, **options)

    def told(self, what: str = "") -> list[str]:
        """The details of the steps of one kind, or of all."""
        return [step.detail for step in self.steps if what in ("", step.what)]


@asynccontextmanager
async def staged(home: Path, *, callback_port: int | None = None, **settings: Any) -> AsyncIterator[Stage]:
    """A stage whose server's table has these keys."""
    async with Provider() as provider:
        settings = {"transport": "http", "url": provider.url} | settings
        server = ServerSettings("guarded", **settings)
        logins = Logins(home, mode="file", callback_port=callback_port, environ={})
        yield Stage(provider, home, server, logins)


def has_login(logins: Logins, settings: ServerSettings) -> bool:
    """Whether a login is kept that can be used."""
    credentials = logins.kept.load(settings)
    return credentials is not None and usable(credentials, logins.kept.now_ms())

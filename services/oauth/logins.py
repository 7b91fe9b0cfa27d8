"""All logins of one home: the front of this room, for the connections, the session and the shell."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from services.errors import LoginFailed
from services.oauth.credentials import KeptCredentials, usable
from services.oauth.locking import held
from services.oauth.revocation import LoggedOut
from services.oauth.status import AuthStatus, Statuses, configured_token, gets_tokens_by_itself
from services.oauth.steps import nobody

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from pathlib import Path

    from services.credentials.store import CredentialStore, Mode
    from services.oauth.challenge import Challenge
    from services.oauth.credentials import Credentials
    from services.oauth.http import OAuthHttp
    from services.oauth.provider import Authorization
    from services.oauth.steps import OnStep
    from services.settings import Configuration, ServerSettings

__all__ = ("LoggedOut", "Logins", "Notes")


class Notes(Protocol):
    """The part of a server's trace that a login writes to (`services.trace.trace.Trace`)."""

    redactor: Any

    def note(self, kind: str, text: str, detail: object = None) -> None:
        """A step of a login."""


class Logins:
    """Logs in and out, tells who is logged in, and authorizes the requests of connections."""

    def __init__(
        self,
        home: Path,
        *,
        mode: Mode = "auto",
        callback_port: int | None = None,
        callback_url: str | None = None,
        environ: Mapping[str, str] = os.environ,
        store: CredentialStore | None = None,
        clock: Callable[[], float] = time.time,
        refuses: str = "",
    ) -> None:
        self._refuses = refuses
        self._home, self._mode, self._store = home, mode, store
        self._callback_port, self._callback_url = callback_port, callback_url
        self._environ, self._clock = environ, clock
        self._ports: dict[int, asyncio.Lock] = {}
        self._statuses = Statuses(lambda: self.kept, self._http, clock)

    @classmethod
    def of(cls, home: Path, configuration: Configuration, environ: Mapping[str, str] = os.environ) -> Logins:
        """The logins as the configuration wants them."""
        return cls(
            home,
            mode=configuration.credentials_store,
            callback_port=configuration.callback_port,
            callback_url=configuration.callback_url,
            environ=environ,
            refuses=configuration.login_trouble,
        )

    @cached_property
    def kept(self) -> KeptCredentials:
        """The store's view; blocking, like everything in it."""
        from services.credentials.store import CredentialStore

        store = self._store or CredentialStore(self._home, self._mode, refuses=self._refuses)
        return KeptCredentials(store, self._clock)

    # For connections.

    def usable_token(self, settings: ServerSettings) -> str | None:
        """The access token of the login that is kept, as far as that is of use; blocking."""
        credentials = self.kept.load(settings)
        if credentials is None or not usable(credentials, self.kept.now_ms()):
            return None
        return credentials.access_token

    def auth_for(
        self,
        settings: ServerSettings,
        *,
        trace: Notes | None = None,
        on_step: OnStep | None = None,
        on_challenge: Callable[[Challenge], None] | None = None,
    ) -> Authorization | None:
        """What authorizes the requests of one connection; None where the configuration has a token, or stdio.

        Steps go to `on_step`, else into the trace; its redactor learns the secrets in any case.
        Imports httpx2: not before the first paint.
        """
        if settings.transport == "stdio" or configured_token(settings):
            return None
        from services.oauth.provider import authorization_for

        hear = _hear(trace, on_step)
        mask = trace.redactor.learn_passing if trace is not None else None
        return authorization_for(
            settings,
            self.kept,
            lambda: self._http(settings, hear, mask),
            environ=self._environ,
            clock=self._clock,
            learn=None if mask is None else lambda credentials: mask(credentials.secrets),
            on_challenge=on_challenge,
        )

    # For the person.

    async def log_in(
        self,
        settings: ServerSettings,
        *,
        scopes: Iterable[str] | None = None,
        show: Callable[[str], Awaitable[None] | None],
        paste: Callable[[], Awaitable[str]] | None = None,
        open_browser: bool = True,
        challenge: Challenge | None = None,
        on_step: OnStep | None = None,
        timeout: float | None = None,
    ) -> Credentials:
        """Log in to a server, and keep the credentials; see `services.oauth.flow.log_in`.

        A server whose tokens need no person gets one now. Raises JackfieldError: LoginFailed for
        what went wrong with a provider.
        """
        from services.web.headers import guard_token

        _check_login(settings)
        self.kept.check_writes()
        guard_token(settings)
        # Tens of milliseconds: not on the event loop.
        await asyncio.to_thread(import_module, "services.oauth.flow")
        from services.oauth.flow import SECONDS, LoginOptions, log_in

        said = None if scopes is None else tuple(scopes)
        self._statuses.forget(settings)
        async with self._http(settings, on_step or nobody) as http:
            if gets_tokens_by_itself(settings):
                return await self._obtained(settings, http, said, challenge)
            options = LoginOptions(
                scopes=said,
                callback_port=self._callback_port,
                callback_url=self._callback_url,
                timeout=SECONDS if timeout is None else timeout,
                challenge=challenge,
                open_browser=open_browser,
            )
            async with self._port(settings, http):
                return await log_in(
                    settings,
                    options,
                    kept=self.kept,
                    http=http,
                    show=show,
                    paste=paste,
                    assertion=_assertion(settings, self._environ),
                    environ=self._environ,
                    clock=self._clock,
                )

    async def log_out(self, settings: ServerSettings, *, on_step: OnStep | None = None) -> LoggedOut:
        """End a login at the provider where it offers that, and forget it in any case.

        Raises CredentialsError when it cannot be forgotten.
        """
        from services.oauth.revocation import log_out

        self._statuses.forget(settings)
        async with self._http(settings, on_step or nobody) as http:
            return await log_out(settings, self.kept, http, _assertion(settings, self._environ))

    async def status(self, settings: ServerSettings) -> AuthStatus:
        """The auth status of a server; probes take 5 s at most, and are not repeated for some minutes."""
        return await self._statuses.of(settings)

    async def statuses(self, servers: Iterable[ServerSettings]) -> dict[str, AuthStatus]:
        """The auth status of each server by name, all asked side by side."""
        wanted = tuple(servers)
        found = await asyncio.gather(*map(self.status, wanted))
        return {settings.name: status for settings, status in zip(wanted, found, strict=True)}

    # Inside.

    def _http(
        self,
        settings: ServerSettings,
        on_step: OnStep = nobody,
        on_secret: Callable[[list[str]], None] | None = None,
    ) -> OAuthHttp:
        from services.oauth.http import OAuthHttp

        async def headers() -> Mapping[str, str]:
            from services.processes.environment import child_environment
            from services.web.headers import guard_token, resolve_headers, run_headers_helper

            found = resolve_headers(replace(settings, bearer_token_env_var=None), self._environ)
            if settings.http_headers_helper:
                environment = child_environment(settings, self._environ, sys.platform)
                found |= await run_headers_helper(settings.http_headers_helper, environment)
                guard_token(settings, found)
            return found

        return OAuthHttp(settings.url, headers, environ=self._environ, on_step=on_step, on_secret=on_secret)

    def _port(self, settings: ServerSettings, http: OAuthHttp) -> _Turn:
        """Logins that must use the same port take turns."""
        from services.oauth.redirect import redirect_for

        port = redirect_for(settings, self._callback_port, self._callback_url).port
        return _Turn(self._ports.setdefault(port, asyncio.Lock()) if port else None, port, http)

    async def _obtained(
        self,
        settings: ServerSettings,
        http: OAuthHttp,
        scopes: tuple[str, ...] | None,
        challenge: Challenge | None,
    ) -> Credentials:
        from services.oauth.discovery import find_challenge
        from services.oauth.grants import Grants

        if challenge is None:
            _, challenge = await find_challenge(http, settings.url)
        grants = Grants(settings, lambda: http, self._environ, self._clock)
        credentials = await grants.obtain(challenge, scopes)
        async with held(self.kept, settings):
            await asyncio.to_thread(self.kept.save, settings, credentials)
        http.step("stored", f"in {self.kept.where}", True)
        return credentials


class _Turn:
    """Waits for the lock of a fixed port; does nothing where the system chooses the port."""

    def __init__(self, lock: asyncio.Lock | None, port: int, http: OAuthHttp) -> None:
        self._lock, self._where, self._http = lock, port, http

    async def __aenter__(self) -> None:
        if self._lock is not None:
            if self._lock.locked():
                self._http.step("callback", f"waiting for another login that uses port {self._where}")
            await self._lock.acquire()

    async def __aexit__(self, *_: object) -> None:
        if self._lock is not None:
            self._lock.release()


def _check_login(settings: ServerSettings) -> None:
    name = settings.shown_name
    if settings.invalid:
        raise LoginFailed(f"{name} is not configured right: {settings.invalid}", hint=settings.hint)
    if settings.transport == "stdio":
        raise LoginFailed(f"{name} is a program: it takes no login", hint="Programs get env and env_vars.")
    if configured_token(settings):
        raise LoginFailed(
            f"{name} has a token in its configuration, which is used instead of a login",
            hint="Remove bearer_token_env_var and the Authorization header to log in.",
        )


def _assertion(settings: ServerSettings, environ: Mapping[str, str]) -> Callable[[str], str] | None:
    from services.oauth.assertions import assertion_for

    return assertion_for(settings, environ)


def _hear(trace: Notes | None, on_step: OnStep | None) -> OnStep:
    if on_step is not None or trace is None:
        return on_step or nobody
    return lambda step: trace.note("login", f"{step.what}: {step.detail}")

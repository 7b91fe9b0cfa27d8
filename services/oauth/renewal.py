"""The credentials of one server, kept usable: read from the store, renewed ahead, once at a time.

A renewal runs in a task of its own, which nobody's cancelled call takes down: a refresh token that was
spent and whose successor was never stored would be lost. Across processes the store's lock is held
around it, and the store read again first: what another process brought is used, not renewed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.errors import ConnectionFailed, CredentialsError, JackfieldError, LoginFailed, LoginNeeded
from services.oauth.credentials import ending
from services.oauth.locking import held
from services.oauth.tokens import TokenRefused
from services.remedies import LogIn
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.oauth.credentials import Credentials, KeptCredentials
    from services.oauth.discovery import Challenge
    from services.oauth.grants import Grants
    from services.settings import ServerSettings

__all__ = ("Renewal",)

_REST: Final = 5.0
"""Seconds after a renewal in vain during which a token that still holds is used as it is."""
_GOODBYE: Final = 3.0
"""Seconds that the end of a connection waits for a renewal under way."""


class Renewal:
    """What requests to one server are authorized with; `made` counts the tokens this object obtained."""

    def __init__(
        self,
        settings: ServerSettings,
        kept: KeptCredentials,
        grants: Grants,
        *,
        clock: Callable[[], float] = time.time,
        learn: Callable[[Credentials], None] | None = None,
    ) -> None:
        self._settings = settings
        self._kept = kept
        self._grants = grants
        self._clock = clock
        self._learn = learn
        self._read = False
        self._latest: Credentials | None = None
        self._task: asyncio.Task[Credentials | None] | None = None
        self._failed_at = -_REST
        self._refusal: tuple[str, TokenRefused] | None = None
        """The refresh token that was refused, and how."""
        self.made = 0

    @property
    def latest(self) -> Credentials | None:
        """The credentials used last; None when there is no login."""
        return self._latest

    @property
    def is_running(self) -> bool:
        """Whether a renewal is under way."""
        return self._task is not None and not self._task.done()

    async def current(self) -> Credentials | None:
        """The credentials for a request about to go out, renewed where it is time; None without a login.

        A renewal that fails is no matter while the token holds; after that its error is raised.
        """
        if not self._read:
            self._take(await asyncio.to_thread(self._kept.load, self._settings))
        latest = self._latest
        if latest is None or not self._renewable(latest) or not ending(latest, self._now):
            return latest
        holds = latest.expires_at is not None and latest.expires_at > self._now
        if holds and time.monotonic() - self._failed_at < _REST:
            return latest
        try:
            return await self._alone(latest)
        except JackfieldError:
            self._failed_at = time.monotonic()
            if not holds:
                raise
            return self._latest

    async def after_refusal(
        self, refused: Credentials | None, challenge: Challenge, scopes: tuple[str, ...] | None = None
    ) -> Credentials | None:
        """Other credentials than those that the server refused; None when only a person can bring them.

        `scopes`: those that the new ones must have, for logins without a person.
        """
        latest = self._latest
        if latest is not None and (refused is None or latest.access_token != refused.access_token):
            return latest
        if refused is None and not self._grants.unattended:
            self._read = False  # another process may have logged in meanwhile
            return await self.current()
        return await self._alone(refused, challenge, scopes)

    async def is_outdated(self) -> bool:
        """Whether the store has another login now than requests are sent with, or none any more."""
        await self.close()
        if not self._read:
            return False
        try:
            stored = await asyncio.to_thread(self._kept.load, self._settings)
        except CredentialsError:  # a new connection says it
            return True
        return _token(stored) != _token(self._latest)

    async def close(self) -> None:
        """Let a renewal under way come to its end, so that no refresh token is lost."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_GOODBYE)

    # Inside.

    @property
    def _now(self) -> int:
        return int(self._clock() * 1000)

    def _renewable(self, credentials: Credentials) -> bool:
        return self._grants.unattended or credentials.refresh_token is not None

    def _take(self, credentials: Credentials | None) -> None:
        self._read, self._latest = True, credentials
        if credentials is not None and self._learn is not None:
            self._learn(credentials)

    async def _alone(
        self,
        old: Credentials | None,
        challenge: Challenge | None = None,
        scopes: tuple[str, ...] | None = None,
    ) -> Credentials | None:
        """Renew, or wait for the renewal under way; cancelling the wait cancels nothing."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(
                self._renew(old, challenge, scopes), name=f"renew {self._settings.name}"
            )
            self._task.add_done_callback(_heard)
        return await asyncio.shield(self._task)

    async def _renew(
        self, old: Credentials | None, challenge: Challenge | None, scopes: tuple[str, ...] | None
    ) -> Credentials | None:
        async with held(self._kept, self._settings):
            stored = await asyncio.to_thread(self._kept.load, self._settings)
            if stored is not None and self._newer(stored, old, scopes):
                self._take(stored)
                return stored
            if stored is None and not self._grants.unattended:
                self._take(None)  # it was logged out meanwhile
                return None
            self._kept.check_writes()  # a refresh token that is replaced, and not kept, is lost
            fresh = await self._obtained(stored, challenge, scopes)
            if fresh is not None:
                self.made += 1
                try:
                    await asyncio.to_thread(self._kept.save, self._settings, fresh)
                finally:  # a store that fails must not cost the token
                    self._take(fresh)
            return fresh

    def _newer(self, stored: Credentials, old: Credentials | None, scopes: tuple[str, ...] | None) -> bool:
        """Whether the store has what is wanted already, brought by another process or by a login."""
        if old is not None and stored.access_token == old.access_token:
            return False
        return set(scopes or ()) <= set(stored.scopes) and not ending(stored, self._now)

    async def _obtained(
        self, stored: Credentials | None, challenge: Challenge | None, scopes: tuple[str, ...] | None
    ) -> Credentials | None:
        if self._grants.unattended:
            return await self._grants.obtain(challenge, scopes)
        if stored is None or stored.refresh_token is None:
            return None
        if self._refusal is not None and self._refusal[0] == stored.refresh_token:
            raise _ended(self._settings.name, self._refusal[1])  # asked once on one connection
        try:
            return await self._grants.refresh(stored)
        except TokenRefused as refusal:
            if refusal.is_passing:
                raise _not_now(self._settings.name, refusal) from refusal
            self._refusal = (stored.refresh_token, refusal)
            rest = _rest(stored, refusal)
            await asyncio.to_thread(self._kept.save, self._settings, rest)
            self._take(rest)
            raise _ended(self._settings.name, refusal) from refusal
        except LoginFailed as failure:
            raise _not_now(self._settings.name, failure) from failure


def _token(credentials: Credentials | None) -> str | None:
    return credentials.access_token if credentials is not None else None


def _rest(stored: Credentials, refusal: TokenRefused) -> Credentials:
    """What is left of a login after a refusal."""
    if refusal.error == "invalid_grant":
        return replace(stored, refresh_token=None)
    if refusal.error in ("invalid_client", "unauthorized_client") and stored.registration:
        # The provider has forgotten the client that it registered: the next login registers anew.
        return replace(stored, refresh_token=None, registration={})
    # It did not say that the token is worth nothing: another start tries once more.
    return replace(stored, refresh_refused=True)


def _heard(task: asyncio.Task[Credentials | None]) -> None:
    """The failure of a renewal is the waiters' matter; it is no news when they are all gone."""
    if not task.cancelled():
        task.exception()


def _ended(server: str, refusal: TokenRefused) -> LoginNeeded:
    name = one_line(server, 80)
    return LoginNeeded(
        f"The login at the {name} MCP server has ended: {refusal.message}", remedy=LogIn(server)
    )


def _not_now(server: str, refusal: LoginFailed) -> JackfieldError:
    return ConnectionFailed(
        f"the login at {one_line(server, 80)} cannot be renewed now: {refusal.message}", reason="network"
    )

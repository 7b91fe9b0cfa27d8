"""What a connection knows of its server's login: what is sent along, what was asked for, how it stands."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.error_translation import translating
from services.oauth.status import configured_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.credentials import Credentials
    from services.oauth.discovery import Challenge
    from services.oauth.logins import Logins
    from services.oauth.provider import Authorization
    from services.oauth.status import AuthValue
    from services.oauth.steps import Step
    from services.settings import ServerSettings
    from services.trace.trace import Trace

__all__ = ("LoginState", "status_at_rest")


class LoginState:
    """The login of one connection's server; it outlives the attempts to connect."""

    def __init__(self, logins: Logins | None, trace: Trace) -> None:
        self._logins = logins
        self._trace = trace
        self._authorization: Authorization | None = None
        self._token_given = False
        self.challenge: Challenge | None = None
        """What the server asked for when it last refused something; the next login answers it."""

    async def authorization(
        self, settings: ServerSettings, headers: Mapping[str, str]
    ) -> Authorization | None:
        """What authorizes the requests of a new attempt; None where a token is configured."""
        self._authorization = None
        self._token_given = any(name.lower() == "authorization" for name in headers)
        if self._logins is None or self._token_given:
            return None
        with translating():
            self._authorization = await asyncio.to_thread(
                self._logins.auth_for,
                settings,
                trace=self._trace,
                on_step=self.step,
                on_challenge=self._challenged,
            )
        return self._authorization

    def step(self, step: Step) -> None:
        """A step of a login or of a renewal goes into the server's trace."""
        told = f"{step.what}: {step.detail}" if step.detail else step.what
        self._trace.note("login", told, None if step.ok is None else {"ok": step.ok})

    def learn(self, credentials: Credentials) -> None:
        """The secrets of a login are masked from here on."""
        self._trace.redactor.learn_passing(credentials.secrets)

    def status(self, settings: ServerSettings) -> AuthValue:
        """How a server stands that has just become ready."""
        if settings.transport != "stdio" and self._token_given:
            return "bearer_token"
        status = status_at_rest(settings)
        if status != "unknown":
            return status
        return "oauth" if self._authorization is not None and self._authorization.used else "unsupported"

    async def probed(self, settings: ServerSettings) -> AuthValue | None:
        """How a server stands that works without a login, which it may offer; None for others."""
        if self._logins is None or self._authorization is None or self._authorization.used:
            return None
        return (await self._logins.status(settings)).value

    async def is_outdated(self) -> bool:
        """Whether another login is kept now than the one of the connection, or none any more."""
        return self._authorization is not None and await self._authorization.is_outdated()

    def _challenged(self, challenge: Challenge) -> None:
        self.challenge = challenge


def status_at_rest(settings: ServerSettings) -> AuthValue:
    """What a table alone says about a server's authentication."""
    if settings.transport == "stdio":
        return "unsupported"
    return "bearer_token" if configured_token(settings) else "unknown"

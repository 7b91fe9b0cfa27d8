"""Whether a server is logged in to, or wants to be: from what is there, else by asking it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.errors import JackfieldError
from services.oauth.credentials import account_of, usable
from services.web.headers import basic_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.oauth.credentials import KeptCredentials
    from services.oauth.http import OAuthHttp
    from services.settings import ServerSettings

__all__ = (
    "SECONDS",
    "AuthStatus",
    "AuthValue",
    "Statuses",
    "auth_status",
    "configured_token",
    "gets_tokens_by_itself",
)

AuthValue = Literal["unsupported", "not_logged_in", "bearer_token", "oauth", "unknown"]
"""As `auth_status` in `mcp list --json`."""

SECONDS: Final = 5.0
_KNOWN_SECONDS: Final = 300.0
_UNKNOWN_SECONDS: Final = 30.0
"""How long what a server said, or did not say, is taken for the truth."""


@dataclass(frozen=True, slots=True)
class AuthStatus:
    """The auth status of a server, and why it is not known where it is not."""

    value: AuthValue
    reason: str = ""
    """One printable line; empty but for `unknown`."""


class Statuses:
    """The auth status of servers, not asked again for some minutes."""

    def __init__(
        self,
        kept: Callable[[], KeptCredentials],
        http_factory: Callable[[ServerSettings], OAuthHttp],
        clock: Callable[[], float],
    ) -> None:
        self._kept, self._http_factory, self._clock = kept, http_factory, clock
        self._probed: dict[str, _Probe] = {}

    async def of(self, settings: ServerSettings) -> AuthStatus:
        """The status of one server; a login that another process brought is seen at once."""
        account, kept = account_of(settings), self._kept()
        probe = self._probed.get(account)
        if probe is not None and probe.holds_for(settings):
            try:
                credentials = await asyncio.to_thread(kept.load, settings)
            except JackfieldError:
                credentials = None
            if credentials is None or not usable(credentials, kept.now_ms()):
                return probe.status
        status = await auth_status(settings, kept, self._http_factory, clock=self._clock)
        if status.value in ("not_logged_in", "unsupported", "unknown"):
            seconds = _UNKNOWN_SECONDS if status.value == "unknown" else _KNOWN_SECONDS
            self._probed[account] = _Probe(settings, status, time.monotonic() + seconds)
        return status

    def forget(self, settings: ServerSettings) -> None:
        """Ask the server again next time."""
        self._probed.pop(account_of(settings), None)


@dataclass(frozen=True, slots=True)
class _Probe:
    settings: ServerSettings
    status: AuthStatus
    until: float

    def holds_for(self, settings: ServerSettings) -> bool:
        return time.monotonic() < self.until and settings == self.settings


async def auth_status(
    settings: ServerSettings,
    kept: KeptCredentials,
    http_factory: Callable[[ServerSettings], OAuthHttp],
    *,
    clock: Callable[[], float] = time.time,
    timeout: float | None = None,
) -> AuthStatus:
    """The status of one server: without network where the configuration or the store tells it."""
    if settings.transport == "stdio" or settings.invalid:
        return AuthStatus("unsupported")
    if configured_token(settings):
        return AuthStatus("bearer_token")
    if gets_tokens_by_itself(settings):
        return AuthStatus("oauth")
    try:
        credentials = await asyncio.to_thread(kept.load, settings)
    except JackfieldError as error:
        return AuthStatus("unknown", error.message)
    if credentials is not None and usable(credentials, int(clock() * 1000)):
        return AuthStatus("oauth")
    if not settings.enabled:
        return AuthStatus("unsupported")  # as Codex says of what is switched off
    return await _asked(settings, http_factory, SECONDS if timeout is None else timeout)


def configured_token(settings: ServerSettings) -> bool:
    """Whether the configuration gives the server an Authorization: a token, a header, the URL's own."""
    names = {name.lower() for name in (*settings.http_headers, *settings.env_http_headers)}
    given = settings.bearer_token_env_var is not None or "authorization" in names
    return given or bool(basic_of(settings.url))


def gets_tokens_by_itself(settings: ServerSettings) -> bool:
    """Whether tokens need no person (`oauth.grant`)."""
    return settings.oauth.get("grant", "authorization_code") != "authorization_code"


async def _asked(
    settings: ServerSettings, http_factory: Callable[[ServerSettings], OAuthHttp], timeout: float
) -> AuthStatus:
    try:
        async with asyncio.timeout(timeout):
            return await _probed(settings, http_factory)
    except TimeoutError:
        return AuthStatus("unknown", f"no answer within {timeout:g} s")
    except JackfieldError as error:
        return AuthStatus("unknown", error.message)


async def _probed(
    settings: ServerSettings, http_factory: Callable[[ServerSettings], OAuthHttp]
) -> AuthStatus:
    from services.oauth.discovery import discover, find_challenge
    from services.oauth.trust import Trust

    async with http_factory(settings) as http:
        status, challenge = await find_challenge(http, settings.url)
        discovery = await discover(http, settings.url, challenge, trust=Trust.of(settings))
    if discovery.found:
        return AuthStatus("not_logged_in")
    if status == 401:
        return AuthStatus("unknown", "the server answers 401, but publishes nothing about a login")
    if status >= 500 or status == 429:
        return AuthStatus("unknown", f"the server answers HTTP {status}")
    return AuthStatus("unsupported")

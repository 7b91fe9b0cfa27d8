"""The requests of one server, authorized: the token attached, renewed, proven, and asked for anew.

The token goes to the server's own origin and nowhere else. A 401 costs one renewal and one more
request; a wish for another nonce one more request; what is left then is for the person.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Final

import httpx2

from services.errors import ConnectionFailed, JackfieldError, LoginNeeded, ScopesNeeded
from services.oauth.discovery import Challenge
from services.oauth.dpop import DpopKey, Nonces, Proofs, wants_nonce
from services.oauth.grants import Grants
from services.oauth.renewal import Renewal
from services.remedies import LogIn
from services.text import one_line
from services.web.body_streams import pass_through
from services.web.headers import guard_token
from services.web.origins import at_home

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from services.oauth.credentials import Credentials, KeptCredentials
    from services.oauth.http import OAuthHttp
    from services.settings import ServerSettings

__all__ = ("Authorization", "authorization_for")

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_MOST_OF_A_REFUSAL: Final = 1 << 20


class Authorization(httpx2.Auth):
    """What one connection's HTTP client asks for each request.

    `on_challenge` hears what the server asks for where that is left to a login.
    """

    def __init__(
        self,
        settings: ServerSettings,
        renewal: Renewal,
        *,
        unattended: bool = False,
        on_challenge: Callable[[Challenge], None] | None = None,
    ) -> None:
        self._settings = settings
        self._server, self._name = settings.name, settings.shown_name
        self._url = httpx2.URL(settings.url)
        self._renewal = renewal
        self._unattended = unattended
        self._on_challenge = on_challenge
        self._nonces = Nonces()
        self._proofs: Proofs | None = None
        self._proofs_of = ""

    @property
    def url(self) -> httpx2.URL:
        """The server whose requests are authorized."""
        return self._url

    @property
    def used(self) -> bool:
        """Whether a login goes with the requests."""
        return self._renewal.latest is not None

    @property
    def is_renewing(self) -> bool:
        """Whether the provider is being asked for a token."""
        return self._renewal.is_running

    async def is_outdated(self) -> bool:
        """Whether another login is kept now than the one that goes with the requests."""
        return await self._renewal.is_outdated()

    async def close(self) -> None:
        """Let a renewal under way come to its end."""
        await self._renewal.close()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        if not at_home(self._url, request.url):
            yield request
            return
        made = self._renewal.made
        credentials = await self._renewal.current()
        renewed = self._renewal.made != made
        proven = False
        while True:
            nonce = self._nonces.get(str(request.url))
            await self._prepare(credentials)
            response = yield self._authorized(request, credentials)
            self._nonces.learn(str(request.url), response.headers)
            if response.status_code not in (_UNAUTHORIZED, _FORBIDDEN):
                return
            pass_through(response, _beginning)
            # Compared with what was sent: a request beside this one may have learnt the new one first.
            fresh = self._nonces.get(str(request.url)) != nonce
            if fresh and not proven and wants_nonce(response.headers.get("www-authenticate", "")):
                proven = True
                continue
            following = await self._following(response, credentials, renewed)
            if following is None:
                return
            credentials, renewed, proven = following, True, False

    async def _following(
        self, response: httpx2.Response, credentials: Credentials | None, renewed: bool
    ) -> Credentials | None:
        """The credentials to try once more with after a refusal; None when the refusal stands."""
        challenge = Challenge.of(response.headers) or Challenge()
        if response.status_code == _UNAUTHORIZED:
            other = None if renewed else await self._renewal.after_refusal(credentials, challenge)
            if other is None:
                self._tell(challenge)
            return other
        if challenge.error != "insufficient_scope" or credentials is None:
            return None
        self._tell(challenge)
        wanted = self._missing(challenge, credentials)
        if not self._unattended:
            raise self._scopes_needed(wanted)
        return None if renewed else await self._renewal.after_refusal(credentials, challenge, wanted)

    def _tell(self, challenge: Challenge) -> None:
        if self._on_challenge is not None:
            self._on_challenge(challenge)

    # What a request carries.

    def _authorized(self, request: httpx2.Request, credentials: Credentials | None) -> httpx2.Request:
        if credentials is None:
            return request
        guard_token(self._settings)
        token = credentials.access_token
        proofs = self._proofs if _is_bound(credentials) else None
        if proofs is None:
            request.headers["Authorization"] = f"Bearer {token}"
        else:
            request.headers["Authorization"] = f"DPoP {token}"
            request.headers["DPoP"] = proofs.header(request.method, str(request.url), token)
        return request

    async def _prepare(self, credentials: Credentials | None) -> None:
        """Have a prover for a token that is bound to a key; the first one costs 70 ms, in a thread."""
        if credentials is None or not _is_bound(credentials) or self._proofs_of == credentials.dpop_key:
            return
        assert credentials.dpop_key is not None
        key = await asyncio.to_thread(_ready_key, credentials.dpop_key)
        self._proofs, self._proofs_of = Proofs(key, self._nonces), credentials.dpop_key

    # What is said when that does not do.

    def login_needed(self, cause: str) -> JackfieldError:
        """The error for a server that answers 401 whatever we have; `cause` is its refusal."""
        if self._unattended:
            return ConnectionFailed(
                f"the server does not accept the token it was given ({cause})", reason="login"
            )
        if not self.used:
            return LoginNeeded(f"The {self._name} MCP server is not logged in.", remedy=self._remedy)
        return LoginNeeded(
            f"The {self._name} MCP server no longer accepts its login ({cause}).", remedy=self._remedy
        )

    @property
    def _remedy(self) -> LogIn:
        return LogIn(self._server)

    def _missing(self, challenge: Challenge, credentials: Credentials) -> tuple[str, ...]:
        """The scopes of a login that would do: those there are, and those asked for."""
        had = credentials.scopes
        asked = tuple((challenge.scope or "").split())
        if not asked:
            raise ConnectionFailed(
                "the server wants more scopes than the login has, and does not say which",
                remedy=LogIn(self._server, unnamed=True),
                reason="scope",
            )
        if set(asked) <= set(had):  # another login would bring the same again
            named = one_line(" ".join(asked), 300)
            raise ConnectionFailed(
                f"the server wants the scopes {named}, which the login has already", reason="scope"
            )
        return tuple(dict.fromkeys((*had, *asked)))

    def _scopes_needed(self, wanted: tuple[str, ...]) -> ScopesNeeded:
        scopes = one_line(" ".join(wanted), 300)
        return ScopesNeeded(
            f"The login at the {self._name} MCP server does not cover this: it needs the scopes {scopes}.",
            scopes=wanted,
            remedy=LogIn(self._server, wanted),
        )


def authorization_for(
    settings: ServerSettings,
    kept: KeptCredentials,
    open_http: Callable[[], OAuthHttp],
    *,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
    learn: Callable[[Credentials], None] | None = None,
    on_challenge: Callable[[Challenge], None] | None = None,
) -> Authorization:
    """The authorization of one connection of a server without a configured token.

    `open_http` makes the client of each token request; `learn` hears of credentials before they are used.
    """
    grants = Grants(settings, open_http, environ, clock)
    renewal = Renewal(settings, kept, grants, clock=clock, learn=learn)
    return Authorization(settings, renewal, unattended=grants.unattended, on_challenge=on_challenge)


def _is_bound(credentials: Credentials) -> bool:
    """Whether the token is good only with proofs of its key; else whoever has it may use it."""
    return credentials.dpop_key is not None and credentials.token_type.lower() == "dpop"


def _ready_key(jwk: str) -> DpopKey:
    """The key, with all loaded that its first proof needs."""
    key = DpopKey.from_jwk(jwk)
    key.proof("GET", "https://localhost/")
    return key


async def _beginning(body: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """What a refusal may say: it is read whole before the request is sent again."""
    seen = 0
    async for chunk in body:
        seen += len(chunk)
        yield chunk
        if seen > _MOST_OF_A_REFUSAL:
            return

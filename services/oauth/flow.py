"""Logging in with a person: the authorization code flow with PKCE (OAuth 2.1).

Challenge, metadata, listener, client, browser, answer, token, store: each is a step, and each
that fails says so as LoginFailed. Nothing is kept before all of it has succeeded.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from services.errors import JackfieldError, LoginFailed
from services.oauth.attempt import Attempt
from services.oauth.authorization_endpoint import is_forgotten, refusal, still_known
from services.oauth.callback import CallbackListener
from services.oauth.code_flow import check_code_flow
from services.oauth.credentials import Credentials
from services.oauth.discovery import GUESSED, Discovery, discover, find_challenge, resource_of
from services.oauth.journey import Journey
from services.oauth.locking import held
from services.oauth.redirect import redirect_for
from services.oauth.registration import client_for, registered_redirect, without_registration
from services.oauth.scopes import WantedScopes, wanted_scopes
from services.oauth.steps import shown_url
from services.oauth.tokens import credentials_from, request_token
from services.oauth.trust import Trust

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.oauth.challenge import Challenge
    from services.oauth.client import Assertion, ClientIdentity
    from services.oauth.credentials import KeptCredentials
    from services.oauth.dpop import Proofs
    from services.oauth.http import OAuthHttp
    from services.settings import ServerSettings

__all__ = ("SECONDS", "LoginOptions", "log_in")

SECONDS: Final = 300.0
"""How long the person has."""


@dataclass(frozen=True, slots=True)
class LoginOptions:
    """What a login is asked to be."""

    scopes: tuple[str, ...] | None = None
    """Those to ask for; None leaves it to the configuration and the server."""
    callback_port: int | None = None
    callback_url: str | None = None
    timeout: float = SECONDS
    challenge: Challenge | None = None
    """What the server said when it refused; else it is asked."""
    open_browser: bool = True


async def log_in(
    settings: ServerSettings,
    options: LoginOptions,
    *,
    kept: KeptCredentials,
    http: OAuthHttp,
    show: Callable[[str], Awaitable[None] | None],
    paste: Callable[[], Awaitable[str]] | None = None,
    assertion: Assertion | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Callable[[], float] = time.time,
) -> Credentials:
    """Log in to a server and keep the credentials.

    `show` gets the authorization URL, whether or not a browser is opened; `paste` may bring the
    callback URL or a bare code, and loses against the listener where that is faster (an empty text
    leaves it to the listener). May be cancelled at any time. Raises LoginFailed, CredentialsError,
    MissingVariable, ConfigurationError.
    """
    journey = Journey(http, show, paste, options.open_browser, environ)
    return await _Login(settings, options, kept, http, journey, assertion, environ, clock).run()


@dataclass(frozen=True, slots=True)
class _Login:
    settings: ServerSettings
    options: LoginOptions
    kept: KeptCredentials
    http: OAuthHttp
    journey: Journey
    assertion: Assertion | None
    environ: Mapping[str, str]
    clock: Callable[[], float]

    async def run(self) -> Credentials:
        settings, options, http = self.settings, self.options, self.http
        previous = await asyncio.to_thread(self.kept.load, settings)
        discovery = await self._discovered()
        wanted = wanted_scopes(
            options.scopes,
            settings.scopes,
            discovery.challenge,
            discovery,
            previous.scopes if previous is not None else (),
        )
        http.step("scopes", f"{wanted.parameter or '(none)'}: {wanted.source}")
        try:
            return await self._authorized(discovery, wanted, previous)
        except LoginFailed as failure:
            failure.discovered_scopes = bool(wanted.is_discovered and wanted.scopes and failure.error)
            if discovery.server_metadata is None:
                told = f"The server publishes no metadata: {GUESSED}."
                raise failure.with_hint(f"{told} {failure.hint}".rstrip()) from failure
            raise

    async def _discovered(self) -> Discovery:
        url, challenge = self.settings.url, self.options.challenge
        status = 401
        if challenge is None:
            status, challenge = await find_challenge(self.http, url)
        discovery = await discover(self.http, url, challenge, trust=Trust.of(self.settings))
        if status < 400 and not discovery.found:
            raise self.http.failure(
                "challenge", "the server answers without a login, and publishes nothing about one"
            )
        check_code_flow(self.http, discovery)
        return discovery

    async def _authorized(
        self, discovery: Discovery, wanted: WantedScopes, previous: Credentials | None
    ) -> Credentials:
        redirect = redirect_for(self.settings, self.options.callback_port, self.options.callback_url)
        async with CallbackListener(self.http, redirect.path) as listener:
            port = await listener.start(redirect.host, *_ports(redirect.port, registered_redirect(previous)))
            plan = await self._planned(discovery, wanted, redirect.uri(port), previous)
            listener.attempt = plan.attempt
            try:
                self.http.step("authorization", shown_url(plan.url, 1_000))
                code = await self.journey.answer(
                    plan.url, listener, plan.attempt, self.options.timeout, partial(self._refusal, plan)
                )
                return await self._exchanged(plan, code)
            except BaseException as failure:
                if plan.client.is_reused:
                    await self._drop_registration(plan.client)
                    if isinstance(failure, LoginFailed) and failure.reason == "timeout":
                        hint = "Try again: the client may be unknown there now, and is registered again."
                        raise failure.with_hint(hint) from failure
                if not plan.client.is_reused or not is_forgotten(failure):
                    raise
        self.http.step("registration", "the provider no longer knows this client: registering again")
        return await self._authorized(discovery, wanted, None)

    async def _refusal(self, plan: _Plan) -> LoginFailed | None:
        """What the provider tells the browser alone."""
        if plan.client.is_reused and not await still_known(self.http, plan.of_another_attempt.url):
            return self.http.failure(
                "registration", "the provider no longer accepts the client", error="invalid_client"
            )
        return await refusal(self.http, plan.of_another_attempt.url, plan.attempt.redirect_uri)

    async def _planned(
        self, discovery: Discovery, wanted: WantedScopes, redirect_uri: str, previous: Credentials | None
    ) -> _Plan:
        """All that the person's part needs."""
        attempt = Attempt.at(discovery, redirect_uri)
        self.http.secrets.learn(attempt.state, attempt.verifier)
        client = await client_for(
            self.http,
            self.settings,
            discovery,
            redirect_uri,
            wanted.parameter,
            previous=previous,
            assertion=self.assertion,
            environ=self.environ,
            now=self.clock(),
        )
        resource = resource_of(self.settings.oauth_resource, discovery)
        return _Plan(discovery, wanted, attempt, client, resource, await self._proofs(discovery))

    async def _exchanged(self, plan: _Plan, code: str) -> Credentials:
        """Give the code for tokens, and keep them."""
        metadata, proofs = plan.discovery.metadata, plan.proofs
        form = plan.form(code)
        answer = await request_token(self.http, metadata, plan.client, form, dpop=proofs, clock=self.clock)
        bound = proofs is not None and answer.token_type == "DPoP"
        if not bound and self.settings.oauth.get("dpop") is True:
            raise self.http.failure("token", "the token is not bound to our key, as oauth.dpop demands")
        draft = plan.draft(self.settings, bound=bound)
        credentials = credentials_from(answer, draft)
        async with held(self.kept, self.settings):  # a refresh elsewhere must not write over it
            await asyncio.to_thread(self.kept.save, self.settings, credentials)
        self.http.step("stored", _stored(credentials, self.kept.where), True)
        return credentials

    async def _proofs(self, discovery: Discovery) -> Proofs | None:
        """A key for tokens that are bound to it, where the configuration or the server wants that."""
        if self.settings.oauth.get("dpop") is not True and not discovery.wants_dpop:
            return None
        from services.oauth.dpop import DpopKey, Proofs

        self.http.step("dpop", "tokens will be bound to a new key")
        return Proofs(await asyncio.to_thread(DpopKey.new))

    async def _drop_registration(self, client: ClientIdentity) -> None:
        """The provider may have forgotten the client: the next login registers anew."""
        with suppress(JackfieldError):
            async with held(self.kept, self.settings):
                # As it is now: the tokens may have been refreshed while the person was away.
                kept = await asyncio.to_thread(self.kept.load, self.settings)
                if kept is not None and kept.client_id == client.client_id:
                    await asyncio.to_thread(self.kept.save, self.settings, without_registration(kept))


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is settled before the person is asked."""

    discovery: Discovery
    wanted: WantedScopes
    attempt: Attempt
    client: ClientIdentity
    resource: str | None
    proofs: Proofs | None

    @property
    def url(self) -> str:
        """Where the person is sent."""
        return self.attempt.url(
            self.discovery.metadata["authorization_endpoint"],
            self.client.client_id,
            self.wanted.parameter,
            resource=self.resource,
            dpop_jkt=self.proofs.key.thumbprint if self.proofs is not None else None,
        )

    @property
    def of_another_attempt(self) -> _Plan:
        """The same with a state and a verifier that are used for nothing else."""
        return replace(self, attempt=Attempt.at(self.discovery, self.attempt.redirect_uri))

    def form(self, code: str) -> dict[str, str]:
        """What the token endpoint is sent."""
        resource = {"resource": self.resource} if self.resource is not None else {}
        return {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": self.attempt.verifier,
            "redirect_uri": self.attempt.redirect_uri,
            **resource,
        }

    def draft(self, settings: ServerSettings, *, bound: bool) -> Credentials:
        """The credentials but for the tokens."""
        return Credentials(
            server_name=settings.name,
            server_url=settings.url,
            issuer=self.discovery.issuer,
            client_id=self.client.client_id,
            access_token="",
            scopes=self.wanted.scopes or (),
            client_secret=self.client.client_secret,
            token_endpoint_auth_method=self.client.auth_method,
            resource=self.resource,
            metadata=self.discovery.kept_metadata,
            dpop_key=self.proofs.key.to_jwk() if bound and self.proofs is not None else None,
            registration=self.client.registration,
        )


def _ports(port: int, registered: str | None) -> tuple[int, ...]:
    """The ports to try: the one that is said, else that of an earlier registration, else any."""
    try:
        earlier = urlsplit(registered).port if registered and not port else None
    except ValueError:
        earlier = None
    return (earlier, port) if earlier else (port,)


def _stored(credentials: Credentials, where: str) -> str:
    end = credentials.expires_at
    until = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(end / 1000)) if end is not None else "not said"
    renewal = "with a refresh token" if credentials.refresh_token else "without a refresh token"
    scopes = " ".join(credentials.scopes) or "(none)"
    return f"in {where}: expires {until}, {renewal}, scopes {scopes}"

"""Tokens without a person: refreshing, client credentials, workload identity, enterprise-managed logins.

Which one a server uses says `oauth.grant`. Sources: RFC 6749 sections 4.4 and 6, RFC 7523 section 2.1,
RFC 8693 with the identity assertion grant (ID-JAG) of the MCP extension "enterprise-managed authorization".
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.errors import ConfigurationError, LoginFailed
from services.oauth.assertions import assertion_for, text_of
from services.oauth.client import ClientIdentity, method_for_secret
from services.oauth.credentials import Credentials
from services.oauth.discovery import discover, resource_of
from services.oauth.dpop import DpopKey, Nonces, Proofs
from services.oauth.registration import configured_client
from services.oauth.scopes import wanted_scopes
from services.oauth.server_metadata import first_server
from services.oauth.status import gets_tokens_by_itself
from services.oauth.tokens import TokenRefused, credentials_from, refresh, request_token
from services.oauth.trust import Trust
from services.text import one_line
from services.web.urls import is_secure, issuers_match

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.oauth.discovery import Challenge, Discovery
    from services.oauth.http import OAuthHttp
    from services.settings import ServerSettings

__all__ = ("Grants",)

_JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_EXCHANGE: Final = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN: Final = "urn:ietf:params:oauth:token-type:id_token"
_ID_JAG: Final = "urn:ietf:params:oauth:token-type:id-jag"


class Grants:
    """How the tokens of one server are obtained when nobody is asked."""

    def __init__(
        self,
        settings: ServerSettings,
        open_http: Callable[[], OAuthHttp],
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._open_http = open_http
        self._environ = environ
        self._clock = clock
        self._nonces = Nonces()
        self.unattended = gets_tokens_by_itself(settings)

    async def refresh(self, credentials: Credentials) -> Credentials:
        """New credentials by the refresh token. Raises TokenRefused, LoginFailed."""
        proofs = await self._proofs_of(credentials.dpop_key)
        assertion = assertion_for(self._settings, self._environ)
        async with self._open_http() as http:
            if "token_endpoint" not in credentials.metadata:
                credentials = await self._completed(http, credentials)
            return await refresh(http, credentials, dpop=proofs, assertion=assertion, clock=self._clock)

    async def obtain(self, challenge: Challenge | None, scopes: tuple[str, ...] | None) -> Credentials:
        """Credentials by the grant that is configured. Raises TokenRefused, LoginFailed, MissingVariable."""
        settings = self._settings
        async with self._open_http() as http:
            found = await discover(http, settings.url, challenge, trust=Trust.of(settings))
            wanted = wanted_scopes(scopes, settings.scopes, challenge, found)
            # Nobody refreshes here: the grant itself is what comes again.
            asked = tuple(s for s in wanted.scopes or () if s != "offline_access" or not wanted.is_discovered)
            draft = await asyncio.to_thread(self._draft, found, asked)  # may make a key
            proofs = await self._proofs_of(draft.dpop_key)
            data = await self._form(http, found, draft)
            answer = await request_token(
                http, found.metadata, self._client(found), data, dpop=proofs, clock=self._clock
            )
            if draft.dpop_key is not None and answer.token_type != "DPoP" and settings.oauth.get("dpop"):
                raise http.failure("token", "the token is not bound to our key, as oauth.dpop demands")
            return credentials_from(answer, draft)

    async def _completed(self, http: OAuthHttp, credentials: Credentials) -> Credentials:
        """Credentials that another program kept without metadata, with what is found of their provider."""
        found = await discover(http, self._settings.url, trust=Trust.of(self._settings))
        if not issuers_match(credentials.issuer, found.issuer):
            was, now = one_line(credentials.issuer, 200), one_line(found.issuer, 200)
            said = f"the login is one of {was}, but the server names {now} now"
            raise TokenRefused(http.failure("authorization server", said).message, step="token")
        return replace(credentials, metadata=found.kept_metadata)

    # The parts of a request.

    def _draft(self, found: Discovery, scopes: tuple[str, ...]) -> Credentials:
        settings = self._settings
        bound = bool(settings.oauth.get("dpop")) or found.wants_dpop
        return Credentials(
            server_name=settings.name,
            server_url=settings.url,
            issuer=found.issuer,
            client_id=str(settings.oauth.get("client_id") or ""),
            access_token="",
            scopes=scopes,
            resource=resource_of(settings.oauth_resource, found),
            metadata=found.kept_metadata,
            dpop_key=DpopKey.new().to_jwk() if bound else None,
        )

    def _client(self, found: Discovery) -> ClientIdentity:
        assertion = assertion_for(self._settings, self._environ)
        client = configured_client(self._settings, found.metadata, assertion=assertion, environ=self._environ)
        if client is None and self._settings.oauth.get("grant") != "jwt_bearer":
            raise self._lacking("client_id")
        return client or ClientIdentity("")

    async def _form(self, http: OAuthHttp, found: Discovery, draft: Credentials) -> dict[str, str]:
        grant = self._settings.oauth.get("grant")
        if grant == "client_credentials":
            data = {"grant_type": "client_credentials"}
        elif grant == "jwt_bearer":
            assertion = await self._text("assertion")
            data = {"grant_type": _JWT_BEARER, "assertion": assertion}
        else:
            data = {"grant_type": _JWT_BEARER, "assertion": await self._id_jag(http, found, draft)}
        return data | _common(draft)

    async def _id_jag(self, http: OAuthHttp, found: Discovery, draft: Credentials) -> str:
        """The identity provider's word for this authorization server, in exchange for the ID token."""
        oauth = self._settings.oauth
        endpoint, client_id = await self._idp_endpoint(http), oauth.get("idp_client_id")
        if not isinstance(client_id, str) or not client_id:
            raise self._lacking("idp_client_id")
        if not is_secure(endpoint):
            raise http.failure("token", "oauth.idp_token_endpoint is neither https nor on this machine")
        secret = None
        if oauth.get("idp_client_secret_env_var"):
            secret = await asyncio.to_thread(text_of, self._settings, "idp_client_secret", self._environ)
        client = ClientIdentity(client_id, secret, method_for_secret(None) if secret else "none")
        data = {
            "grant_type": _EXCHANGE,
            "requested_token_type": _ID_JAG,
            "audience": found.issuer,
            "subject_token": await self._text("id_token"),
            "subject_token_type": _ID_TOKEN,
            **_common(draft),
        }
        answer = await request_token(http, {"token_endpoint": endpoint}, client, data, any_type=True)
        kind = answer.more.get("issued_token_type")
        if kind != _ID_JAG:
            given = one_line(str(kind or "nothing said of its type"), 100)
            raise http.failure("token", f"the identity provider gave no ID-JAG, but {given}")
        http.secrets.learn(answer.access_token)
        return answer.access_token

    async def _idp_endpoint(self, http: OAuthHttp) -> str:
        """The identity provider's token endpoint, as configured or as its metadata has it."""
        endpoint, issuer = (self._settings.oauth.get(key) for key in ("idp_token_endpoint", "idp_issuer"))
        if isinstance(endpoint, str) and endpoint:
            return endpoint
        if not isinstance(issuer, str) or not issuer:
            raise self._lacking("idp_token_endpoint or oauth.idp_issuer")
        found = await first_server(http, [issuer], issuer, Trust.of(self._settings))
        told = (found.metadata or {}).get("token_endpoint")
        if not isinstance(told, str):
            raise http.failure("authorization server", f"{issuer} names no token_endpoint")
        return told

    async def _text(self, key: str) -> str:
        text = await asyncio.to_thread(text_of, self._settings, key, self._environ)
        if text is None:
            raise self._lacking(f"{key}_file or {key}_env_var")
        return text

    def _lacking(self, key: str) -> LoginFailed | ConfigurationError:
        grant = one_line(str(self._settings.oauth.get("grant")), 40)
        name = self._settings.shown_name
        return ConfigurationError(f'oauth.grant = "{grant}" of {name} needs oauth.{key}')

    async def _proofs_of(self, key: str | None) -> Proofs | None:
        if key is None:
            return None
        return Proofs(await asyncio.to_thread(DpopKey.from_jwk, key), self._nonces)


def _common(draft: Credentials) -> dict[str, str]:
    scope = {"scope": " ".join(draft.scopes)} if draft.scopes else {}
    return scope | ({"resource": draft.resource} if draft.resource else {})

"""Access tokens of an OAuth issuer, verified here: the gateway as a resource server.

JWT access tokens (RFC 9068): signed with a key that the issuer publishes, meant for this gateway, not
expired, allowing what is asked for. Keys are read at first use, and again when a token names an unknown one.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from services.errors import JackfieldError
from services.gateway.access import Bearer, Refused, bearer_of
from services.oauth.http import OAuthHttp
from services.oauth.server_metadata import server_urls
from services.text import one_line
from services.web.urls import is_secure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.settings import GatewayIssuer

__all__ = ("OAuthAccess",)

_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Signatures alone: with a shared secret, or none, anybody could make a token."""
_LEEWAY: Final = 30
_FRESH: Final = 600.0
_AGAIN: Final = 10.0
"""Seconds between two readings of the keys, whatever tokens name."""


class OAuthAccess:
    """Takes tokens of one issuer."""

    def __init__(self, rules: GatewayIssuer, clock: Callable[[], float] = time.monotonic) -> None:
        self._rules = rules
        self._clock = clock
        self._keys: dict[str, Any] = {}
        self._read_at = -_FRESH
        self._reading = asyncio.Lock()

    async def bearer(self, headers: Mapping[str, str]) -> Bearer:
        """Whose request it is. Raises Refused."""
        import jwt

        token = bearer_of(headers)
        try:
            head = jwt.get_unverified_header(token)
            if head.get("alg") not in _ALGORITHMS:
                raise Refused(401, "invalid_token", "the token is not signed with a public key")
            key = await self._key(str(head.get("kid", "")))
            claims = jwt.decode(
                token,
                key,
                algorithms=[head["alg"]],
                audience=self._rules.audience,
                issuer=self._rules.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            raise Refused(401, "invalid_token", one_line(str(error), 200)) from error
        return self._allowed(claims)

    def _allowed(self, claims: Mapping[str, Any]) -> Bearer:
        told = claims.get("scope", claims.get("scp", ""))
        scopes = tuple(told.split()) if isinstance(told, str) else tuple(map(str, told or ()))
        if missing := [one for one in self._rules.required_scopes if one not in scopes]:
            raise Refused(403, "insufficient_scope", f"the token does not allow {', '.join(missing)}")
        client = one_line(str(claims.get("client_id") or claims.get("azp") or ""), 200)
        name = one_line(str(claims.get("sub") or client), 200)
        return Bearer(name or "unnamed", client, self._rules.issuer, scopes)

    async def _key(self, name: str) -> Any:
        """The issuer's key of that name; its only one, where a token names none. Raises Refused."""
        async with self._reading:
            age = self._clock() - self._read_at
            if age >= _FRESH or (name not in self._keys and age >= _AGAIN):
                await self._read()
        if not name and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        if name not in self._keys:
            raise Refused(
                401, "invalid_token", "the token is signed with a key that its issuer does not have"
            )
        return self._keys[name]

    async def _read(self) -> None:
        import jwt

        self._read_at = self._clock()
        try:
            async with OAuthHttp(self._rules.issuer) as http:
                document = await self._document(http)
        except JackfieldError as error:
            if self._keys:
                return  # those there are go on being good
            raise Refused(503, "", f"the keys of the issuer cannot be read: {error.message}") from error
        keys = {}
        for each in document.get("keys", ()):
            try:
                key = jwt.PyJWK(each)
            except (jwt.PyJWTError, TypeError, AttributeError):
                continue  # of a kind that is not known here
            if key.key_type != "oct" and each.get("use", "sig") == "sig":
                keys[str(key.key_id or "")] = key
        self._keys = keys

    async def _document(self, http: OAuthHttp) -> Mapping[str, Any]:
        """The issuer's set of keys (RFC 7517), where its metadata says that it is."""
        for url in server_urls(self._rules.issuer):
            answer = await http.get(url, what="issuer")
            metadata = answer.object if answer.is_ok else None
            if metadata is None or metadata.get("issuer") != self._rules.issuer:
                continue
            place = metadata.get("jwks_uri")
            if isinstance(place, str) and is_secure(place):
                return (await http.get(place, what="issuer")).object or {}
        raise http.failure("issuer", f"{self._rules.issuer} publishes no keys")

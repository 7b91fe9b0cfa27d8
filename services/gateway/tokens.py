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
        self._trouble = ""
        """Why the keys that there are may not be those of the issuer; empty after they were read."""

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
        if self._found(name) is None or self._is_due(name):
            async with self._reading:
                if self._is_due(name):
                    await self._read()
        if (key := self._found(name)) is not None:
            return key
        if self._trouble:
            raise Refused(503, "", self._trouble)
        raise Refused(401, "invalid_token", "the token is signed with a key that its issuer does not have")

    def _found(self, name: str) -> Any:
        return next(iter(self._keys.values())) if not name and len(self._keys) == 1 else self._keys.get(name)

    def _is_due(self, name: str) -> bool:
        """Whether the keys are to be read before that name is looked up."""
        return self._clock() - self._read_at >= (_AGAIN if self._found(name) is None else _FRESH)

    async def _read(self) -> None:
        """Read the keys; where that fails, those there are go on being good."""
        self._read_at = self._clock()
        self._trouble = "the keys of the issuer have not been read yet"
        try:
            async with OAuthHttp(self._rules.issuer) as http:
                self._keys = _usable(await self._published(http))
        except JackfieldError as error:
            self._trouble = f"the keys of the issuer cannot be read: {error.message}"
        else:
            self._trouble = ""

    async def _published(self, http: OAuthHttp) -> list[Any]:
        """The issuer's set of keys (RFC 7517), where its metadata says that it is."""
        for url in server_urls(self._rules.issuer):
            answer = await http.get(url, what="issuer")
            metadata = answer.object if answer.is_ok else None
            if metadata is None or metadata.get("issuer") != self._rules.issuer:
                continue
            place = metadata.get("jwks_uri")
            if isinstance(place, str) and is_secure(place):
                answer = await http.get(place, what="issuer")
                keys = (answer.object or {}).get("keys") if answer.is_ok else None
                if isinstance(keys, list):
                    return keys
        raise http.failure("issuer", f"{self._rules.issuer} publishes no keys")


def _usable(published: list[Any]) -> dict[str, Any]:
    """The keys that tokens may be signed with, by their names."""
    import jwt

    keys = {}
    for each in published:
        try:
            key = jwt.PyJWK(each)
        except (jwt.PyJWTError, TypeError, AttributeError):
            continue  # of a kind that is not known here
        if key.key_type != "oct" and each.get("use", "sig") == "sig":
            keys[str(key.key_id or "")] = key
    return keys

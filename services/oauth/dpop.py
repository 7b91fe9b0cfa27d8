"""Tokens bound to a key of ours: proofs of possession, and the nonces servers ask for (RFC 9449).

Importing this module costs nothing: cryptography is loaded with the first key.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from services.errors import CredentialsError
from services.web.origins import origin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("DpopKey", "Nonces", "Proofs", "wants_nonce")

_ALGORITHM: Final = "ES256"
_NONCE: Final = "dpop-nonce"
_LONGEST_NONCE: Final = 2_000
_MOST_ORIGINS: Final = 100
_PUBLIC: Final = ("crv", "kty", "x", "y")
"""The members of the public key, in the order its thumbprint wants them (RFC 7638, 3.2)."""


class DpopKey:
    """One ES256 key pair: made for a login, and kept with its credentials."""

    def __init__(self, private: Any) -> None:
        self._private = private

    def __repr__(self) -> str:
        return f"DpopKey({self.thumbprint})"

    @classmethod
    def new(cls) -> DpopKey:
        """A fresh key."""
        from cryptography.hazmat.primitives.asymmetric import ec

        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_jwk(cls, text: str) -> DpopKey:
        """The key of a kept login. Raises CredentialsError for anything else."""
        from cryptography.hazmat.primitives.asymmetric import ec
        from jwt import InvalidKeyError
        from jwt.algorithms import ECAlgorithm

        try:
            key = ECAlgorithm.from_jwk(text)
        except (InvalidKeyError, ValueError, TypeError, KeyError, AttributeError):
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise CredentialsError("the kept DPoP key cannot be used", hint="log in again")
        return cls(key)

    def to_jwk(self) -> str:
        """The private key as a JWK: a secret."""
        from jwt.algorithms import ECAlgorithm

        return ECAlgorithm.to_jwk(self._private)

    @cached_property
    def public(self) -> dict[str, str]:
        """The public key as a JWK."""
        from jwt.algorithms import ECAlgorithm

        jwk = ECAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {name: jwk[name] for name in _PUBLIC}

    @cached_property
    def thumbprint(self) -> str:
        """What the key is known by: `dpop_jkt` of an authorization request, `cnf.jkt` of a token."""
        return _digest(json.dumps(self.public, separators=(",", ":")))

    def proof(
        self,
        method: str,
        url: str,
        *,
        token: str | None = None,
        nonce: str | None = None,
        now: float | None = None,
    ) -> str:
        """A proof for one request, never used twice, with the token that goes along (RFC 9449, 4.2)."""
        import jwt

        parts = urlsplit(url)
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method.upper(),
            "htu": urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path or "/", "", "")),
            "iat": int(time.time() if now is None else now),
        }
        if token is not None:
            claims["ath"] = _digest(token)
        if nonce is not None:
            claims["nonce"] = nonce
        headers = {"typ": "dpop+jwt", "jwk": self.public}
        return jwt.encode(claims, self._private, _ALGORITHM, headers=headers)


class Nonces:
    """The latest nonce of each origin: authorization server and MCP server have their own."""

    def __init__(self) -> None:
        self._latest: dict[str, str] = {}

    def get(self, url: str) -> str | None:
        """The nonce to put into the next proof for this URL."""
        return self._latest.get(origin(url))

    def learn(self, url: str, headers: Mapping[str, str]) -> bool:
        """Take the nonce of an answer; True when it brought another one than the last."""
        nonce = headers.get(_NONCE) or headers.get("DPoP-Nonce")
        if not nonce or len(nonce) > _LONGEST_NONCE or nonce == self.get(url):
            return False
        if len(self._latest) >= _MOST_ORIGINS:
            self._latest.clear()
        self._latest[origin(url)] = nonce
        return True


@dataclass(frozen=True, slots=True)
class Proofs:
    """A key with the nonces met so far: what a request needs to prove the key."""

    key: DpopKey
    nonces: Nonces = field(default_factory=Nonces)

    def header(self, method: str, url: str, token: str | None = None) -> str:
        """The value of the `DPoP` header of one request."""
        return self.key.proof(method, url, token=token, nonce=self.nonces.get(url))

    def learn(self, url: str, headers: Mapping[str, str]) -> bool:
        """Take the nonce of an answer; True when another try with it may do."""
        return self.nonces.learn(url, headers)


def wants_nonce(challenge: str) -> bool:
    """Whether a `WWW-Authenticate` of a resource asks for another nonce (RFC 9449, 9)."""
    return "use_dpop_nonce" in challenge


def _digest(text: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()

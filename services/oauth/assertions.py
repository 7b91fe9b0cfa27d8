"""Signed statements about ourselves: `private_key_jwt` (RFC 7523, section 2.2), with the keys of `oauth`."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.errors import ConfigurationError, MissingVariable
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.client import Assertion
    from services.settings import ServerSettings

__all__ = ("assertion_for", "text_of")

_LIFE: Final = 300
_LARGEST: Final = 1 << 20
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def assertion_for(settings: ServerSettings, environ: Mapping[str, str] = os.environ) -> Assertion | None:
    """What makes assertions with the key of `private_key_file` or `private_key_env_var`; None without one.

    The key is read again for each, so that one that was replaced is used at once. Making one raises
    MissingVariable or ConfigurationError for a key that is not there or cannot be used.
    """
    if not any(settings.oauth.get(name) for name in ("private_key_file", "private_key_env_var")):
        return None
    client_id = str(settings.oauth.get("client_id") or "")

    def assertion(audience: str) -> str:
        pem = text_of(settings, "private_key", environ)
        return _signed(settings, pem or "", client_id, audience)

    return assertion


def text_of(settings: ServerSettings, key: str, environ: Mapping[str, str]) -> str | None:
    """What `oauth.KEY_file` or `oauth.KEY_env_var` names, read now; None when neither is there."""
    variable, file = settings.oauth.get(f"{key}_env_var"), settings.oauth.get(f"{key}_file")
    server = f"for MCP server '{one_line(settings.name, 100)}'"
    if isinstance(variable, str) and variable:
        if value := environ.get(variable, "").strip():
            return value
        raise MissingVariable(
            f"Environment variable {one_line(variable, 100)} {server} is unset or empty",
            hint=f"oauth.{key}_env_var names it.",
        )
    if not isinstance(file, str) or not file:
        return None
    path = Path(file).expanduser()
    try:
        with path.open("rb") as stream:
            value = stream.read(_LARGEST).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = one_line(getattr(error, "strerror", "") or "it is not text")
        raise ConfigurationError(
            f"oauth.{key}_file {server} cannot be read: {one_line(str(path), 200)}: {why}"
        ) from error
    if not value:
        raise ConfigurationError(f"oauth.{key}_file {server} is empty: {one_line(str(path), 200)}")
    return value


def _signed(settings: ServerSettings, pem: str, client_id: str, audience: str) -> str:
    import jwt

    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(16),
        "iat": now,
        "exp": now + _LIFE,
    }
    kid = settings.oauth.get("key_id")
    try:
        key = _private_key(pem)
        algorithm = str(settings.oauth.get("signing_algorithm") or _algorithm(key))
        return jwt.encode(claims, key, algorithm, headers={"kid": kid} if isinstance(kid, str) else None)
    except (ValueError, TypeError, NotImplementedError, jwt.PyJWTError) as error:
        # The words of these errors may repeat what stands in the file.
        raise ConfigurationError(
            f"the private key for MCP server '{one_line(settings.name, 100)}' cannot sign",
            hint="It must be a PEM file without a passphrase that fits oauth.signing_algorithm.",
        ) from error


def _private_key(pem: str) -> Any:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem.encode(), None)
    except UnsupportedAlgorithm as error:
        raise ValueError("unsupported") from error


def _algorithm(key: Any) -> str:
    """The usual algorithm for a key."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey):
        return _CURVES.get(key.curve.name, "ES256")
    return "RS256" if isinstance(key, rsa.RSAPrivateKey) else "EdDSA"

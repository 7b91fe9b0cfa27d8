"""Who we are at an authorization server, and how that is proven: RFC 6749 section 2.3, RFC 7523."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from services.errors import LoginFailed
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ("METHODS", "SECRET_METHODS", "Assertion", "ClientIdentity", "authenticated", "method_for_secret")

SECRET_METHODS: Final = ("client_secret_basic", "client_secret_post")
METHODS: Final = ("none", *SECRET_METHODS, "private_key_jwt")
_JWT_BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

Assertion = Callable[[str], str]
"""Makes a signed assertion for an audience, a fresh one each time."""


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """A client of one authorization server; its representation shows no secret."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    auth_method: str = "none"
    """One of `METHODS`."""
    assertion: Assertion | None = field(default=None, repr=False)
    """For `private_key_jwt`."""
    registration: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What is kept of a dynamic registration: `redirect_uris`, `client_secret_expires_at`, …; else empty."""
    is_reused: bool = False
    """Whether the registration is that of an earlier login."""


def authenticated(
    client: ClientIdentity, audience: str, data: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """The form and the headers of a request that the client makes in its own name.

    Raises LoginFailed for a method that lacks its secret or key.
    """
    method, secret = client.auth_method, client.client_secret
    if method == "none":
        return {**data, "client_id": client.client_id}, {}
    if method == "private_key_jwt" and client.assertion is not None:
        proof = {"client_assertion_type": _JWT_BEARER, "client_assertion": client.assertion(audience)}
        return {**data, "client_id": client.client_id, **proof}, {}
    if method == "client_secret_post" and secret:
        return {**data, "client_id": client.client_id, "client_secret": secret}, {}
    if method == "client_secret_basic" and secret:
        # Both parts are encoded as in a form before they are joined (RFC 6749, 2.3.1).
        pair = f"{quote(client.client_id, safe='')}:{quote(secret, safe='')}"
        return dict(data), {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
    lacks = "a key" if method == "private_key_jwt" else "a client secret"
    known = method in METHODS
    raise LoginFailed(
        f"token: the method {one_line(method, 60)} " + (f"needs {lacks}" if known else "is not supported"),
        hint="See the keys of the server's oauth table.",
        step="token",
    )


def method_for_secret(supported: Iterable[str] | None) -> str:
    """How to send a secret where nobody chose: as the server supports it, else in the header (RFC 8414)."""
    offered = list(supported) if supported is not None else []
    if offered and "client_secret_basic" not in offered and "client_secret_post" in offered:
        return "client_secret_post"
    return "client_secret_basic"

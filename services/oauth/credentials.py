"""What is kept of a login, as a value, and the view of the store that servers' logins need.

An entry of the store is a JSON object: `server_name`, `server_url`, `issuer`, `client_id`,
`access_token`, `token_type`, `scopes`, and where there are any `client_secret`, `expires_at` and
`issued_at` (milliseconds since the epoch), `refresh_token`, `token_endpoint_auth_method`,
`resource`, `authorization_server_metadata`, `dpop_key`, `refresh_refused`, `registration`.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.errors import CredentialsError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from services.credentials.store import CredentialStore
    from services.settings import ServerSettings

__all__ = ("Credentials", "KeptCredentials", "account_of", "ending", "usable")

_TEXT: Final = re.compile("[^\ud800-\udfff]*")
"""What can be sent at all: half a surrogate pair has no bytes."""
_TOKEN: Final = re.compile("[\x20-\x7e]*")
"""What a header can carry (RFC 6749, appendix A.12)."""

REFRESH_AHEAD: Final = 30_000
"""Milliseconds before its end at which a token is refreshed; half its life where that is shorter."""

LOCK_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """One login at one authorization server; its representation shows no secret."""

    server_name: str
    server_url: str
    issuer: str
    client_id: str
    access_token: str = field(repr=False)
    token_type: str = "Bearer"
    """`Bearer` or `DPoP`."""
    expires_at: int | None = None
    """Milliseconds since the epoch; None when the server did not say."""
    issued_at: int | None = None
    """Milliseconds since the epoch; the token's life is `expires_at - issued_at`."""
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    client_secret: str | None = field(default=None, repr=False)
    token_endpoint_auth_method: str = "none"
    resource: str | None = None
    """The `resource` (RFC 8707) the token was asked for."""
    metadata: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The authorization server's metadata that is needed later: `token_endpoint`, `revocation_endpoint`, …"""
    dpop_key: str | None = field(default=None, repr=False)
    """The private key that the token is bound to (RFC 9449), as a JWK."""
    refresh_refused: bool = False
    """Whether the refresh token was refused last time, in words that do not end it for good."""
    registration: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The rest of the client: `redirect_uris`, `client_id_issued_at`, `client_secret_expires_at`."""

    @property
    def secrets(self) -> list[str]:
        """What must be masked wherever it turns up."""
        kept = (self.access_token, self.refresh_token, self.client_secret, self.dpop_key)
        return [secret for secret in kept if secret]


def account_of(settings: ServerSettings) -> str:
    """The name that a server's login is kept under: another URL is another login.

    `headers` is always empty in what is hashed, as with Codex: a header that changes loses no login.
    """
    from hashlib import sha256

    key = json.dumps(
        {"type": settings.transport, "url": settings.url, "headers": {}},
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return f"{settings.name}|{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def ending(credentials: Credentials, now_ms: int) -> bool:
    """Whether the token needs another: 30 s before its end, or half its life if that is shorter."""
    expires = credentials.expires_at
    if expires is None:
        return False
    ahead = REFRESH_AHEAD
    if credentials.issued_at is not None:
        ahead = min(ahead, max(0, expires - credentials.issued_at) // 2)
    return now_ms >= expires - ahead


def usable(credentials: Credentials, now_ms: int) -> bool:
    """Whether the login is worth anything: its token is alive, or can be refreshed as far as is known."""
    if credentials.refresh_token is not None and not credentials.refresh_refused:
        return True
    alive = credentials.expires_at is None or now_ms < credentials.expires_at
    return bool(credentials.access_token) and alive


class KeptCredentials:
    """The logins of servers in the store. Blocking: in the session, use it in a thread."""

    def __init__(self, store: CredentialStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    @property
    def where(self) -> str:
        """Where logins are kept: `keyring`, or the path of the file."""
        return self._store.where

    def now_ms(self) -> int:
        """Milliseconds since the epoch, by the clock that expiry is measured with."""
        return int(self._clock() * 1000)

    def load(self, settings: ServerSettings) -> Credentials | None:
        """The login of a server; None when there is none, or none that can be understood.

        Raises CredentialsError when the store cannot be read.
        """
        account = account_of(settings)
        text = self._store.get(account)
        if text is None:
            return None
        try:
            return _read(json.loads(text), settings)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            # The words of an error about JSON may repeat what stands there.
            wrong = str(error) if isinstance(error, _Unfit) else "it is not what a login looks like"
        self._store.say(
            f"the kept login of {settings.shown_name} in {self._store.where} cannot be used: {wrong}"
        )
        return None

    def save(self, settings: ServerSettings, credentials: Credentials) -> None:
        """Keep a login in the place of an earlier one; raises CredentialsError when it is not kept."""
        if (credentials.server_name, credentials.server_url) != (settings.name, settings.url):
            name = settings.shown_name
            raise CredentialsError(f"this login is not one of {name} at {one_line(settings.url)}")
        self._store.put(account_of(settings), json.dumps(_written(credentials)))

    def mark(self) -> object:
        """What is another one once any login was kept or forgotten; costs two system calls."""
        return self._store.mark()

    def check_writes(self) -> None:
        """Raise ConfigurationError where the configuration of logins is wrong, so that nothing is kept."""
        self._store.check_writes()

    def known(self, settings: ServerSettings) -> bool:
        """Whether a login was kept from this home, broken or not; asks no keyring, and imports none."""
        return self._store.holds(account_of(settings))

    def forget(self, settings: ServerSettings) -> bool:
        """Forget the login of a server; False when there is none."""
        return self._store.delete(account_of(settings))

    def locked(
        self, settings: ServerSettings, given_up: Callable[[], bool] | None = None
    ) -> AbstractContextManager[None]:
        """Hold the login of a server against other processes and threads, while it is refreshed.

        Load again inside: a newer token may have come. Raises CredentialsError after 60 s of waiting,
        or once `given_up` says that nobody waits any more.
        """
        return self._store.lock(account_of(settings), LOCK_SECONDS, given_up)


class _Unfit(ValueError):
    """What is wrong with an entry, in words that repeat nothing of it."""


def _written(credentials: Credentials) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "server_name": credentials.server_name,
        "server_url": credentials.server_url,
        "issuer": credentials.issuer,
        "client_id": credentials.client_id,
        "access_token": credentials.access_token,
        "token_type": credentials.token_type,
        "expires_at": credentials.expires_at,
        "issued_at": credentials.issued_at,
        "refresh_token": credentials.refresh_token,
        "scopes": list(credentials.scopes),
        "client_secret": credentials.client_secret,
        "token_endpoint_auth_method": credentials.token_endpoint_auth_method,
        "resource": credentials.resource,
        "authorization_server_metadata": dict(credentials.metadata),
        "dpop_key": credentials.dpop_key,
        "refresh_refused": credentials.refresh_refused or None,
        "registration": dict(credentials.registration),
    }
    return {key: value for key, value in entry.items() if value is not None and value != {}}


def _read(entry: Any, settings: ServerSettings) -> Credentials:
    reader = _Reader(entry)
    if reader.text("server_url") != settings.url:
        raise _Unfit("it belongs to another URL")
    return Credentials(
        server_name=settings.name,
        server_url=settings.url,
        issuer=reader.text("issuer"),
        client_id=reader.text("client_id"),
        access_token=reader.text("access_token"),
        token_type=reader.optional("token_type") or "Bearer",
        expires_at=reader.time("expires_at"),
        issued_at=reader.time("issued_at"),
        refresh_token=reader.optional("refresh_token"),
        scopes=reader.texts("scopes"),
        client_secret=reader.optional("client_secret"),
        token_endpoint_auth_method=reader.optional("token_endpoint_auth_method") or "none",
        resource=reader.optional("resource"),
        metadata=reader.table("authorization_server_metadata"),
        dpop_key=reader.optional("dpop_key"),
        refresh_refused=entry.get("refresh_refused") is True,
        registration=reader.table("registration"),
    )


class _Reader:
    """The members of an entry, each of the kind it must be."""

    def __init__(self, entry: Any) -> None:
        if not isinstance(entry, dict):
            raise _Unfit("it is not an object")
        self._entry = entry

    def text(self, key: str) -> str:
        value = self.optional(key)
        if value is None:
            raise _Unfit(f"{key} is missing")
        return value

    def optional(self, key: str) -> str | None:
        value = self._entry.get(key)
        if value is not None and not isinstance(value, str):
            raise _Unfit(f"{key} is not text")
        if value is not None and not (_TOKEN if key == "access_token" else _TEXT).fullmatch(value):
            raise _Unfit(f"{key} has characters that it cannot have")
        return value

    def time(self, key: str) -> int | None:
        value = self._entry.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            raise _Unfit(f"{key} is not a time")
        return int(min(max(value, 0), 2**53))

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _Unfit(f"{key} is not a list of texts")
        return tuple(value)

    def table(self, key: str) -> Mapping[str, Any]:
        value = self._entry.get(key, {})
        if not isinstance(value, dict):
            raise _Unfit(f"{key} is not an object")
        return value

"""Who may use the gateway over HTTP: the bearer of its own token, or of one that an issuer gave."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from services.errors import ConfigurationError
from services.files import keep_private, write_whole
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = (
    "Access",
    "Anybody",
    "Bearer",
    "Refused",
    "TokenAccess",
    "bearer_of",
    "is_loopback",
    "kept_task_key",
    "kept_token",
)

_TOKEN: Final = "token"
_TASK_KEY: Final = "task-key"
_BYTES: Final = 32
_LONGEST: Final = 16_384


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Refused(Exception):
    """A request without the right to it, as HTTP has it (RFC 6750, 3.1)."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        """Empty where no token was given at all."""
        self.description = description


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whoever a request is from."""

    name: str
    """For the audit, and to tell callers apart; never the token."""
    client: str = ""
    issuer: str = ""
    scopes: tuple[str, ...] = ()


class Access(Protocol):
    """Knows its callers by what they bring."""

    async def bearer(self, headers: Mapping[str, str]) -> Bearer:
        """Whose request it is. Raises Refused."""


class Anybody:
    """No token is asked for; on addresses of this machine only."""

    async def bearer(self, headers: Mapping[str, str]) -> Bearer:
        return Bearer("local")


class TokenAccess:
    """One token, known to whoever may read it."""

    def __init__(self, token: str) -> None:
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ConfigurationError("a token is made of printable ASCII characters without blanks")
        self._token = token.encode()

    async def bearer(self, headers: Mapping[str, str]) -> Bearer:
        if not hmac.compare_digest(bearer_of(headers).encode("utf-8", "replace"), self._token):
            raise Refused(401, "invalid_token", "this is not the token of this gateway")
        return Bearer("token")


def bearer_of(headers: Mapping[str, str]) -> str:
    """The bearer token of a request. Raises Refused where there is none."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        raise Refused(401, "", "a bearer token is needed")
    if len(token) > _LONGEST:
        raise Refused(401, "invalid_token", "the token is too long")
    return token


def kept_token(folder: Path) -> tuple[str, Path]:
    """The gateway's own token and the file it is kept in; made at first, for this user alone to read.

    Raises ConfigurationError for a file that cannot be used.
    """
    path = folder / _TOKEN
    return _kept(path, "token"), path


def kept_task_key(folder: Path) -> bytes:
    """The key that binds the names of tasks to their callers, kept as the token is.

    Raises ConfigurationError.
    """
    return _kept(folder / _TASK_KEY, "key").encode()


def _kept(path: Path, what: str) -> str:
    try:
        if not path.exists():
            keep_private(path.parent)
            write_whole(path, secrets.token_urlsafe(_BYTES) + "\n")
        elif path.stat().st_mode & 0o077:
            path.chmod(0o600)
        kept = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = one_line(getattr(error, "strerror", "") or "it is not text")
        raise ConfigurationError(f"cannot use {one_line(str(path))}: {reason}") from error
    if not kept:
        raise ConfigurationError(f"{one_line(str(path))} is empty", hint=f"Delete it for a new {what}.")
    return kept

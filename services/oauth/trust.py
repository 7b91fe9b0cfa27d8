"""What a server's configuration accepts by name where a rule says otherwise, and how a refusal names it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from services.text import one_line

if TYPE_CHECKING:
    from services.settings import ServerSettings

__all__ = ("Trust", "key_line")


@dataclass(frozen=True, slots=True)
class Trust:
    """The exceptions of one server, none of which is made for another."""

    issuer: str | None = None
    """`oauth.authorization_server_issuer`: the only authorization server to use."""
    issuers: tuple[str, ...] = ()
    """`oauth.trusted_issuer`: what metadata and answers may be of, though another issuer was asked."""
    resource: str | None = None
    """`oauth_resource`: what resource metadata may be about, though the server is elsewhere."""
    pkce: tuple[str, ...] = ()
    """`oauth.assume_pkce_of`: the issuers that do PKCE though their metadata does not list it."""

    @classmethod
    def of(cls, settings: ServerSettings) -> Self:
        """What the table of a server says."""
        return cls(
            next(iter(_texts(settings, "authorization_server_issuer")), None),
            _texts(settings, "trusted_issuer"),
            settings.oauth_resource or None,
            _texts(settings, "assume_pkce_of"),
        )


def key_line(key: str, value: str) -> str:
    """A line for the server's table, as TOML has it."""
    return f"{key} = {json.dumps(one_line(value, 500), ensure_ascii=False)}"


def _texts(settings: ServerSettings, key: str) -> tuple[str, ...]:
    value = settings.oauth.get(key)
    several = value if isinstance(value, list | tuple) else [value]
    return tuple(one for one in several if isinstance(one, str) and one)

"""Which scopes to ask for: those said, those configured, those of the challenge, those published."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.oauth.discovery import Challenge, Discovery

__all__ = ("WantedScopes", "tidy", "union", "wanted_scopes")

_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class WantedScopes:
    """The scopes of a request; `scopes` is None where none are to be named."""

    scopes: tuple[str, ...] | None
    source: str
    """In words, for the record of a login."""
    is_discovered: bool = False
    """Whether a provider that refuses them may take a request without any."""

    @property
    def parameter(self) -> str | None:
        """The value of `scope`; None where it is left out."""
        return " ".join(self.scopes) if self.scopes else None


def wanted_scopes(
    said: Iterable[str] | None,
    configured: Iterable[str] | None,
    challenge: Challenge | None,
    discovery: Discovery,
    held: Iterable[str] = (),
) -> WantedScopes:
    """`--scopes`, then the configuration (an empty list too), then the challenge, then the metadata.

    A challenge for more scopes (`insufficient_scope`) asks for those held as well. Scopes that were
    found out bring `offline_access` where the authorization server lists it (SEP-2207).
    """
    if said is not None:
        return WantedScopes(tidy(said), "--scopes")
    if challenge is not None and challenge.scope and challenge.error == "insufficient_scope":
        more = union(held, configured or (), challenge.scope.split())
        return WantedScopes(_renewable(more, discovery), "those held and those of the challenge", True)
    if configured is not None:
        return WantedScopes(tidy(configured), "the configuration")
    if challenge is not None and challenge.scope:
        found = tidy(challenge.scope.split())
        return WantedScopes(_renewable(found, discovery), "the challenge", True)
    if discovery.scopes_supported:
        found = tidy(discovery.scopes_supported)
        return WantedScopes(_renewable(found, discovery), "scopes_supported of the resource", True)
    return WantedScopes(None, "nobody names any")


def tidy(scopes: Iterable[str]) -> tuple[str, ...]:
    """Scopes without spaces, doubles and what no scope may hold (RFC 6749, 3.3)."""
    words = (word for scope in scopes for word in scope.split())
    return tuple(dict.fromkeys(word for word in words if _SCOPE.fullmatch(word)))[:_MOST]


def union(*many: Iterable[str]) -> tuple[str, ...]:
    """All of them, in their order."""
    return tidy(scope for scopes in many for scope in scopes)


def _renewable(scopes: tuple[str, ...], discovery: Discovery) -> tuple[str, ...]:
    return union(scopes, ("offline_access",)) if scopes and discovery.offers_offline_access else scopes

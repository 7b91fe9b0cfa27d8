"""The record of a login: what was asked, what came back, what was stored where; never a secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from services.secrecy.names import MASK
from services.text import one_line

__all__ = ("OnStep", "Secrets", "Step", "nobody", "shown_url")

_HARMLESS: Final = frozenset(
    {
        *("response_type", "client_id", "redirect_uri", "scope", "resource", "code_challenge_method"),
        *("prompt", "iss", "error", "grant_type"),
    }
)
"""Parameters of an authorization URL or a callback whose values may be shown."""

_SHORTEST: Final = 4


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened in a login; printable."""

    what: str
    """`challenge`, `resource metadata`, `authorization server`, `registration`, `authorization`,
    `callback`, `token`, `stored`, `revocation`."""
    detail: str
    ok: bool | None = None
    """None where it is neither right nor wrong, such as metadata that is not at one of its places."""
    at: float = field(default_factory=time.time, compare=False)
    """Seconds since the epoch."""


OnStep = Callable[[Step], None]


def nobody(step: Step) -> None:
    """Hear a step and do nothing."""


def shown_url(url: str, limit: int = 500) -> str:
    """A URL without password and fragment, with all values of its query masked but harmless ones."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    pairs = (pair.partition("=") for pair in parts.query.split("&"))
    query = "&".join(
        f"{name}{sign}{value if unquote_plus(name) in _HARMLESS or not sign else MASK}"
        for name, sign, value in pairs
    )
    host = parts.netloc.rpartition("@")[2]
    return one_line(urlunsplit((parts.scheme, host, parts.path, query, "")), limit)


class Secrets:
    """What a login must not show: values that are masked wherever a provider repeats them."""

    def __init__(self, tell: Callable[[list[str]], None] | None = None) -> None:
        self._values: set[str] = set()
        self._tell = tell

    def learn(self, *values: str | None) -> None:
        """Mask these from now on; whoever keeps a trace is told."""
        new = [value for value in values if value and len(value) >= _SHORTEST]
        self._values.update(new)
        if self._tell is not None and new:
            self._tell(new)

    def masked(self, text: str) -> str:
        """The text with every secret of this login masked, as it is or as a URL writes it."""
        for value in sorted(self._values, key=len, reverse=True):
            for form in {value, quote(value, safe="")}:
                text = text.replace(form, MASK)
        return text

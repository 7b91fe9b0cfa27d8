"""What a server's `WWW-Authenticate` says: RFC 9110 section 11.6.1, RFC 6750, RFC 9728 section 5.1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("Challenge",)

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PIECE: Final = re.compile(
    rf'[\s,]*(?:(?P<name>{_TOKEN})\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^\s,"]+))'
    rf"|(?P<scheme>{_TOKEN})(?:\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$)))?(?=\s|,|$))"
)
"""One parameter, or the name of a scheme with the token68 that may follow it."""

_OURS: Final = ("bearer", "dpop")
_LONGEST: Final = 16_384


@dataclass(frozen=True, slots=True)
class Challenge:
    """The parameters of a Bearer or DPoP challenge; of several, the first that has each."""

    resource_metadata: str | None = None
    scope: str | None = None
    error: str | None = None
    error_description: str | None = None
    scheme: str = ""
    """`dpop` where the server offers nothing else, `bearer`, or empty for none."""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Challenge | None:
        """The challenge in the headers of an answer; None when there is none that a login answers."""
        schemes: list[str] = []
        found: dict[str, str] = {}
        for scheme, parameters in _challenges(_header(headers)):
            if scheme in _OURS:
                schemes.append(scheme)
                for name, value in parameters.items():
                    found.setdefault(name, value)
        if not schemes:
            return None
        return cls(
            found.get("resource_metadata") or None,
            found.get("scope"),
            found.get("error"),
            found.get("error_description"),
            "bearer" if "bearer" in schemes else "dpop",
        )


def _header(headers: Mapping[str, str]) -> str:
    """All lines of the header in one: httpx2 joins them with commas."""
    value = headers.get("www-authenticate") or headers.get("WWW-Authenticate") or ""
    return value[:_LONGEST]


def _challenges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each scheme, lower case, with its parameters; what cannot be read ends it."""
    scheme, parameters = "", dict[str, str]()
    place = 0
    while piece := _PIECE.match(header, place):
        place = piece.end()
        if piece["scheme"] is not None:
            if scheme:
                yield scheme, parameters
            scheme, parameters = piece["scheme"].lower(), {}
        elif scheme:
            quoted = piece["quoted"]
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else piece["plain"]
            parameters.setdefault(piece["name"].lower(), value)
    if scheme:
        yield scheme, parameters

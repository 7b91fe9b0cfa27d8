"""`NO_PROXY`: which hosts are reached without a proxy, and which entries nobody can mean."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("EVERYTHING", "PROXY", "direct_patterns", "odd_entries")

PROXY: Final = "jackfield.proxy"
"""The extension of a response that names the proxy it came through, which may have answered itself."""
EVERYTHING: Final = "all://"
"""The pattern of `*`: no proxy at all."""

_NAME: Final = re.compile(r"(?:[^\W_]|[._-])+")
"""A host's name, in any alphabet."""
_BRACKETS: Final = re.compile(r"\[([^\[\]]+)\](?::([0-9]{1,5}))?")
_HIGHEST_PORT: Final = 65_535


def direct_patterns(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The URL patterns of httpx2 that are reached directly."""
    return tuple(pattern for word in _words(environ) for pattern in _patterns(word))


def odd_entries(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The entries that name no host, address or network, printable; they are ignored."""
    return tuple(one_line(word, 80) for word in _words(environ) if not _patterns(word))


def _words(environ: Mapping[str, str]) -> Iterator[str]:
    direct = environ.get("no_proxy", "") or environ.get("NO_PROXY", "")
    return (word for entry in direct.split(",") if (word := entry.strip()))


def _patterns(word: str) -> tuple[str, ...]:
    """The patterns for one word: a host and what is below it, an address, or one with a port."""
    if word == "*":
        return (EVERYTHING,)
    scheme, sign, host = word.rpartition("://")
    scheme = (scheme.lower() if sign else "") or "all"
    if scheme not in ("all", "http", "https"):
        return ()
    host = host.rstrip("/") if sign else host
    return _addresses(scheme, host) or _names(scheme, host)


def _addresses(scheme: str, host: str) -> tuple[str, ...]:
    bracketed = _BRACKETS.fullmatch(host)
    try:
        network = ipaddress.ip_network(bracketed[1] if bracketed else host, strict=False)
    except ValueError:
        return ()
    start, slash, length = str(network).partition("/")
    whole = network.prefixlen == network.max_prefixlen
    shown = f"[{start}]" if network.version == 6 else start
    port = f":{bracketed[2]}" if bracketed and bracketed[2] else ""
    return (f"{scheme}://{shown}{port}{'' if whole else slash + length}",)


def _names(scheme: str, host: str) -> tuple[str, ...]:
    name, colon, port = host.lstrip("*").lstrip(".").partition(":")
    port_fits = not port or (port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT)
    if not _NAME.fullmatch(name) or not port_fits:
        return ()
    where = f"{name}{colon}{port}" if port else name
    if scheme != "all":
        return (f"{scheme}://{where}",)
    below = f"all://*.{where}"  # `.example.com` is what is below it only; `example.com` is both
    return (below,) if host.startswith((".", "*.")) else (f"all://{where}", below)

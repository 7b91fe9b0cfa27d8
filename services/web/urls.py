"""URLs as OAuth compares them: issuers as texts, resources by their path, endpoints by who may listen."""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from typing import Final
from urllib.parse import urljoin, urlsplit, urlunsplit

from services.web.origins import same_origin

__all__ = (
    *("base_of", "canonical", "covers", "endpoint_flaw", "is_local", "is_secure", "issuers_match", "joined"),
    "may_name",
)

_WRITTEN: Final = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
"""What a URL is written with (RFC 3986, appendix A)."""

_DOTS: Final = str.maketrans("\u3002\uff0e\uff61", "...")
"""What else counts as a dot in a host's name (RFC 3490, 3.1)."""


def issuers_match(one: str, other: str) -> bool:
    """Whether two issuers are the same: as strings, but for the slash after a bare host (RFC 8414, 3.3)."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    return longer == f"{shorter}/" and shorter == base_of(shorter)


def is_secure(url: str) -> bool:
    """Whether a URL is https, or http on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_local(host)))


def may_name(who: str, url: str) -> bool:
    """Whether we go to a URL because `who` named it: secure, and this machine only for who is on it too.

    Else any server could have us ask what listens here for nobody but this machine.
    """
    if not is_secure(url):
        return False
    try:
        return not is_local(urlsplit(url).hostname or "") or is_local(urlsplit(who).hostname or "")
    except ValueError:
        return False


def endpoint_flaw(url: str) -> str:
    """What is wrong with how an endpoint is written (RFC 3986; RFC 6749, 3.1); empty when nothing is."""
    if not _WRITTEN.fullmatch(url):
        return "has characters that no URL has"
    return "has a fragment" if "#" in url else ""


def is_local(host: str) -> bool:
    """Whether a host is this machine, however it is written: as resolvers read it, not as it looks."""
    name = unicodedata.normalize("NFKC", host.translate(_DOTS)).casefold().removesuffix(".").strip("[]")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = _address(name.partition("%")[0])
    if address is None:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        pass
    try:  # resolvers take 127.1, 0x7f.1 and 2130706433 as well
        return ipaddress.IPv4Address(socket.inet_aton(name))
    except (OSError, UnicodeError):
        return None


def covers(resource: str, server_url: str) -> bool:
    """Whether the resource is the server's URL or one above it on the same origin."""
    if not same_origin(server_url, resource):
        return False
    ours, theirs = urlsplit(server_url), urlsplit(resource)
    if theirs.query and theirs.query != ours.query:
        return False
    return f"{ours.path.rstrip('/')}/".startswith(f"{theirs.path.rstrip('/')}/")


def canonical(url: str) -> str:
    """The URL of a server as RFC 8707 wants a resource: no fragment, scheme and host in lower case."""
    parts = urlsplit(url)
    path = "" if parts.path == "/" and not parts.query else parts.path
    host = parts.netloc.rpartition("@")[2].lower()
    return urlunsplit((parts.scheme.lower(), host, path, parts.query, ""))


def joined(url: str, reference: str) -> str:
    """A reference as seen from a URL; what cannot be read stays as it is."""
    try:
        return urljoin(url, reference)
    except ValueError:
        return reference


def base_of(url: str) -> str:
    """Scheme and host of a URL, in lower case, without a path."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.rpartition('@')[2].lower()}"

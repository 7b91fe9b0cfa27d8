"""Origins of URLs (RFC 6454): what may go from one to the other.

Two comparisons leave room for a server that moved from http to https of the same host; an origin
as a text leaves none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import httpx2

__all__ = ("at_home", "may_follow", "origin", "same_origin")


def origin(url: str) -> str:
    """`scheme://host:port` of a URL, the port always said; empty when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}" if parts.hostname else ""


def same_origin(one: str, other: str) -> bool:
    """Whether two URLs have an origin, and the same one."""
    return bool(first := origin(one)) and first == origin(other)


def at_home(ours: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether a URL is on the origin of ours; http may have become https of the same host."""
    upgraded = (ours.scheme, ours.port, other.scheme, other.port) == ("http", None, "https", None)
    same = (ours.scheme, ours.port) == (other.scheme, other.port)
    return ours.host == other.host and (same or upgraded)


def may_follow(old: httpx2.URL, new: httpx2.URL) -> bool:
    """Whether what is meant for one URL may go to the other: at home, and under no other user's name."""
    return at_home(old, new) and new.userinfo in (b"", old.userinfo)

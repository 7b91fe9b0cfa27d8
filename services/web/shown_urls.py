"""Taking apart the URL a server wants opened, so that a person sees where it leads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.text import printable
from services.web.lookalikes import host_warnings

__all__ = ("UrlParts", "escaped", "take_apart")

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<slashes>//)?(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\]")
_PORT = re.compile(r"(?P<host>.*?)(?P<port>:[0-9]*)?")
_FOREIGN = re.compile(r"""[\s"<>\\^`{|}]""")
"""What is in no URL (RFC 3986), and acts in shells and browsers."""
_WEB = ("http", "https")
_LONGEST = 8_000
"""Characters; nobody looks through more before saying yes."""


@dataclass(frozen=True, slots=True)
class UrlParts:
    """A URL in three pieces that make it whole again: `before + host + after`."""

    before: str
    host: str
    after: str
    warnings: tuple[str, ...] = ()
    """What a person should know before opening it."""
    refusal: str = ""
    """Why it cannot be opened from here; empty when it can."""

    may_copy: bool = True
    """Whether it may be pasted elsewhere, perhaps into a shell: not with characters that no URL has."""

    @property
    def may_open(self) -> bool:
        """Whether it is a plain web address."""
        return not self.refusal


def take_apart(url: str) -> UrlParts:
    """The host of a URL, and whether it may be opened.

    Browsers read some URLs otherwise than other programs do: with a backslash or percent signs
    before the path, what looks like the host need not be where they go. Those are refused.
    """
    plain = not _FOREIGN.search(url) and printable(url) == url
    if len(url) > _LONGEST:
        return UrlParts(url, "", "", refusal="this address is too long to be looked at", may_copy=plain)
    found = _URL.fullmatch(url)
    if found is None or found["scheme"].lower() not in _WEB or not found["slashes"]:
        refusal = "only http and https addresses can be opened"
        return UrlParts(url, "", "", refusal=refusal, may_copy=plain)
    cut = re.search(r"[/?#]", found["rest"])
    end = cut.start() if cut else len(found["rest"])
    authority, after = found["rest"][:end], found["rest"][end:]
    user, at, place = authority.rpartition("@")
    split = _PORT.fullmatch(place)
    host, port = (split["host"], split["port"] or "") if split else (place, "")
    before = f"{found['scheme']}://{user}{at}"
    ascii_host = _ascii(host)
    strange = ascii_host is None or re.search(r"[\\%\s@]", user) or not plain
    user_hides = ("what stands before the @ is not the host",) if at else ()
    warnings = (*user_hides, *host_warnings(found["scheme"].lower(), host, ascii_host or host.lower(), port))
    refusal = "this address is not plain enough to be opened safely" if strange else ""
    return UrlParts(before, host, port + after, warnings, refusal, plain)


def escaped(url: str) -> str:
    """A URL to be drawn, whatever is in it: what cannot be seen is written with a backslash.

    So it can neither be opened nor copied, as what was left of it without those characters could.
    """
    if printable(url) == url:
        return url
    signs = (sign if printable(sign) == sign else sign.encode("unicode_escape").decode() for sign in url)
    return "".join(signs)


def _ascii(host: str) -> str | None:
    """The host as it is looked up (RFC 3490); None when it is none."""
    try:
        name = host.lower() if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return name if _HOST.fullmatch(name) and len(name) <= 253 else None

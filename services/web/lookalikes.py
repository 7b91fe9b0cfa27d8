"""What about a host may lead a person astray: one plain line each."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("host_warnings",)

_USUAL_PORTS: Final = ("", ":", ":80", ":443", ":8080", ":8443")
_MOST_LABELS: Final = 4
_LONGEST: Final = 50
"""Characters of a host that are taken in at a look."""
_ENDINGS: Final = frozenset({"com", "org", "net", "edu", "gov", "io", "dev", "app", "co"})
"""With these a name usually ends: in its middle they stand for a name that it is not."""
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_warnings(scheme: str, host: str, ascii_host: str, port: str) -> Iterator[str]:
    """What a person should know of a host before they go there; `ascii_host` is what is looked up."""
    address = _address(ascii_host.rstrip("."))
    local = ascii_host == "localhost" or (address is not None and address.is_loopback)
    if ascii_host != host.lower() or any(label.startswith("xn--") for label in ascii_host.split(".")):
        yield f"the host has letters of other scripts: {ascii_host}"
    if address is not None and not (local and str(address) == ascii_host.strip("[]")):
        yield f"the host is a number, not a name: {address}"
    elif address is None and (end := _hidden_end(ascii_host)):
        yield f"whose host it is stands at its end: {end}"
    if ascii_host.endswith("."):
        yield "the host ends with a dot"
    if port not in _USUAL_PORTS and not local:
        yield f"the port {port[1:]} is not that of a usual web server"
    if scheme == "http" and not local:
        yield "not encrypted"


def _hidden_end(host: str) -> str:
    """The end of a host whose beginning hides it, being long or like another name; else nothing."""
    labels = host.rstrip(".").split(".")
    like_another = any(label in _ENDINGS for label in labels[1:-2])
    if len(labels) <= _MOST_LABELS and len(host) <= _LONGEST and not like_another:
        return ""
    return ".".join(labels[-3:])[-_LONGEST:]


def _address(host: str) -> Address | None:
    """The address a host is, also in the forms that browsers read: `2130706433`, `0x7f.1`, `127.1`."""
    if host.startswith("["):
        try:
            found = ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            return None
        return found.ipv4_mapped or found
    parts = host.split(".")
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        return None
    try:
        *first, last = map(_whole, parts)
    except ValueError:
        return None
    room = 8 * (4 - len(first))
    if any(part > 255 for part in first) or last >= 1 << room:
        return None
    value = last + sum(part << (24 - 8 * at) for at, part in enumerate(first))
    return ipaddress.IPv4Address(value)


def _whole(part: str) -> int:
    """A number as the WHATWG reads it: hexadecimal after 0x, octal after 0."""
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8 if len(part) > 1 and part.startswith("0") else 10)

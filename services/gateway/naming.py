"""What things of many servers are called by one: `SERVER__NAME`, and URIs as they are; each name once."""

from __future__ import annotations

import hmac
import re
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = (
    "SEPARATOR",
    "Target",
    "own_uri",
    "owner_sign",
    "same_text",
    "shared_names",
    "shared_uris",
    "uri_of",
)

SEPARATOR: Final = "__"
_SKILLS: Final = "skill://"
_HASH: Final = 8
_OWNER: Final = 16
_NO_SCHEME: Final = re.compile(r"[^A-Za-z0-9.-]")


@dataclass(frozen=True, slots=True)
class Target:
    """What a name stands for: a server, and the name or URI that it knows."""

    server: str
    name: str


def shared_names(targets: Iterable[Target]) -> dict[str, Target]:
    """The targets by names of their own, in their order.

    Where two would be called the same, such as `c` of `a__b` and `b__c` of `a`, each gets a hash of what it
    stands for: no name depends on which of them is there first.
    """
    found = list(targets)
    often = Counter(map(_plain, found))
    return {_plain(one) if often[_plain(one)] == 1 else _hashed(one): one for one in found}


def _plain(target: Target) -> str:
    return f"{target.server}{SEPARATOR}{target.name}"


def _hashed(target: Target) -> str:
    digest = sha256(f"{target.server}\0{target.name}".encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{_plain(target)}_{digest}"


def shared_uris(targets: Iterable[Target]) -> dict[str, Target]:
    """The targets by their URIs; where two servers have the same one, all but the first by `SERVER+URI`.

    Those of skills always name their servers: files of skills are read that no list has.
    """
    found: dict[str, Target] = {}
    for one in targets:
        alone = found.get(one.name, one) == one and not one.name.startswith(_SKILLS)
        name = one.name if alone else uri_of(one)
        found.setdefault(name, one)
    return found


def uri_of(target: Target) -> str:
    """The URI that names its server too; the server stands in the scheme (RFC 3986, 3.1).

    That of a skill keeps its scheme, by which some clients know skills: its path begins with the server.
    """
    if target.name.startswith(_SKILLS):
        return f"{_SKILLS}{quote(target.server, safe='')}/{target.name.removeprefix(_SKILLS)}"
    scheme = _NO_SCHEME.sub("-", target.server)
    return f"{scheme if scheme[:1].isalpha() else f's{scheme}'}+{target.name}"


def own_uri(server: str, uri: str) -> str | None:
    """What a server calls that which `uri_of` calls so; None where it is no URI of this server."""
    for scheme in (_SKILLS, ""):
        if uri.startswith(prefix := uri_of(Target(server, scheme))):
            return f"{scheme}{uri.removeprefix(prefix)}"
    return None


def owner_sign(key: bytes, task: Target, who: str) -> str:
    """What stands in the name of a caller's task, and no other caller can make."""
    told = "\0".join((who, task.server, task.name)).encode("utf-8", "surrogatepass")
    return hmac.new(key, told, sha256).hexdigest()[:_OWNER]


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))

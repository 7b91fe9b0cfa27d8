"""What servers' tools are called before a model: `mcp__SERVER__TOOL`, unique and fit for every API."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("LONGEST", "tool_names")

LONGEST: Final = 64
"""Characters of a name: what OpenAI's interfaces take; Anthropic's take 128."""

_HASH: Final = 10
_OTHER: Final = re.compile(r"[^A-Za-z0-9_-]")


def tool_names(tools: Iterable[tuple[str, str]], taken: Iterable[str] = ()) -> dict[tuple[str, str], str]:
    """The names of tools given as (server, tool) as on the wire; none of them is one that is `taken`.

    Characters outside `[A-Za-z0-9_-]` become `_`. A name of more than 64 characters, and every one of those
    that would be the same, ends in a hash of what it stands for: it does not depend on the others.
    """
    wanted = {pair: _OTHER.sub("_", f"mcp__{pair[0]}__{pair[1]}") for pair in tools}
    often = Counter((*wanted.values(), *taken))
    return {
        pair: _hashed(name, pair) if often[name] > 1 or len(name) > LONGEST else name
        for pair, name in wanted.items()
    }


def _hashed(name: str, pair: tuple[str, str]) -> str:
    digest = sha256("\0".join(pair).encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]
    return f"{name[: LONGEST - _HASH - 1]}_{digest}"

"""Which characters of a line of JSON are keys, strings, numbers and words."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ("LONGEST_LINE", "Token", "json_tokens")

LONGEST_LINE = 1 << 13
"""Characters of a line that are looked at; what comes after them stays plain."""

_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>\b(?:true|false|null)\b)"
    r"|(?P<mark>[{}\[\],:]+)"
)


class Token(NamedTuple):
    """A piece of a line: `key`, `string`, `number`, `word` or `mark`."""

    start: int
    end: int
    kind: str


@lru_cache(512)
def json_tokens(line: str) -> tuple[Token, ...]:
    """The tokens of one line of JSON, in order; anything else between them is plain."""
    return tuple(
        Token(match.start(), match.end(), match.lastgroup or "")
        for match in _TOKEN.finditer(line[:LONGEST_LINE])
    )

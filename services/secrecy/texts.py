"""What looks like a secret in a text of a stranger, and its masking."""

from __future__ import annotations

import re
from typing import Final

from services.secrecy.names import MASK, is_secret_name, masked_tokens
from services.secrecy.urls import masked_urls

__all__ = ("masked_text",)

_SCHEMES: Final = re.compile(r"(?i)\b(bearer|basic|dpop)(\s+)([\w.~+/=-]{8,})")
_ASSIGNED: Final = re.compile(r"\b([A-Za-z][\w-]{0,60})(=[\"']?)([^\s\"'&;,<>]{4,})")


def masked_text(text: str) -> str:
    """A text of a stranger with what looks like a secret in it masked. Linear.

    `Bearer …` and its like, `token=…`, tokens of known makes, users and queries of URLs.
    """
    return masked_urls(masked_tokens(_ASSIGNED.sub(_assigned, _SCHEMES.sub(_scheme, text))))


def _assigned(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{MASK}" if is_secret_name(found[1]) else found[0]


def _scheme(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{MASK}"

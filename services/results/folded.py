"""Base64 is never shown as text: what it is and how long stands in its place.

What is saved, copied or printed as the result itself keeps all of it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from services.amounts import byte_size
from services.results.base64_bytes import BrokenBase64, read_base64
from services.results.kinds import kind_of

__all__ = ("folded", "folded_text", "is_base64")

_SHORTEST: Final = 200
_SAMPLE: Final = 4_096
_LINE: Final = 60
"""Characters of the lines that base64 is broken into, at least (RFC 2045: 76)."""
_NAMED: Final = frozenset(("data", "blob"))
"""Members that hold base64 by the specification."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_=\s-]*")
_RUN: Final = re.compile(r"[A-Za-z0-9+/_=%-]*")
_URL: Final = re.compile(r"data:([\w.+-]{1,80}/[\w.+-]{1,80})?(?:;[\w.+-]{1,80}=[\w.+-]{1,80})*;base64,")
_MARK: Final = ";base64,"
_HEAD: Final = 400
"""Characters before the content of a `data:` URL at most."""


def folded(value: Any) -> Any:
    """A JSON value with base64 folded; itself, and every part of it, where there is none.

    Raises RecursionError for what is nested about a thousand levels deep.
    """
    if isinstance(value, str):
        return folded_text(value) if len(value) >= _SHORTEST else value
    if isinstance(value, dict):
        changed: dict[Any, Any] = {}
        for key, item in value.items():
            if not isinstance(item, str | dict | list):
                continue
            new = _member(key, item)
            if new is not item:
                changed[key] = new
        return value | changed if changed else value
    if isinstance(value, list):
        places = {place: new for place, item in enumerate(value) if (new := folded(item)) is not item}
        return [places.get(place, item) for place, item in enumerate(value)] if places else value
    return value


def folded_text(text: str) -> str:
    """A text with its `data:` URLs folded, or all of it where it is nothing but base64."""
    if len(text) < _SHORTEST:
        return text
    if is_base64(text):
        return _sign(text)
    return _without_urls(text) if _MARK in text else text


def is_base64(text: str) -> bool:
    """Whether a text looks like base64 and like nothing else; long ones are looked at here and there."""
    head = text[:_SAMPLE]
    if len(text) < _SHORTEST or _BASE64.fullmatch(head) is None:
        return False
    first, _, more = head.strip().partition("\n")
    if re.search(r"\s", first.rstrip("\r")) or (more and len(first) < _LINE):
        return False
    step = max(len(text) // 64, 1)
    if any(_BASE64.fullmatch(text, at, at + 256) is None for at in range(0, len(text), step)):
        return False
    return _kind(text) is not None or all(re.search(signs, head) for signs in ("[a-z]", "[A-Z]", "[0-9]"))


def _member(key: Any, item: Any) -> Any:
    if (
        isinstance(item, str)
        and key in _NAMED
        and len(item) >= _SHORTEST
        and _BASE64.fullmatch(item, 0, _SAMPLE)
    ):
        return _sign(item)
    return folded(item)


def _sign(text: str) -> str:
    kind = _kind(text)
    return f"… {kind}, {_size(len(text))}" if kind else f"… {_size(len(text))}"


def _size(characters: int) -> str:
    return f"{byte_size(characters * 3 // 4)}: {characters:,} characters of base64 …"


def _kind(text: str) -> str | None:
    """What the first bytes tell."""
    head = "".join(text[:1_000].split())[:684]
    try:
        kind = kind_of(read_base64(head[: len(head) // 4 * 4]).data)
    except BrokenBase64:
        return None
    return kind.name if kind is not None else None


def _without_urls(text: str) -> str:
    pieces: list[str] = []
    done = 0
    at = text.find(_MARK)
    while at >= 0:
        begin = at + len(_MARK)
        end = _run_end(text, begin)
        head = text.rfind("data:", max(at - _HEAD, done), at)
        if end - begin >= _SHORTEST and head >= 0 and _URL.fullmatch(text, head, begin):
            pieces += (text[done:begin], _sign(text[begin:end]))
            done = end
        at = text.find(_MARK, end)
    return "".join((*pieces, text[done:]))


def _run_end(text: str, begin: int) -> int:
    """Where the characters of base64 end, a piece at a time."""
    while begin < len(text):
        run = _RUN.match(text, begin, begin + _SAMPLE * 16)
        assert run is not None
        if run.end() < min(begin + _SAMPLE * 16, len(text)):
            return run.end()
        begin = run.end()
    return begin

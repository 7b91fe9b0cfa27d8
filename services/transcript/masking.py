"""An entry with the secrets in it masked, as the trace of a server masks its messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.secrecy.redaction import MASK
from services.transcript.bounds import bounded, is_blob

if TYPE_CHECKING:
    from services.secrecy.redaction import Redactor
    from services.transcript.entries import Entry, Part, Scalar

__all__ = ("is_masked", "masked", "masked_json")


def masked(entry: Entry, redactor: Redactor) -> Entry:
    """The entry as it may be written and sent on: bounded, then masked. Not on the event loop."""
    entry = bounded(entry, redactor.cut)
    return replace(
        entry,
        name=redactor.text(entry.name),
        detail=redactor.loose(entry.detail) if entry.detail else "",
        parts=tuple(_part(part, redactor) for part in entry.parts),
        again=redactor.loose(entry.again) if entry.again else "",
        shell=redactor.loose(entry.shell) if entry.shell else "",
        copied=redactor.text(entry.copied) if entry.copied else "",
        raw=masked_json(dict(entry.raw), redactor) if entry.raw is not None else None,
    )


def is_masked(text: str) -> bool:
    """Whether something in a text was masked, so that it cannot be sent again as it stands."""
    return MASK in text


def masked_json(value: Any, redactor: Redactor) -> Any:
    """A parsed JSON value with its secrets masked.

    Long base64 is not searched by rules, which would take a second for a picture: it goes whole where a known
    secret stands in it.
    """
    blobs: dict[str, str] = {}
    shown = redactor.json(_without_blobs(value, blobs, redactor, 0))
    return _with_blobs(shown, blobs) if blobs else shown


def _without_blobs(value: Any, blobs: dict[str, str], redactor: Redactor, depth: int) -> Any:
    match value:
        case dict() if depth < 100:
            return {
                name: _stand_in(item, blobs, redactor)
                if is_blob(name, item)
                else _without_blobs(item, blobs, redactor, depth + 1)
                for name, item in value.items()
            }
        case list() if depth < 100:
            return [_without_blobs(item, blobs, redactor, depth + 1) for item in value]
        case _:
            return value


def _stand_in(text: str, blobs: dict[str, str], redactor: Redactor) -> str:
    if redactor.knows_within(text):
        return MASK
    key = f"\ue000{len(blobs)}\ue001"  # private use: masking changes none of it
    blobs[key] = text
    return key


def _with_blobs(value: Any, blobs: dict[str, str]) -> Any:
    match value:
        case dict():
            return {name: _with_blobs(item, blobs) for name, item in value.items()}
        case list():
            return [_with_blobs(item, blobs) for item in value]
        case str():
            return blobs.get(value, value)
        case _:
            return value


def _part(part: Part, redactor: Redactor) -> Part:
    text = redactor.loose(part.text) if part.kind == "json" else redactor.text(part.text)
    return replace(
        part, text=text, more={name: _scalar(value, redactor) for name, value in part.more.items()}
    )


def _scalar(value: Scalar, redactor: Redactor) -> Scalar:
    return redactor.text(value) if isinstance(value, str) else value

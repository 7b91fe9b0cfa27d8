"""An entry with the secrets in it masked, as the trace of a server masks its messages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.secrecy.redaction import MASK, Redactor
from services.transcript.bounds import bounded, is_blob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.transcript.entries import Entry, Part

__all__ = ("Masker", "is_masked", "masked", "masked_json")

_SHORT: Final = 200
_MOST_KNOWN: Final = 4_000
_FIELDS: Final = ("name", "detail", "again", "shell", "copied")
_BETWEEN: Final = "\n\ue002\n"
"""Between texts that are masked at once: what no rule reaches across, but one that began with a quote."""
_MOST_JOINED: Final = 4_000


class Masker(Redactor):
    """A redactor for a whole session: of short texts that come again and again it knows the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: dict[str, str] = {}

    def _compile(self) -> None:
        super()._compile()
        self._answers = {}

    def text(self, text: str) -> str:
        if len(text) > _SHORT:
            return super().text(text)
        answers = self._answers  # taken before the rules are asked: they may change meanwhile
        if (known := answers.get(text)) is None:
            if len(answers) >= _MOST_KNOWN:
                answers.clear()
            known = answers[text] = super().text(text)
        return known


def masked(entry: Entry, redactor: Redactor) -> Entry:
    """The entry as it may be written and sent on: bounded, then masked. Not on the event loop."""
    entry = bounded(entry, redactor.cut)
    texts = [getattr(entry, name) for name in _FIELDS]
    for part in entry.parts:
        texts += [part.text, *(value for value in part.more.values() if isinstance(value, str))]
    shown = iter(_masked_texts(texts, redactor))
    changed: dict[str, Any] = {name: next(shown) for name in _FIELDS}
    if entry.parts:
        changed["parts"] = tuple([_part(part, next(shown), shown) for part in entry.parts])
    if entry.raw is not None:
        changed["raw"] = masked_json(dict(entry.raw), redactor)
    return replace(entry, **changed)


def _masked_texts(texts: list[str], redactor: Redactor) -> list[str]:
    """Texts masked; all at once where they are short, which costs a fifth."""
    joined = _BETWEEN.join(texts)
    if len(joined) <= _MOST_JOINED and joined.count(_BETWEEN) == len(texts) - 1:
        shown = redactor.loose(joined).split(_BETWEEN)
        if len(shown) == len(texts):  # else a mask went from one into another
            return shown
    return [redactor.loose(text) if text else "" for text in texts]


def _part(part: Part, text: str, shown: Iterator[str]) -> Part:
    if not part.more:
        return part if text == part.text else replace(part, text=text)
    more = {name: next(shown) if isinstance(value, str) else value for name, value in part.more.items()}
    return replace(part, text=text, more=more)


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

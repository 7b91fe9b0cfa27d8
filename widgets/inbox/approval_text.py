"""A request for approval as lines: what the tool declares, how it changed, every argument in full."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from services.differences import difference
from services.numbers import exact_json
from services.text import escaped
from widgets.servers.schema_text import json_line
from widgets.views.line import Line, plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.approval import ApprovalRequest, ToolChange

__all__ = ("approval_lines", "call_name", "plain_name", "shown_json", "shown_text")

_LONGEST: Final = 10_000
"""Characters of one argument that are shown."""
_LONGEST_NAME: Final = 200
_ONE_LINE: Final = 200
"""Characters of a text that is shown beside its name."""
_LOOKS_LIKE_JSON: Final = frozenset('"[{-0123456789')
_WORDS: Final = frozenset(("true", "false", "null"))
_DIFFERENCE: Final = {"-": "$text-error", "+": "$text-success"}


def plain_name(text: str) -> str:
    """A name on one line, with every character that could hide in it written out."""
    return " ".join(shown_text(text[:_LONGEST_NAME]).split()) + ("…" if len(text) > _LONGEST_NAME else "")


def call_name(request: ApprovalRequest) -> str:
    """The server and the tool as a person writes them."""
    call = request.call
    return ".".join(plain_name(name) for name in (call.server, call.tool) if name)


def approval_lines(request: ApprovalRequest) -> list[Line]:
    """All that a person should know before they answer."""
    lines = [Line.of((" · ".join(map(plain_name, request.declared)), "$text-muted"))]
    if request.changed is not None:
        lines += [Line(), *_change(request.changed)]
    lines.append(Line())
    for name, value in request.call.arguments.items():
        lines += _argument(plain_name(name), value)
    if not request.call.arguments:
        lines.append(Line.of(("no arguments", "$text-muted")))
    if request.description.strip():
        server = plain_name(request.call.server) or "the tool"
        lines += [Line(), Line.of((f"What {server} says it does:", "$text-muted"))]
        lines += plain_lines(shown_text(request.description.strip()), "$text-muted", indent=2)
    return lines


# Arguments.


def _argument(name: str, value: Any) -> Iterator[Line]:
    """One argument: on its line, or as a block below its name."""
    head = (name, "bold $text-accent")
    if isinstance(value, str):
        text, more = _cut(value)
        if "\n" not in text and len(text) <= _ONE_LINE:
            yield Line.of(head, "  ", _beside(text), indent=4)
            return
        text = text.removesuffix("\n")
        count = value.removesuffix("\n").count("\n") + 1
        yield Line.of(
            head, (f"  {count:,} lines" if count > 1 else f"  {len(value):,} characters", "$text-muted")
        )
        yield from plain_lines(shown_text(text), indent=2)
    elif isinstance(value, dict | list) and value:
        text, more = _cut(shown_json(value))
        yield Line.of(head)
        yield from map(json_line, text.split("\n"))
    else:
        text, more = _cut(shown_json(value))
        yield Line.of(head, "  ", (text, "$text-warning"), indent=4)
    if more:
        yield Line.of((f"  … and {more:,} more characters", "$text-warning"), indent=2)


def _beside(text: str) -> str:
    """A text without quotes, unless it could be taken for something else without them."""
    doubtful = not text or text != text.strip() or text[0] in _LOOKS_LIKE_JSON or text in _WORDS
    return escaped(json.dumps(text, ensure_ascii=False)) if doubtful else shown_text(text)


def shown_text(text: str) -> str:
    """A text with its line breaks; what no terminal shows is written out, so that nothing hides in it."""
    return escaped(text.replace("\r\n", "\n")).replace("\t", "    ")


def _cut(text: str) -> tuple[str, int]:
    """The beginning of a text, and how many characters are left out."""
    return text[:_LONGEST], max(len(text) - _LONGEST, 0)


def shown_json(value: Any, *, ordered: bool = False) -> str:
    """A value as JSON on several lines; what no terminal shows is written out."""
    try:
        return escaped(exact_json(value, indent=2, ensure_ascii=False, sort_keys=ordered))
    except (TypeError, ValueError, RecursionError):
        return "nested too deeply to show"


# What changed.


def _change(change: ToolChange) -> Iterator[Line]:
    """How the tool differs from the one that was allowed for good."""
    said = "You always allow this tool, but it has changed since."
    yield Line.of((said, "bold $text-warning"))
    before, now = shown_text(change.description_before), shown_text(change.description_now)
    found = [
        ("Its description:", tuple(_difference(before, now))),
        ("Its arguments:", tuple(_difference(_schema(change.schema_before), _schema(change.schema_now)))),
    ]
    for title, lines in found:
        if lines:
            yield Line.of((title, "$text-warning"))
            yield from lines
    if not any(lines for _, lines in found):
        yield Line.of(("Its title or its annotations have changed.", "$text-warning"))


def _schema(schema: Mapping[str, Any]) -> str:
    return shown_json(schema, ordered=True)  # the order of keys says nothing


def _difference(before: str, now: str) -> Iterator[Line]:
    """The lines that went and came, with a few around them; nothing where the texts are the same."""
    for row in difference(before, now):
        if row.startswith("…"):
            yield Line.of((f"  {row}", "$text-muted" if row == "…" else "$text-warning"))
        else:
            yield Line.of((row, _DIFFERENCE.get(row[:1], "$text-muted")), indent=4)

"""A JSON Schema as a person reads it: a line an argument, and the schema itself as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from textual.content import Span

from services.schemas import properties as schemas
from services.schemas.reader import resolved
from services.text import one_line, printable
from widgets.views.json_tokens import json_tokens
from widgets.views.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.schemas.reader import Schema

__all__ = ("argument_lines", "json_line", "json_lines", "type_words")

_DEEPEST = 3
"""Levels of nested types that are put into words; below that the JSON speaks."""
_MOST_ARGUMENTS = 200
_MOST_LINES = 2_000
_LONGEST = 4_000
_COLOURS = {
    "key": "$text-accent",
    "string": "$text-success",
    "number": "$text-warning",
    "word": "italic $text-warning",
    "mark": "$text-muted",
}
_BOUNDS = (
    ("minimum", "≥ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMaximum", "< {}"),
    ("multipleOf", "a multiple of {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
    ("pattern", "matches {}"),
)


def argument_lines(schema: object) -> list[Line]:
    """The properties of an object schema: name, type and limits, then the description below."""
    if not isinstance(schema, Mapping):
        return []

    properties, required = schemas.properties(schema), set(schemas.required(schema))
    lines: list[Line] = []

    for name in list(properties)[:_MOST_ARGUMENTS]:
        lines += _argument(name, properties[name], name in required, schema)

    if len(properties) > _MOST_ARGUMENTS:
        lines.append(Line.of(("  … and more", "$text-muted")))

    return lines


def _argument(name: str, schema: Schema, required: bool, root: Mapping[str, Any]) -> Iterator[Line]:
    said = [type_words(schema, root=root), *(["required"] if required else []), *_limits(schema)]
    star = ("*", "$text-accent") if required else " "
    yield Line.of("  ", (one_line(name, 80), "bold"), star, " ", (", ".join(said), "$text-muted"), indent=4)

    for key in ("title", "description"):
        text = schema.get(key)

        if isinstance(text, str) and text.strip() and text.casefold() != name.casefold():
            yield Line.of("    ", one_line(text, 1_000), indent=4)


def type_words(schema: object, depth: int = 0, *, root: object = None) -> str:
    """The type in words: `string`, `array of integer`, `"a" or "b"`, `string or null`.

    A reference into `root` is put into the words of what it leads to; one to an object goes by its name.
    """
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return "any"

    if isinstance(choices := schema.get("enum"), list) and choices:
        shown = " or ".join(_value(choice) for choice in choices[:8])
        return shown + (" or …" if len(choices) > 8 else "")

    if "const" in schema:
        return _value(schema["const"])

    for key in ("anyOf", "oneOf"):
        if isinstance(options := schema.get(key), list) and options:
            return " or ".join(
                dict.fromkeys(type_words(option, depth + 1, root=root) for option in options[:8])
            )

    if isinstance(reference := schema.get("$ref"), str):
        words = type_words(resolved(schema, root), depth + 1, root=root)
        return words if words not in ("any", "object") else one_line(reference.rsplit("/", 1)[-1], 60)

    kind = schema.get("type", "any")
    kinds = (
        [one_line(str(each), 40) for each in kind] if isinstance(kind, list) else [one_line(str(kind), 40)]
    )

    if kinds == ["array"] and "items" in schema:
        return f"array of {type_words(schema['items'], depth + 1, root=root)}"

    return " or ".join(kinds)


def _limits(schema: Schema) -> Iterator[str]:
    if isinstance(form := schema.get("format"), str):
        yield one_line(form, 40)

    for key, words in _BOUNDS:
        if isinstance(value := schema.get(key), str | int | float) and not isinstance(value, bool):
            yield words.format(one_line(str(value), 60))

    if "default" in schema:
        yield f"default {_value(schema['default'])}"


def _value(value: object) -> str:
    try:
        return one_line(json.dumps(value, ensure_ascii=False), 60)
    except (TypeError, ValueError, RecursionError):
        return "…"


def json_lines(value: Any, most: int = _MOST_LINES) -> list[Line]:
    """A JSON value indented, keys apart from values; cut after `most` lines."""
    try:
        text = printable(json.dumps(value, indent=2, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return [Line.of(("  nested too deeply to show", "$text-muted"))]

    rows = text.split("\n", most)
    lines = [json_line(row[:_LONGEST]) for row in rows[:most]]

    if len(rows) > most:
        lines.append(Line.of(("  … cut here", "$text-muted")))

    return lines


def json_line(row: str) -> Line:
    """One row of JSON in the colours that `JsonView` gives it."""
    spans = tuple(Span(start + 2, end + 2, _COLOURS[kind]) for start, end, kind in json_tokens(row))
    return Line("  " + row, spans, indent=4 + len(row) - len(row.lstrip(" ")))

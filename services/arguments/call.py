"""The arguments of a call: typed from words, checked, and how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.arguments.line import missing_required, parse_words, remarks
from services.arguments.pieces import split_word
from services.arguments.values import as_text, read_json
from services.arguments.words import quote
from services.errors import InvalidArguments
from services.ranking import did_you_mean
from services.schemas import properties as schemas
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.catalog.entries import Prompt, Tool
    from services.schemas.properties import Schema

__all__ = (
    "check_arguments",
    "described",
    "json_object",
    "prompt_arguments",
    "signature",
    "tool_arguments",
    "usage",
)

_LONGEST_CHOICES = 30
_KINDS = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "NUMBER",
    "boolean": "true|false",
    "array": "[…]",
    "object": "{…}",
    "null": "null",
}


def json_object(text: str, name: str = "--args") -> dict[str, Any]:
    """The JSON object in the text that is called `name`; raises InvalidArguments."""
    value = read_json(text.strip(), name)
    if not isinstance(value, dict):
        raise InvalidArguments(f"{name} holds no JSON object", hint='Write {"name": "value", …}.')
    return value


def tool_arguments(tool: Tool, words: Sequence[str], *, check: bool) -> dict[str, Any]:
    """The words as arguments typed by the tool's schema.

    Without `check` a word that does not fit is sent as text, and names the schema does not have go along.
    """
    if len(words) == 1 and words[0].startswith("{"):
        return json_object(words[0])
    try:
        return parse_words(words, tool.input_schema)
    except InvalidArguments:
        if check:
            raise
    arguments: dict[str, Any] = {}
    for word in words:
        try:
            arguments |= parse_words([word], tool.input_schema)
        except InvalidArguments:
            if not split_word(word).key:
                raise
            arguments |= parse_words([word], {})
    return arguments


def check_arguments(tool: Tool, arguments: Mapping[str, Any], command: str) -> tuple[str, ...]:
    """Raise InvalidArguments for what the schema refuses; what only looks like a slip is a remark."""
    missing = missing_required(tool.input_schema, arguments)
    if missing:
        names = ", ".join(one_line(name, 60) for name in missing)
        raise InvalidArguments(f"{tool.name} needs {names}.", hint=f"Usage: {usage(command, tool)}")
    from services.schemas.checker import SchemaCheck  # late: the server is starting meanwhile

    reasons = SchemaCheck(tool.input_schema).reasons(dict(arguments))
    if reasons:
        told = "; ".join(f"{_place(path)}: {reason}" if path else reason for path, reason in reasons[:5])
        raise InvalidArguments(
            f"{tool.name} does not take these arguments: {one_line(told, 500)}.",
            hint="--no-check sends them all the same.",
        )
    return remarks(tool.input_schema, arguments)


def _place(path: tuple[str | int, ...]) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{one_line(step, 40)}" for step in path[:8])
    return text.lstrip(".")


def prompt_arguments(prompt: Prompt | None, words: Sequence[str], name: str, command: str) -> dict[str, str]:
    """The words as arguments of a prompt, every value a string; raises InvalidArguments."""
    known = [a.name for a in prompt.arguments] if prompt is not None else []
    arguments: dict[str, str] = {}
    for word in words:
        piece = split_word(word, known)
        if not piece.key or piece.json:
            raise InvalidArguments(
                f"{one_line(word, 80)} is not KEY=VALUE", hint="Values of prompts are text."
            )
        if piece.key in arguments:
            raise InvalidArguments(f"{one_line(piece.key, 80)} is given twice")
        if prompt is not None and piece.key not in known:
            shown = one_line(piece.key, 80)
            hint = did_you_mean(piece.key, known) or "It takes no arguments."
            raise InvalidArguments(f"{name} has no argument {shown}", hint=hint)
        arguments[piece.key] = piece.value
    missing = [a.name for a in prompt.arguments if a.required and a.name not in arguments] if prompt else []
    if missing:
        wanted = (
            " ".join(f"{a.name}=TEXT" if a.required else f"[{a.name}=TEXT]" for a in prompt.arguments)
            if prompt
            else ""
        )
        raise InvalidArguments(f"{name} needs {', '.join(missing)}.", hint=f"Usage: {command} {wanted}")
    return arguments


# How a call is written.


def usage(command: str, tool: Tool) -> str:
    """`jackfield call demo add a=NUMBER b=NUMBER`; what may be left out stands in brackets."""
    return f"{command} {signature(tool.input_schema)}".rstrip()


def signature(schema: Mapping[str, Any]) -> str:
    """The arguments a tool takes, as they are written: `a=NUMBER [caption=TEXT]`."""
    needed = schemas.required(schema)
    known = schemas.properties(schema)
    names = [*(name for name in known if name in needed), *(name for name in known if name not in needed)]
    written = (f"{_name(name)}={_value(known[name], schema)}" for name in names)
    return " ".join(
        text if name in needed else f"[{text}]" for name, text in zip(names, written, strict=True)
    )


def described(schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The arguments of which the schema says more, each with what it says in one line."""
    found = []
    for name, part in schemas.properties(schema).items():
        about = [one_line(part["description"], 2_000)] if isinstance(part.get("description"), str) else []
        if "default" in part:
            about.append(f"(default {one_line(as_text(part['default']), 80)})")
        if about:
            found.append((one_line(name, 60), " ".join(about)))
    return tuple(found)


def _name(name: str) -> str:
    return quote(one_line(name, 60))


def _value(part: Schema, root: Mapping[str, Any]) -> str:
    listed = schemas.choices(part, root)
    choices = "|".join(quote(one_line(as_text(choice), 40)) for choice in listed[:20])
    if choices and len(listed) <= 20 and len(choices) <= _LONGEST_CHOICES:
        return choices
    kinds = schemas.types(part, root) - {"null"}
    if "number" in kinds:
        kinds -= {"integer"}
    return "|".join(word for kind, word in _KINDS.items() if kind in kinds) or "VALUE"

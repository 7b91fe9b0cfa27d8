"""URI templates (RFC 6570): the variables they have, what of them is missing, and the URI that values make.

The expansion itself is that of the package `uri-template`, without what it adds to the RFC.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.arguments.pieces import split_word
from services.arguments.values import as_text, read_json, refuse
from services.errors import InvalidArguments
from services.ranking import did_you_mean
from services.sendable import unsendable
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("UriTemplate", "Variable", "is_template", "read_template", "refuse_template", "template_values")

_EXPRESSION: Final = re.compile(r"\{([^{}]*)\}")
_OPERATOR: Final = re.compile(r"[+#./;?&]?")
_VARIABLE: Final = re.compile(
    r"(\w(?:[\w-]|\.(?=[\w%])|%[0-9A-Fa-f]{2})*)(?:(\*)|:([1-9]\d{0,2}))?", re.ASCII
)
"""A name and its modifier. The RFC has no hyphen in names, but servers do."""
_LEFT_OUT: Final = frozenset("#./;?&")
"""Operators that bring their own separator: without a value nothing of the expression stays."""
_TEXTS: Final = {"type": "array", "items": {"type": "string"}}
_PAIRS: Final = {"type": "object", "additionalProperties": {"type": "string"}}

Value = str | list[str] | dict[str, str]
"""What a variable may be: a text, a list, or a map."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a template."""

    name: str
    operator: str = ""
    explode: bool = False
    """`{x*}`: a list or a map, each part of it set apart."""
    prefix: int | None = None
    """`{x:3}`: so many characters of it are used."""

    @property
    def needed(self) -> bool:
        """Whether the URI has a hole without it."""
        return self.operator not in _LEFT_OUT

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its values, for a form."""
        if not self.explode:
            about = {"description": f"its first {self.prefix} characters are sent"} if self.prefix else {}
            return {"type": "string", **about}
        return _TEXTS if self.operator in ("/", ".") else {"anyOf": [_TEXTS, _PAIRS]}


@dataclass(frozen=True, slots=True)
class UriTemplate:
    """A template that can be expanded."""

    text: str
    variables: tuple[Variable, ...]
    """Each name once, in the order of the template; one that stands in it twice as it is needed most."""

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the values, for a form."""
        return {
            "type": "object",
            "properties": {one.name: one.schema for one in self.variables},
            "required": [one.name for one in self.variables if one.needed],
        }

    @property
    def signature(self) -> str:
        """The values as they are written in a shell: `id=TEXT [q=TEXT]`."""
        written = (f"{one.name}=TEXT{'…' * one.explode}" for one in self.variables)
        return " ".join(
            text if one.needed else f"[{text}]" for text, one in zip(written, self.variables, strict=True)
        )

    def missing(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The variables without which the URI has a hole."""
        return tuple(one.name for one in self.variables if one.needed and one.name not in values)

    def expand(self, values: Mapping[str, Any]) -> str:
        """The URI. Values are texts, numbers, truth, lists and maps of those; null and empty ones are absent.

        Raises InvalidArguments.
        """
        if (found := unsendable([self.text, dict(values)])) is not None:
            refuse(f"{_shown(self.text)} cannot be filled in: {found[1]}.")
        known = {one.name: one for one in self.variables}
        read = {name: _value(known[name], value) for name, value in values.items() if name in known}
        given = {_encoded(name): value for name, value in read.items() if value is not None}
        return "".join(part.expand(given) or "" for part in _library(self.text).expansions)


def is_template(uri: str) -> bool:
    """Whether it holds braces, which a URI does not."""
    return "{" in uri or "}" in uri


def read_template(text: str) -> UriTemplate:
    """The template that the text is; raises InvalidArguments for what RFC 6570 does not know."""
    found: dict[str, Variable] = {}
    for variable in _variables(text):
        before = found.get(variable.name, variable)
        found[variable.name] = before if before.needed or not variable.needed else variable
    return UriTemplate(text, tuple(found.values()))


def refuse_template(uri: str) -> None:
    """Raise InvalidArguments for a template in the place of a URI, and say what is missing."""
    if not is_template(uri):
        return
    variables = read_template(uri).variables
    names = [one.name for one in variables if one.needed] or [one.name for one in variables]
    missing = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} missing"
    raise InvalidArguments(
        f"{_shown(uri)} is a template: {missing}", hint="Put a value in the place of each {…}."
    )


def template_values(template: UriTemplate, words: Sequence[str], command: str) -> dict[str, Any]:
    """`NAME=VALUE` and `NAME:=JSON` as values; a list is a name several times. Raises InvalidArguments."""
    known = {one.name: one for one in template.variables}
    values: dict[str, Any] = {}
    for word in words:
        piece = split_word(word, known)
        shown = one_line(piece.key, 80)
        if not piece.key:
            refuse(f"{_shown(word)} is not NAME=VALUE.")
        if piece.key not in known:
            hint = did_you_mean(piece.key, known) or "It has none."
            refuse(f"{_shown(template.text)} has no variable {shown}.", hint)
        exploded = known[piece.key].explode and not piece.json
        if piece.key in values and not (exploded and isinstance(values[piece.key], list)):
            refuse(f"{shown} is given twice.")
        value = read_json(piece.value, shown) if piece.json else piece.value
        values[piece.key] = [*values.get(piece.key, ()), value] if exploded else value
    if missing := template.missing(values):
        usage = f"Usage: {command} {template.signature}"
        raise InvalidArguments(f"{_shown(template.text)} needs {', '.join(missing)}.", hint=usage)
    return values


def _variables(text: str) -> Iterator[Variable]:
    for expression in _EXPRESSION.finditer(text):
        operator = _OPERATOR.match(expression[1])
        start = operator.end() if operator else 0
        for part in expression[1][start:].split(","):
            variable = _VARIABLE.fullmatch(part)
            if variable is None:
                refuse(f"{_shown(text)} is not a URI template (RFC 6570): {{{one_line(expression[1], 60)}}}.")
            prefix = int(variable[3]) if variable[3] else None
            yield Variable(variable[1], expression[1][:start], bool(variable[2]), prefix)
    if is_template(_EXPRESSION.sub("", text)):
        refuse(f"{_shown(text)} is not a URI template (RFC 6570): a brace stands alone.")


def _library(text: str) -> Any:
    from uri_template import URITemplate  # late: few ever use a template

    return URITemplate(_EXPRESSION.sub(lambda found: _encoded(found[0]), text))


def _encoded(name: str) -> str:
    """A name as the RFC has it: characters that it knows no names with are percent-encoded."""
    return name.replace("-", "%2D")


def _value(variable: Variable, value: Any) -> Value | None:
    """A value as the RFC has it; None for what counts as absent."""
    if isinstance(value, list | Mapping) and variable.prefix:
        refuse(f"{variable.name} takes a text: its first {variable.prefix} characters are sent.")
    if isinstance(value, list):
        return [_text(variable, one) for one in value if one is not None] or None
    if isinstance(value, Mapping):
        return {str(key): _text(variable, one) for key, one in value.items() if one is not None} or None
    return None if value is None else _text(variable, value)


def _text(variable: Variable, value: Any) -> str:
    if isinstance(value, list | Mapping):
        refuse(f"{variable.name} takes a text, a list of texts, or a map of texts.")
    return as_text(value)


def _shown(text: str) -> str:
    return f'"{one_line(text, 200)}"'

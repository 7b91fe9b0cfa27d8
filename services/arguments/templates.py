"""How far a typed URI fills a template, for completing its variables (`{name}` and `{+name}` of RFC 6570)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote as percent_encode
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Filled", "completes", "fill")

_EXPRESSION = re.compile(r"\{([^{}]*)\}")
_VARIABLE = re.compile(r"(\+?)([\w.%-]+)(\*|:\d+)?")
_RESERVED = ":/?#[]@!$&'()*+,;="


@dataclass(frozen=True, slots=True)
class Filled:
    """A typed URI that agrees with a template so far."""

    prefix: str
    """What is settled: everything before the variable, or the literal text up to the next variable."""
    variable: str = ""
    """The variable that is being typed, or nothing."""
    value: str = ""
    """What is typed of its value, percent-decoded."""
    following: str = ""
    """The literal text after the variable."""
    complete: bool = False
    """No variable is left after this one."""
    others: Mapping[str, str] = field(default_factory=dict)
    """The values of the variables before, percent-decoded."""
    reserved: bool = False
    """`{+name}`: reserved characters stay as they are."""

    def with_value(self, value: str) -> str:
        """The URI as it stands with that value for the variable."""
        safe = _RESERVED if self.reserved else ""
        return self.prefix + percent_encode(value, safe=safe) + self.following


def fill(template: str, typed: str) -> Filled | None:
    """Where in the template the typed text ends; None when it does not agree with it."""
    parts = _parts(template)
    at, others = 0, dict[str, str]()
    for index, (literal, name, reserved) in enumerate(parts):
        rest = typed[at:]
        if len(rest) < len(literal) or (rest == literal and not name):
            return Filled(typed[:at] + literal) if literal.startswith(rest) else None
        if not rest.startswith(literal) or not name:
            return None
        at += len(literal)
        following, after, _ = parts[index + 1]
        end = typed.find(following, at) if following else -1
        if end < 0:
            if begun := 0 if reserved else _begun(following, typed[at:]):
                return Filled(typed[:-begun] + following)
            value = unquote(typed[at:])
            return Filled(typed[:at], name, value, following, not after, others, reserved)
        others[name] = unquote(typed[at:end])
        at = end
    return None


def completes(template: str) -> bool:
    """Whether its first variable can be completed while the URI is typed."""
    return bool(_parts(template)[0][1])


def _begun(literal: str, rest: str) -> int:
    """How much of the literal stands at the end already; only a delimiter can tell it from the value."""
    if literal[:1].isalnum():
        return 0
    return next((size for size in range(len(literal) - 1, 0, -1) if rest.endswith(literal[:size])), 0)


def _parts(template: str) -> list[tuple[str, str, bool]]:
    """Literal text and the variable after it, in pairs; the last has no variable.

    Reading stops at an expression of another form: what comes before it can still be completed.
    """
    parts: list[tuple[str, str, bool]] = []
    at = 0
    for expression in _EXPRESSION.finditer(template):
        variable = _VARIABLE.fullmatch(expression[1])
        if variable is None:
            return [*parts, (template[at : expression.start()], "", False)]
        parts.append((template[at : expression.start()], variable[2], bool(variable[1])))
        at = expression.end()
    return [*parts, (template[at:], "", False)]

"""`${VAR}`, `${VAR:-default}` and `${input:ID}` in the values of config.toml."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from services.errors import MissingVariable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("expand", "inputs_in", "variables")

_REFERENCE = re.compile(
    r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{input:([^}\x00-\x1f]{1,500})\}"
)
"""A reference, or `$${`, which stands for a literal `${`.

Linear as long as a `}` follows every `${`: then each match takes in all that was looked at.
"""


def expand(text: str, environ: Mapping[str, str], inputs: Callable[[str], str | None] | None = None) -> str:
    """`text` with its references replaced; raises MissingVariable, which names the variable or input.

    A default is taken when the variable is unset or empty, as shells do. What is not a plain
    variable name, `${1}` or `${x%y}`, stays as it is. `inputs` gives the answer to an input
    by its ID; without it, and where it gives None, `${input:ID}` stays.
    """
    if "${" not in text:
        return text
    end = _end(text)
    expanded = _REFERENCE.sub(lambda match: _value(match, environ, inputs), text[:end])
    return expanded + text[end:].replace("$${", "${")


def variables(text: str) -> tuple[str, ...]:
    """The names of the variables that `text` refers to, in order."""
    return tuple(match[1] for match in _REFERENCE.finditer(text[: _end(text)]) if match[1])


def inputs_in(text: str) -> tuple[str, ...]:
    """The IDs of the inputs that `text` refers to, in order."""
    return tuple(match[3] for match in _REFERENCE.finditer(text[: _end(text)]) if match[3])


def _end(text: str) -> int:
    """Where the last reference can end."""
    return text.rfind("}") + 1


def _value(
    match: re.Match[str], environ: Mapping[str, str], inputs: Callable[[str], str | None] | None
) -> str:
    name, default, identifier = match.groups()
    if identifier is not None:
        answer = inputs(identifier) if inputs else None
        return match[0] if answer is None else answer
    if name is None:
        return "${"
    value = environ.get(name)
    if default is not None:
        return value or default
    if value is None:
        raise MissingVariable(
            f"environment variable {name} is not set",
            hint=f"Set {name}, or give a default: ${{{name}:-…}}; $${{{name}}} stands for the text itself.",
        )
    return value

"""Style sheets parsed once a process: each app of Textual parses the same ones anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.css.stylesheet import Stylesheet

if TYPE_CHECKING:
    from collections.abc import Hashable

    from textual.css.model import RuleSet

__all__ = ("parse_once",)


def parse_once() -> None:
    """Let all apps share what a sheet says under the same variables; Textual only reads it."""
    Stylesheet._parse_rules = _parse_rules  # type: ignore[method-assign, assignment]


_parse = Stylesheet._parse_rules
_PARSED: Final[dict[Hashable, list[RuleSet]]] = {}


def _parse_rules(sheet: Stylesheet, css: str, *arguments: Any, **options: Any) -> list[RuleSet]:
    variables = frozenset(sheet._variables.items())
    key = (css, arguments, tuple(options.items()), variables)
    if key not in _PARSED:
        _PARSED[key] = _parse(sheet, css, *arguments, **options)
    return _PARSED[key]

"""Arguments of a tool as a person types them: `key=value`, `key:=json` or one JSON object.

`key=value` is typed by the tool's input schema; `key:=json` and an object are sent as they
are, so a server can also be tried with what its schema refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from services.arguments.pieces import Piece, pieces, split_word
from services.arguments.values import read_json, refuse, shown, typed_value
from services.ranking import nearest
from services.schemas import properties as schemas
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from services.schemas.properties import Schema

__all__ = (
    "missing_required",
    "needs_form",
    "parse_arguments",
    "parse_prompt_arguments",
    "parse_words",
    "remarks",
)


def parse_arguments(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as typed in the composer, typed by the schema.

    Raises `InvalidArguments`, naming the argument and what it should be.
    """
    if text.lstrip().startswith("{"):
        whole: dict[str, Any] = read_json(text.strip(), "The arguments")
        return whole
    known = schemas.properties(schema)
    return _collect(pieces(text, lambda key: _takes_json(key, known, schema)), known, schema)


def parse_words(words: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that a shell has split already: one `key=value` or `key:=json` a word."""
    known = schemas.properties(schema)
    return _collect((split_word(word, known) for word in words), known, schema)


def parse_prompt_arguments(text: str) -> dict[str, str]:
    """Arguments of a prompt: `key=value`, every value a string.

    Raises `InvalidArguments`.
    """
    found = _collect(pieces(text, lambda _key: False), {}, {}, plain=True)
    return {key: str(value) for key, value in found.items()}


def missing_required(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """The required arguments that are not given, in the schema's order."""
    return tuple(name for name in schemas.required(schema) if name not in arguments)


def needs_form(schema: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a call with these arguments should ask for more first."""
    return bool(missing_required(schema, given))


def remarks(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """One line for each argument the schema allows without listing it: it may be a slip of the finger."""
    known = schemas.properties(schema)
    if not known:
        return ()
    return tuple(
        f"{shown(name)} is no listed argument of this tool.{_nearest(name, known)}"
        for name in arguments
        if name not in known
    )


def _collect(
    found: Iterable[Piece], known: Mapping[str, Schema], root: Mapping[str, Any], *, plain: bool = False
) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    for piece in found:
        if piece.unclosed:
            refuse(f"The quote {piece.unclosed} in {shown(piece.key or piece.value)} is not closed.")
        if not piece.key:
            _refuse_word(piece.value, known)
        key = _key(piece.key, known, root)
        if key in arguments:
            refuse(f"{shown(key)} is given twice.")
        if piece.json and not plain:
            arguments[key] = read_json(piece.value, shown(key))
        else:
            arguments[key] = piece.value if plain else typed_value(key, piece.value, known.get(key, {}), root)
    return arguments


def _takes_json(key: str, known: Mapping[str, Schema], root: Mapping[str, Any]) -> bool:
    """Whether `key={…` or `key=[…` begins JSON rather than text that happens to begin so."""
    kinds = schemas.types(known.get(key, {}), root)
    return not kinds or bool(kinds & {"array", "object"})


def _key(key: str, known: Mapping[str, Schema], root: Mapping[str, Any]) -> str:
    if key in known:
        return key
    # A hostile name was shown without its escapes; what was seen and typed means it.
    meant = next((name for name in known if one_line(name) == key), None)
    if meant is None and schemas.closed(root):
        names = ", ".join(shown(name) for name in list(known)[:8]) or "no arguments"
        refuse(f"There is no argument {shown(key)}.", _nearest(key, known).strip() or f"It takes {names}.")
    return key if meant is None else meant


def _refuse_word(word: str, known: Mapping[str, Schema]) -> NoReturn:
    example = one_line(next(iter(known), "name"), 40)
    hint = f"Write {example}=value; quote a value with blanks: {example}="
    refuse(f"{shown(word)} is not key=value.", f'{hint}"two words".')


def _nearest(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known, 1)
    return f" Did you mean {shown(near[0])}?" if near else ""

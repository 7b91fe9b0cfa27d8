"""Arguments of a tool as a person types them: `key=value`, `key:=json` or one JSON object.

`key=value` is typed by the tool's input schema; `key:=json` and an object are sent as they
are, so a server can also be tried with what its schema refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from services.arguments.pieces import Piece, pieces, split_word
from services.arguments.values import read_json, refuse, shown, typed_value
from services.errors import InvalidArguments
from services.ranking import nearest
from services.schemas import properties as schemas
from services.schemas.alternatives import Alternative, alternatives
from services.schemas.conditions import Dependent
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.schemas.properties import Schema

__all__ = (
    "missing_required",
    "needs_form",
    "parse_arguments",
    "parse_prompt_arguments",
    "parse_words",
    "remarks",
)

_MOST_ROUNDS = 4
"""How often conditions are decided: what one adds may meet another."""


def parse_arguments(
    text: str, schema: Mapping[str, Any], dependent: Dependent | None = None
) -> dict[str, Any]:
    """Arguments as typed in the composer, typed by the schema; `dependent` may have been prepared for it.

    Raises `InvalidArguments`, naming the argument and what it should be.
    """
    if text.lstrip().startswith("{"):
        whole: dict[str, Any] = read_json(text.strip(), "What you typed")
        return whole
    known = schemas.properties(schema)
    found = pieces(text, lambda key: _takes_json(key, known, schema))
    return _collect(found, known, schema, dependent or Dependent(schema))


def parse_words(words: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that a shell has split already: one `key=value` or `key:=json` a word."""
    known = schemas.properties(schema)
    return _collect([split_word(word, known) for word in words], known, schema, Dependent(schema))


def parse_prompt_arguments(text: str) -> dict[str, str]:
    """Arguments of a prompt: `key=value`, every value a string.

    Raises `InvalidArguments`.
    """
    named = _named(pieces(text, lambda _key: False), {}, {})
    return {key: piece.value for key, piece in named.items()}


def missing_required(
    schema: Mapping[str, Any], arguments: Mapping[str, Any], dependent: Dependent | None = None
) -> tuple[str, ...]:
    """The required arguments that are not given, in the schema's order; also by what was given."""
    beside = (dependent or Dependent(schema)).applied((schema,), dict(arguments))
    return tuple(name for name in schemas.required(schema, beside) if name not in arguments)


def needs_form(
    schema: Mapping[str, Any], given: Mapping[str, Any], dependent: Dependent | None = None
) -> bool:
    """Whether a call with these arguments should ask for more first: no way to fit the schema has enough."""
    beside = (dependent or Dependent(schema)).applied((schema,), dict(given))
    return all(way.lacks(given) for way in alternatives(schema, beside))


def remarks(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """One line for each argument the schema allows without listing it: it may be a slip of the finger."""
    known = schemas.properties(schema)
    if not known:
        return ()
    return tuple(
        f"{shown(name)} is not an argument of this tool.{_nearest(name, known)}"
        for name in arguments
        if name not in known and not schemas.argument(name, schema, known)
    )


def _collect(
    found: Iterable[Piece], known: Mapping[str, Schema], root: Mapping[str, Any], dependent: Dependent
) -> dict[str, Any]:
    """The arguments typed by what of the schema applies to them: conditions are met by what is typed."""
    named = _named(found, known, root)
    beside: tuple[Schema, ...] = ()
    for _ in range(_MOST_ROUNDS):
        way, typed = _fitting(named, known, root, beside)
        more = dependent.applied(way.parts, typed)
        if [id(one) for one in more] == [id(one) for one in beside]:
            break
        beside = more
    return typed


def _fitting(
    named: Mapping[str, Piece], known: Mapping[str, Schema], root: Mapping[str, Any], beside: Sequence[Schema]
) -> tuple[Alternative, dict[str, Any]]:
    """The way to fit the schema that fits the arguments best, and them typed by it; by all of it without one.

    The fewer required ones are missing the better it fits, and then the more values are more than text.
    """
    best: tuple[int, int] | None = None
    refusal: InvalidArguments | None = None
    ways = alternatives(root, beside)
    fitting, arguments = ways[0], dict[str, Any]()
    for way in ways:
        if any(way.refuses(key) for key in named):
            continue
        try:
            typed = _typed(named, way.schema_of, root)
        except InvalidArguments as error:
            if refusal is None and not _contradicts(named, way, root):
                refusal = error
            continue
        texts = sum(isinstance(value, str) for value in typed.values())
        if best is None or (way.missing(typed), texts) < best:
            best, fitting, arguments = (way.missing(typed), texts), way, typed
    if best is not None:
        return fitting, arguments
    if refusal is not None:
        raise refusal
    return fitting, _typed(named, lambda key: schemas.argument(key, root, known), root)


def _contradicts(named: Mapping[str, Piece], way: Alternative, root: Mapping[str, Any]) -> bool:
    """Whether somebody plainly does not mean this way: a choice of it is not what was typed."""
    for key, piece in named.items():
        schema = {} if piece.json else way.schema_of(key)
        if schemas.choices(schema, root):
            try:
                typed_value(key, piece.value, schema, root)
            except InvalidArguments:
                return True
    return False


def _typed(
    named: Mapping[str, Piece], schema_of: Callable[[str], Schema], root: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        key: read_json(piece.value, shown(key))
        if piece.json
        else typed_value(key, piece.value, schema_of(key), root)
        for key, piece in named.items()
    }


def _named(found: Iterable[Piece], known: Mapping[str, Schema], root: Mapping[str, Any]) -> dict[str, Piece]:
    """The pieces by the names of the arguments they mean."""
    named: dict[str, Piece] = {}
    for piece in found:
        if piece.unclosed:
            refuse(f"The quote {piece.unclosed} in {shown(piece.key or piece.value)} is not closed.")
        if not piece.key:
            _refuse_word(piece.value, known)
        key = _key(piece.key, known, root)
        if key in named:
            refuse(f"{shown(key)} is given twice.")
        named[key] = piece
    return named


def _takes_json(key: str, known: Mapping[str, Schema], root: Mapping[str, Any]) -> bool:
    """Whether `key={…` or `key=[…` begins JSON rather than text that happens to begin so."""
    kinds = schemas.types(schemas.argument(key, root, known), root)
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
    hint = f"Write {example}=value; quote a value with spaces: {example}="
    refuse(f"{shown(word)} is not key=value.", f'{hint}"two words".')


def _nearest(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known, 1)
    return f" Did you mean {shown(near[0])}?" if near else ""

"""Is a tool's schema one? JSON Schema that comes from a stranger, so the looking is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import unquote

from services.schemas.reader import NOWHERE, target
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("SchemaCode", "schema_faults")

SchemaCode = Literal[
    "invalid-schema", "unchecked-schema", "schema-type", "foreign-reference", "undescribed-argument"
]

_MOST_VALUES: Final = 20_000
_MOST_MIXED: Final = 500
"""Items of one list that are not all texts: comparing them with each other costs the square."""
_MOST_FAULTS: Final = 3

Fault = tuple[SchemaCode, str]
"""A code and what is wrong, as in `Finding`."""


def schema_faults(schema: object, *, object_root: bool) -> list[Fault]:
    """What is wrong with a tool's schema, a few lines at most; `object_root`: its type must be object."""
    if not isinstance(schema, dict):
        return [("invalid-schema", "is no object")]
    try:
        if _too_large(schema):
            return [("unchecked-schema", "is too large to be checked")]
        wrong = list(_against_metaschema(schema)) or list(_loose_ends(schema))
    except RecursionError:
        return [("unchecked-schema", "is nested too deeply to be checked")]
    kind = schema.get("type")
    if object_root and kind != "object" and not wrong:
        stated = "has no type at its root" if kind is None else f"has the type {one_line(repr(kind), 60)}"
        wrong.append(("schema-type", f'{stated}; it must be "object"'))
    return wrong[:_MOST_FAULTS]


def _too_large(schema: Any) -> bool:
    waiting, values = [schema], 0
    while waiting:
        value = waiting.pop()
        values += 1
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            if len(value) > _MOST_MIXED and not all(isinstance(item, str) for item in value):
                return True
            waiting.extend(value)
        if values + len(waiting) > _MOST_VALUES:
            return True
    return False


def _against_metaschema(schema: dict[str, Any]) -> Iterator[Fault]:
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    dialect = schema.get("$schema")
    kind = validator_for(schema, default=Draft202012Validator)
    if dialect is not None and kind.META_SCHEMA["$schema"].rstrip("#") != str(dialect).rstrip("#"):
        yield "unchecked-schema", f"is of an unknown dialect, $schema = {one_line(repr(dialect), 100)}"
        return
    for error in kind(kind.META_SCHEMA, registry=REGISTRY).iter_errors(schema):
        where = "" if error.json_path == "$" else f" at {one_line(error.json_path, 80)}"
        yield "invalid-schema", f"is not a JSON Schema: {one_line(error.message, 160)}{where}"


def _loose_ends(schema: dict[str, Any]) -> Iterator[Fault]:
    """References that lead nowhere, and required arguments that are not described."""
    seen = set[str]()
    for reference in _references(schema):
        if reference in seen:
            continue
        seen.add(reference)
        if not reference.startswith("#"):
            yield "foreign-reference", f"refers to another document: {one_line(reference, 120)}"
        elif not _leads_somewhere(reference, schema):
            yield "invalid-schema", f"refers to what it does not hold: {one_line(reference, 120)}"
    properties, required = schema.get("properties", {}), schema.get("required", [])
    open_ended = any(key in schema for key in ("patternProperties", "allOf", "anyOf", "oneOf", "$ref"))
    missing = [name for name in required if name not in properties]
    if missing and not open_ended:
        names = ", ".join(one_line(name, 60) for name in missing[:5])
        yield "undescribed-argument", f"requires what it does not describe: {names}"


def _references(schema: dict[str, Any]) -> Iterator[str]:
    waiting: list[Any] = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            reference = value.get("$ref")
            if isinstance(reference, str):
                yield reference
            waiting.extend(
                item for key, item in value.items() if key not in ("const", "enum", "default", "examples")
            )
        elif isinstance(value, list):
            waiting.extend(value)


def _leads_somewhere(reference: str, schema: dict[str, Any]) -> bool:
    """Whether a reference within the document finds something; anchors are taken to."""
    path = unquote(reference[1:])
    return (path != "" and not path.startswith("/")) or target(reference, schema) is not NOWHERE

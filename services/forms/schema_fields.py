"""From one property of a schema to one field."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from services.forms.choices import ChoiceField, ManyField, Option
from services.forms.fields import BooleanField, Field, NumberField, TextField
from services.forms.json_field import JsonField
from services.forms.texts import json_text
from services.forms.voids import ABSENT
from services.schemas.patterns import compile_pattern
from services.schemas.reader import as_list
from services.schemas.skeleton import skeleton
from services.text import one_line, printable

if TYPE_CHECKING:
    from services.forms.fields import Scalar
    from services.schemas.checker import SchemaCheck
    from services.schemas.reader import Schema
    from services.schemas.shapes import Shapes

__all__ = ("FieldReader", "default_of")

_MOST_OPTIONS = 10_000
_LONGEST_TEXT = 4_000
_MISFIT = "the default does not fit and is not filled in"


class FieldReader:
    """Reads the properties of one schema. Never raises, whatever they are."""

    def __init__(self, shapes: Shapes, check: SchemaCheck, strict: bool) -> None:
        self._shapes = shapes
        self._check = check
        self._strict = strict
        self._known: dict[tuple[str, int, bool], tuple[object, Field]] = {}
        """Fields by name, schema and whether they are required: form and tree ask for the same ones."""

    def field(self, name: str, part: object, required: bool) -> Field:
        """The field of one property: of the kind that fits its schema, JSON when none does."""
        key = (name, id(part), required)
        known = self._known.get(key)
        if known is None or known[0] is not part:
            known = self._known[key] = (part, self._read(name, part, required))
        return known[1]

    def _read(self, name: str, part: object, required: bool) -> Field:
        shape, nullable = self._shapes.plain(part)
        options, with_null = self._options(shape)
        common = self.texts(name, shape) | {"required": required, "nullable": nullable or with_null}
        common["read_only"] = not self._strict and not required and shape.get("readOnly") is True
        if options:
            return _started(ChoiceField(**common, options=options), shape)
        match shape.get("type"):
            case "string" if not _is_union(shape):
                return self._text(common, shape)
            case "number" | "integer" if not _is_union(shape):
                return _number(common, shape)
            case "boolean" if not _is_union(shape):
                return _boolean(common, shape)
            case "array":
                items, _ = self._shapes.plain(shape.get("items"))
                options, with_null = self._options(items)
                if options and not with_null and (not self._strict or _all_text(options)):
                    return _many(common, shape, options)
        return self._json(common, shape, part)

    def as_json(self, name: str, part: object, required: bool) -> JsonField:
        """The field of one property as JSON text, of whatever kind its schema is."""
        shape, nullable = self._shapes.plain(part)
        common = self.texts(name, shape) | {"required": required, "nullable": nullable, "placeholder": ""}
        return replace(self._json(common, shape, part), initial=None)

    def texts(self, name: str, shape: Schema) -> dict[str, Any]:
        """What all kinds have in common: the name and what there is to read."""
        title = one_line(_text_of(shape.get("title")), 80)
        plain_name = one_line(name, 80) or "(unnamed)"
        description = printable(_text_of(shape.get("description")))
        if not self._strict and title.casefold() not in ("", plain_name.casefold().replace("_", " ")):
            description = f"{title}: {description}" if description else title
        return {
            "name": name,
            "label": (title if self._strict else "") or plain_name,
            "description": description,
            "placeholder": _example(shape),
        }

    def _text(self, common: dict[str, Any], shape: Schema) -> Field:
        source = shape.get("pattern")
        pattern = compile_pattern(source) if source is not None else None
        unread = source is not None and pattern is None
        return _started(
            TextField(
                **common,
                notes=(f"pattern not checked here: {one_line(_text_of(source), 80)}",) if unread else (),
                min_length=_length(shape.get("minLength")),
                max_length=_length(shape.get("maxLength")),
                pattern=pattern,
                format=one_line(_text_of(shape.get("format")), 40),
                zone_needed=self._strict,
                empty_counts=shape.get("default") == "",
            ),
            shape,
        )

    def _json(self, common: dict[str, Any], shape: Schema, part: object) -> JsonField:
        kind = shape.get("type")
        default = default_of(shape)
        first = shape.get("const", ABSENT) if default is ABSENT else default
        bones = self._bones(part) if not self._strict and kind in ("object", "array") else ""
        common["placeholder"] = common["placeholder"] or one_line(bones, 120)
        return JsonField(
            **common,
            initial=None if first is ABSENT else json_text(first),
            notes=(_MISFIT,) if default is ABSENT and "default" in shape else (),
            shape="object" if kind == "object" else "list" if kind == "array" else "",
            part=part,
            whole=self._check,
            bones=bones,
        )

    def _bones(self, part: object) -> str:
        """What the JSON looks like that the field takes; empty where the schema names nothing in it."""
        bones = skeleton(self._shapes, part)
        return (json_text(bones) or "") if bones else ""

    def _options(self, shape: Schema) -> tuple[tuple[Option, ...], bool]:
        """The options of a choice, and whether null is one; none when the shape is no choice."""
        if "const" in shape:
            labelled: list[tuple[object, object]] = [(shape["const"], None)]
        elif isinstance(shape.get("enum"), list | tuple):
            labelled = _enumerated(shape)
        else:
            labelled = self._constants(shape)
        values = [value for value, _ in labelled]
        scalars = all(value is None or _is_scalar(value) for value in values)
        if not scalars or all(value is None for value in values):
            return (), False
        options: dict[tuple[bool, Scalar], Option] = {}
        for value, label in labelled[:_MOST_OPTIONS]:
            if value is not None and _is_scalar(value):
                key = (isinstance(value, bool), value)
                options.setdefault(key, Option(_label(value, label), value))
        return tuple(options.values()), None in values

    def _constants(self, shape: Schema) -> list[tuple[object, object]]:
        """The options of a union whose branches are all constants or enumerations."""
        branches = as_list(shape.get("oneOf")) or as_list(shape.get("anyOf"))
        labelled: list[tuple[object, object]] = []
        for branch in branches[:_MOST_OPTIONS]:
            inner, _ = self._shapes.plain(branch)
            if "const" in inner:
                labelled.append((inner["const"], inner.get("title")))
            elif isinstance(inner.get("enum"), list | tuple):
                labelled.extend(_enumerated(inner))
            else:
                return []
        return labelled


def default_of(shape: Schema) -> Any:
    """The default of an object, a list or of what may be anything; `ABSENT` for one of another type."""
    default = shape.get("default", ABSENT)
    wanted = {"object": dict, "array": list}.get(str(shape.get("type")))
    return default if default is None or wanted is None or isinstance(default, wanted) else ABSENT


def _enumerated(shape: Schema) -> list[tuple[object, object]]:
    values, names = as_list(shape["enum"]), as_list(shape.get("enumNames"))
    return list(zip(values, names if len(names) == len(values) else [None] * len(values), strict=True))


def _started(field: TextField | NumberField | ChoiceField, shape: Schema) -> Field:
    """The field with its default filled in; the only option of a required choice is chosen."""
    if "default" in shape and shape["default"] is not None:
        initial = field.editable(shape["default"])
        if initial is None or field.check(initial):
            return replace(field, notes=(*field.notes, _MISFIT))
        return replace(field, initial=initial)
    if isinstance(field, ChoiceField) and field.required and not field.nullable and len(field.options) == 1:
        return replace(field, initial=field.options[0].value)
    return field


def _number(common: dict[str, Any], shape: Schema) -> Field:
    minimum, maximum = _finite(shape.get("minimum")), _finite(shape.get("maximum"))
    above, below = _finite(shape.get("exclusiveMinimum")), _finite(shape.get("exclusiveMaximum"))
    if shape.get("exclusiveMinimum") is True:  # draft 4
        minimum, above = None, minimum
    if shape.get("exclusiveMaximum") is True:
        maximum, below = None, maximum
    step = _finite(shape.get("multipleOf"))
    return _started(
        NumberField(
            **common,
            whole=shape.get("type") == "integer",
            minimum=minimum,
            maximum=maximum,
            above=above,
            below=below,
            multiple_of=step if step is not None and step > 0 else None,
        ),
        shape,
    )


def _boolean(common: dict[str, Any], shape: Schema) -> Field:
    default = shape.get("default")
    if isinstance(default, bool):
        return BooleanField(**common, initial=default)
    off = False if common["required"] and not common["nullable"] else None
    return BooleanField(**common, initial=off, notes=() if default is None else (_MISFIT,))


def _many(common: dict[str, Any], shape: Schema, options: tuple[Option, ...]) -> Field:
    least, most = _length(shape.get("minItems")), _length(shape.get("maxItems"))
    field = ManyField(**common, options=options, min_items=least, max_items=most)
    default = shape.get("default")
    initial = field.editable(default)
    misfit = initial is None and default is not None
    return replace(field, initial=initial or (), notes=(_MISFIT,) if misfit else ())


def _is_union(shape: Schema) -> bool:
    """Whether more than one schema speaks: such a property is edited as JSON and checked as a whole."""
    return any(keyword in shape for keyword in ("anyOf", "oneOf", "allOf", "$ref"))


def _is_scalar(value: object) -> TypeGuard[Scalar]:
    return isinstance(value, str | int | bool) or (isinstance(value, float) and math.isfinite(value))


def _all_text(options: tuple[Option, ...]) -> bool:
    return all(isinstance(option.value, str) for option in options)


def _label(value: object, title: object) -> str:
    text = title if isinstance(title, str) else value if isinstance(value, str) else json_text(value) or ""
    return one_line(text, 80) or "(empty)"


def _text_of(value: object) -> str:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""


def _example(shape: Schema) -> str:
    examples = as_list(shape.get("examples")) or as_list([shape["example"]] if "example" in shape else None)
    if not examples:
        return ""
    first = examples[0]
    return one_line(first if isinstance(first, str) else json_text(first) or "", 120)


def _length(value: object) -> int | None:
    number = _finite(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def _finite(value: object) -> int | float | None:
    """A number a bound can be: no True, no infinity, nothing with hundreds of digits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, int):
        return value if value.bit_length() <= 1_000 else None
    return value if math.isfinite(value) else None

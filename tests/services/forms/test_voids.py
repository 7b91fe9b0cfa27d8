"""Left out, empty and null: three different things, each of which can be sent where the schema takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.forms.form import fields_of
from services.forms.voids import Void

if TYPE_CHECKING:
    from services.forms.fields import Field
    from services.forms.form import Form

TEXT = {"type": "string"}
MAYBE_TEXT = {"type": ["string", "null"]}
MAYBE_NUMBER = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
SOME = {"type": "array", "items": {"enum": ["a", "b"]}}


def form_of(part: Any, *, required: bool = False) -> Form:
    schema = {"type": "object", "properties": {"it": part}, "required": ["it"] if required else []}
    return fields_of(schema, strict_elicitation=False)


def only(part: Any, *, required: bool = False) -> Field:
    (field,) = form_of(part, required=required).fields
    return field


@pytest.mark.parametrize(
    ("part", "voids"),
    [
        (TEXT, [Void.EMPTY]),
        ({**TEXT, "minLength": 1}, []),
        ({**TEXT, "format": "email"}, []),
        (MAYBE_TEXT, [Void.EMPTY, Void.NULL]),
        ({"type": "integer"}, []),
        (MAYBE_NUMBER, [Void.NULL]),
        ({"type": ["boolean", "null"]}, [Void.NULL]),
        ({"enum": ["a", None]}, [Void.NULL]),
        ({"enum": ["a"]}, []),
        (SOME, [Void.EMPTY]),
        ({**SOME, "minItems": 1}, []),
    ],
)
def test_what_a_field_can_say_without_a_value(part: Any, voids: list[Void]) -> None:
    assert only(part).voids == (None, *voids)
    assert only(part, required=True).voids == tuple(voids)


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize(
    ("part", "entry", "value"),
    [(MAYBE_TEXT, Void.EMPTY, ""), (MAYBE_TEXT, Void.NULL, None), (SOME, Void.EMPTY, [])],
)
def test_empty_and_null_are_sent(part: Any, entry: Void, value: Any, required: bool) -> None:
    form = form_of(part, required=required)
    assert form.content({"it": entry}) == ({"it": value}, {})
    assert form.content(form.filled({"it": value})) == ({"it": value}, {})


def test_what_is_left_out_is_not_sent() -> None:
    assert form_of(MAYBE_TEXT).content({"it": ""}) == ({}, {})
    assert form_of(MAYBE_TEXT).content({"it": None}) == ({}, {})


def test_what_the_schema_does_not_take_is_refused() -> None:
    assert form_of(TEXT).content({"it": Void.NULL}) == ({}, {"it": "must not be null"})
    assert form_of(MAYBE_NUMBER).content({"it": Void.EMPTY}) == ({}, {"it": "must not be empty"})


def test_an_empty_default_is_sent_as_other_defaults_are() -> None:
    assert form_of({**TEXT, "default": ""}).content({}) == ({"it": ""}, {})


@pytest.mark.parametrize("value", ["", None])
def test_what_was_there_can_be_taken_out(value: Any) -> None:
    form = form_of(MAYBE_TEXT).keeping({"it": value})
    assert form.content(form.filled({"it": value})) == ({"it": value}, {})
    assert form.content({"it": ""}) == ({}, {})


def test_what_is_sent_has_a_word() -> None:
    words = {entry: only(MAYBE_TEXT).void_word(entry) for entry in ("", None, *Void, "x")}
    assert words == {"": "not sent", None: "not sent", Void.EMPTY: '""', Void.NULL: "null", "x": ""}
    assert only(TEXT, required=True).void_word("") == ""
    assert only(MAYBE_NUMBER, required=True).void_word("") == "null"
    assert only(SOME, required=True).void_word(()) == "[]"

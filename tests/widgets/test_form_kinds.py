"""How each kind of field looks: filled in, left out, null and wrong, on large and small screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.screens import until
from tests.widgets.inbox.stage import FormStage, text_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

TEXTS: dict[str, Any] = {
    "city": {"type": "string", "description": "Where the parcel goes", "maxLength": 40},
    "mail": {"type": "string", "format": "email"},
    "letter": {"type": "string"},
    "motto": {"type": "string", "examples": ["carpe diem"]},
    "empty": {"type": ["string", "null"]},
    "nothing": {"type": ["string", "null"]},
}
NUMBERS: dict[str, Any] = {
    "count": {"type": "integer", "minimum": 1, "maximum": 9},
    "weight": {"type": "number"},
    "large": {"type": "integer"},
    "wrong": {"type": "integer"},
    "sure": {"type": "boolean"},
    "unsure": {"type": ["boolean", "null"]},
}
CHOICES: dict[str, Any] = {
    "colour": {"enum": ["red", "green", "blue"]},
    "size": {"oneOf": [{"const": "s", "title": "Small"}, {"const": "l", "title": "Large, with a lid"}]},
    "country": {"enum": [f"Country {number}" for number in range(40)]},
    "toppings": {"type": "array", "items": {"enum": ["cheese", "olives", "onions"]}, "maxItems": 2},
    "fixed": {"const": "always this"},
    "none": {"enum": ["a", "b"]},
}
STRUCTURES: dict[str, Any] = {
    "address": {
        "type": "object",
        "properties": {"street": {"type": "string"}, "zip": {"type": "string", "pattern": "^[0-9]{5}$"}},
        "required": ["street", "zip"],
    },
    "tags": {"type": "array", "items": {"type": "string"}},
    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    "target": {
        "oneOf": [
            {"title": "a file", "type": "object", "properties": {"path": {"type": "string"}}},
            {"title": "a page", "type": "object", "properties": {"url": {"type": "string", "format": "uri"}}},
        ]
    },
    "anything": {},
}

KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "texts": (
        TEXTS,
        {
            "city": "São Paulo",
            "mail": "nobody",
            "letter": "Dear all,\n\n\tsee you 日本語.\n",
            "empty": "",
            "nothing": None,
        },
    ),
    "numbers": (
        NUMBERS,
        {"count": 12, "weight": 1e30, "large": 2**53 + 1, "wrong": "seven", "sure": True, "unsure": None},
    ),
    "choices": (
        CHOICES,
        {
            "colour": "green",
            "size": "l",
            "country": "Country 17",
            "toppings": ["cheese", "onions"],
            "none": "c",
        },
    ),
    "structures": (
        STRUCTURES,
        {
            "address": {"street": "Main St 1", "zip": "x"},
            "tags": ["new", ""],
            "headers": {"Accept": "text/plain"},
            "target": {"url": "https://example.org"},
            "anything": {"a": [1, None]},
        },
    ),
}


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=["120x40", "80x24", "40x12"])
@pytest.mark.parametrize("kind", KINDS)
async def test_it_looks_as_it_should(
    kind: str, size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    properties, values = KINDS[kind]
    app = FormStage({"type": "object", "properties": properties}, values, strict=False)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.form.has_focus_within)
        app.form.submit()
        await until(pilot, lambda: any(word in text_on(app) for word in ("must", "at most")))
        await pilot.press("ctrl+home")
        await pilot.pause()
        assert screen_matches(app)
        assert app.submitted == []

"""A form as the JSON of all it holds, and back."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.session.screens.form import FormScreen
from app.themes import DEFAULT_THEME, register_themes
from tests.support.screens import screen_text, type_at_once, until
from widgets.schema_form.line_editor import BlockEditor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "default": "x"},
        "count": {"type": "number"},
        "maybe": {"type": ["string", "null"]},
    },
}


class Stage(App[None]):
    """A form by itself."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.form = FormScreen("files.write", "", SCHEMA, values, keeps=True)
        self.left: list[dict[str, Any] | None] = []

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.push_screen(self.form, self.left.append)


@asynccontextmanager
async def opened(
    values: dict[str, Any] | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Stage, Pilot[None]]]:
    app = Stage(values)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.screen is app.form and app.focused is not None)
        yield app, pilot


async def as_json(app: Stage, pilot: Pilot[None]) -> BlockEditor:
    await pilot.press("ctrl+j")
    await until(pilot, lambda: isinstance(app.focused, BlockEditor))
    assert isinstance(app.focused, BlockEditor)
    return app.focused


async def as_form(app: Stage, pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+j")
    await until(pilot, lambda: app.form.form.display and app.form.form.has_focus_within)


async def test_what_was_entered_is_the_json_and_what_is_changed_there_is_in_the_form() -> None:
    async with opened() as (app, pilot):
        await pilot.press(*"ab", "tab", *"1.50", "tab", "ctrl+l")
        editor = await as_json(app, pilot)
        assert editor.text == '{\n  "text": "ab",\n  "count": 1.5,\n  "maybe": null\n}'
        editor.text = '{"count": 9007199254740993, "maybe": "", "more": [1e30, 0.10000000000000000001]}'
        await as_form(app, pilot)
        assert "sent as it is, since a form cannot show it: more" in screen_text(app)
        editor = await as_json(app, pilot)
        for part in ('"count": 9007199254740993', '"maybe": ""', "1e+30", "0.10000000000000000001"):
            assert part in editor.text
        assert '"text"' not in editor.text
        await as_form(app, pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(app.left))
        assert app.left[0] is not None
        assert list(app.left[0]) == ["more", "count", "maybe"]
        assert app.left[0]["count"] == 2**53 + 1
        assert repr(app.left[0]["more"]) == "[1e+30, 0.10000000000000000001]"


async def test_wrong_entries_are_there_as_they_were_entered() -> None:
    async with opened() as (app, pilot):
        await pilot.press("tab", *"many")
        editor = await as_json(app, pilot)
        assert '"count": "many"' in editor.text
        await as_form(app, pilot)
        assert app.form.form.entries["count"] == "many"


@pytest.mark.parametrize("key", ["ctrl+s", "ctrl+j"])
async def test_a_key_that_acts_on_the_form_waits_for_all_that_was_typed_before_it(key: str) -> None:
    async with opened() as (app, pilot):
        await type_at_once(pilot, *"abc", "down", "1", "2", "down", *"yes", key)
        await until(pilot, lambda: bool(app.left) or isinstance(app.focused, BlockEditor))
        if key == "ctrl+j":
            await pilot.press("ctrl+s")
            await until(pilot, lambda: bool(app.left))
        assert app.left == [{"text": "abc", "count": 12, "maybe": "yes"}]


@pytest.mark.parametrize("key", ["ctrl+c", "escape"])
async def test_it_is_left_from_a_field_with_what_was_typed_as_its_draft(key: str) -> None:
    async with opened() as (app, pilot):
        await type_at_once(pilot, "down", "7", key)
        await until(pilot, lambda: bool(app.left))
        assert app.left == [None]
        assert app.form.draft is not None
        assert app.form.draft["count"] == "7"


async def test_what_is_no_json_stays_with_its_reason() -> None:
    async with opened() as (app, pilot):
        editor = await as_json(app, pilot)
        for text, reason in (
            ('{"text": ', "not valid JSON: line 1"),
            ("[1]", "must be an object"),
            ('{"text": "\\ud800"}', "half a character"),
        ):
            editor.text = text
            await pilot.pause()
            await pilot.press("ctrl+j")
            await until(pilot, lambda: reason in screen_text(app))  # noqa: B023
            assert editor.text == text
        await pilot.press("escape")
        await until(pilot, lambda: app.form.form.display and app.form.form.has_focus_within)
        assert app.form.form.entries["text"] == "x"


async def test_the_json_is_sent_once_it_fits_the_schema() -> None:
    async with opened({"text": "y", "more": 1.0}) as (app, pilot):
        editor = await as_json(app, pilot)
        assert editor.text == '{\n  "more": 1.0,\n  "text": "y"\n}'
        editor.text = '{"count": "many"}'
        await pilot.pause()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "count: must be a number" in screen_text(app))
        editor.text = '{"count": 1, "more": "\\t"}'
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.left == [{"count": 1, "more": "\t"}])


async def test_the_reason_stays_though_what_was_typed_before_it_is_told_later() -> None:
    async with opened() as (app, pilot):
        editor = await as_json(app, pilot)
        editor.insert("no ", (0, 0))  # in one read with the key that sends
        app.form.action_send()
        await until(pilot, lambda: "not valid JSON" in screen_text(app))
        await pilot.pause()
        assert "not valid JSON" in screen_text(app)
        await pilot.press("y")
        await until(pilot, lambda: "not valid JSON" not in screen_text(app))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_it_looks_as_it_should(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    async with opened({"text": "y", "more": {"deep": [1, None]}}, size) as (app, pilot):
        editor = await as_json(app, pilot)
        editor.move_cursor(editor.document.end)
        await pilot.press("x", "ctrl+j")
        await until(pilot, lambda: "not valid JSON" in screen_text(app))
        assert screen_matches(app)

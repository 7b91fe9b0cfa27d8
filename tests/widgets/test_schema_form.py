"""Forms filled in by hand: keys pressed as a person would, values and reasons looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from tests.support.screens import type_at_once, until
from tests.widgets.inbox.stage import DETAILS, HOSTILE, HOSTILE_SCHEMA, FormStage, text_on
from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.line_editor import BlockEditor, LineEditor
from widgets.schema_form.schema_form import SchemaForm

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot


async def started(app: FormStage, pilot: Pilot[None]) -> None:
    """Wait until the form has the keys, then give them to its first row, whichever it chose."""
    await until(pilot, lambda: app.form.has_focus_within)
    app.query(FieldRow).first().focus_entry()
    await pilot.pause()


def form_of(*required: str, **properties: Any) -> FormStage:
    return FormStage({"type": "object", "properties": properties, "required": list(required)})


async def test_every_kind_of_field_is_filled_in_with_the_keyboard_alone() -> None:
    app = FormStage(DETAILS)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(app, pilot)
        await pilot.press(*"Ann", "tab", "right", "right", "tab", *"42", "down", *"a@b.org", "enter")
        await pilot.press("space", "enter", "space", "right", "right", "space", "enter")
        await until(pilot, lambda: bool(app.submitted))
        assert app.submitted == [
            {
                "name": "Ann",
                "colour": "g",
                "lucky": 42,
                "mail": "a@b.org",
                "agree": True,
                "toppings": ["cheese", "olives"],
            }
        ]


async def test_defaults_stand_in_the_fields_and_empty_ones_are_left_out() -> None:
    app = FormStage(DETAILS)
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert "Bob" in text_on(app)
        await pilot.press("tab", "right")
        app.form.submit()
        await until(pilot, lambda: app.submitted == [{"name": "Bob", "colour": "r"}])


async def test_the_reason_stands_beside_the_field_as_soon_as_it_is_touched() -> None:
    app = form_of("name", name={"type": "string", "minLength": 2}, lucky={"type": "integer"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert "required" not in text_on(app)
        await pilot.press("x")
        await until(pilot, lambda: "at least 2 characters" in text_on(app))
        await pilot.press("y", "tab", *"abc")
        await until(pilot, lambda: "must be a whole number" in text_on(app))
        await pilot.press("backspace", "backspace", "backspace", "7")
        await until(pilot, lambda: "must be" not in text_on(app))
        assert app.changes == 9


async def test_on_accept_the_first_wrong_field_takes_the_focus() -> None:
    app = form_of("b", "c", a={"type": "string"}, b={"type": "integer"}, c={"type": "string"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        await pilot.press("tab", "tab", "enter")
        rows = list(app.query(FieldRow))
        await until(pilot, lambda: rows[1].has_focus_within)
        assert text_on(app).count("required") == 2
        await pilot.press("5", "enter", "x", "enter")
        await until(pilot, lambda: app.submitted == [{"b": 5, "c": "x"}])


async def test_the_first_empty_required_field_has_the_keys() -> None:
    empty_counts, full = {"type": "string", "default": ""}, {"type": "integer", "default": 7}
    fields = {
        "a": {"type": "string"},
        "b": full,
        "c": empty_counts,
        "d": {"type": "integer"},
        "e": {"enum": [1]},
    }
    app = form_of("b", "c", "d", "e", **fields)
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.form.has_focus_within)
        await pilot.press("5")
        assert app.form.entries["d"] == "5"
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.submitted == [{"b": 7, "c": "", "d": 5, "e": 1}])


async def test_up_and_down_move_between_fields_and_stop_at_the_ends() -> None:
    app = form_of(a={"type": "string"}, b={"type": "boolean"}, c={"enum": ["x", "y"]}, d={"type": "string"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        await pilot.press("up", "1", "down", "down", "down", "down", "4", "up", "up", "up", "0")
        app.form.submit()
        await until(
            pilot, lambda: app.submitted == [{"a": "10", "d": "4"}] or app.submitted == [{"a": "0", "d": "4"}]
        )


async def test_keys_typed_in_one_go_land_where_tab_and_enter_lead() -> None:
    app = form_of(a={"type": "string"}, b={"type": "string"}, c={"type": "boolean"}, d={"enum": ["x", "y"]})
    async with app.run_test() as pilot:
        await started(app, pilot)
        await type_at_once(pilot, *"Ann", "tab", *"a@b", "enter", "space", "down", "right", "right", "enter")
        await until(pilot, lambda: bool(app.submitted))
        assert app.submitted == [{"a": "Ann", "b": "a@b", "c": True, "d": "y"}]


async def test_a_toggle_says_yes_no_or_nothing() -> None:
    app = form_of(it={"type": "boolean"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        seen = []
        for key in ("up", "space", "space", "delete"):
            await pilot.press(key)
            app.form.submit()
            await pilot.pause()
            seen.append((app.submitted[-1], "not set" in text_on(app)))
        assert seen == [({}, True), ({"it": True}, False), ({"it": False}, False), ({}, True)]


async def test_options_are_chosen_by_arrows_space_and_click_and_cleared_by_backspace() -> None:
    app = form_of(it={"enum": ["one", "two", "three"]})
    async with app.run_test() as pilot:
        await started(app, pilot)
        entries = []
        for key in ("left", "home", "right", "space", "end", "backspace"):
            await pilot.press(key)
            entries.append(app.form.entries["it"])
        assert entries == ["three", "one", "two", "two", "three", None]
        column = text_on(app).splitlines()[0].index("two")
        await pilot.click(offset=(column, 0))
        assert app.form.entries == {"it": "two"}


async def test_options_that_do_not_fit_side_by_side_take_more_rows() -> None:
    app = form_of(it={"type": "array", "items": {"enum": [f"option number {n}" for n in range(6)]}})
    async with app.run_test(size=(60, 20)) as pilot:
        await started(app, pilot)
        lines = text_on(app).splitlines()
        place = next((y, line.index("option number 4")) for y, line in enumerate(lines) if "number 4" in line)
        assert place[0] > 0
        await pilot.click(offset=(place[1], place[0]))
        assert app.form.entries == {"it": ("option number 4",)}


async def test_true_and_one_are_two_options() -> None:
    options = {"it": {"enum": [True, 1]}, "some": {"type": "array", "items": {"enum": [0, False]}}}
    app = FormStage({"properties": options}, strict=False)
    async with app.run_test() as pilot:
        await started(app, pilot)
        await pilot.press("right")
        assert app.form.entries["it"] is True
        await pilot.press("right", "tab", "right", "space")
        assert app.form.entries["it"] is not True
        app.form.submit()
        await until(pilot, lambda: bool(app.submitted))
        assert repr(app.submitted) == "[{'it': 1, 'some': [False]}]"


async def test_many_options_are_filtered_by_typing() -> None:
    countries = [f"Country {number}" for number in range(10_000)]
    app = form_of("it", it={"enum": countries}, after={"type": "string"})
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await until(pilot, lambda: "5 of 10,000" in text_on(app))
        await pilot.press(*"4711")
        await until(pilot, lambda: "○ Country 4711" in text_on(app))
        await pilot.press("enter", *"next")
        assert app.form.entries == {"it": "Country 4711", "after": "next"}
        assert "Country 4711" in text_on(app)
        await pilot.press("shift+tab", *"99", "down", "down", "enter")
        assert app.form.entries["it"] == "Country 299"
        await pilot.press("shift+tab", "backspace", "tab")
        assert app.form.entries["it"] is None
        assert "required" in text_on(app)


async def test_many_options_of_which_several_may_be_chosen() -> None:
    app = form_of(it={"type": "array", "items": {"enum": [f"tag {number}" for number in range(30)]}})
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press(*"tag 2", "enter", "down", "enter", "tab")
        assert app.form.entries == {"it": ("tag 2", "tag 20")}
        await until(pilot, lambda: "2 chosen: tag 2, tag 20" in text_on(app))


async def test_json_is_checked_while_it_is_typed() -> None:
    schema = {"properties": {"it": {"type": "object", "required": ["zip"]}, "after": {"type": "string"}}}
    app = FormStage(schema, strict=False)
    async with app.run_test(size=(100, 24)) as pilot:
        await started(app, pilot)
        await pilot.press("{")
        await until(pilot, lambda: "not valid JSON: line 1, column 2" in text_on(app))
        await pilot.press("}")
        await until(pilot, lambda: "zip: required" in text_on(app))
        await pilot.press("backspace", "enter", *'"zip": 1}', "down")
        app.form.submit()
        await until(pilot, lambda: app.submitted == [{"it": {"zip": 1}}])
        await pilot.press(*"x")
        assert app.form.entries["after"] == "x"


async def test_what_is_wrong_with_the_whole_is_said_below() -> None:
    schema = {"properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["b"]}, {"required": ["c"]}]}
    app = FormStage(schema, strict=False)
    async with app.run_test() as pilot:
        await started(app, pilot)
        await pilot.press("x", "enter")
        await until(pilot, lambda: "fits none of the forms allowed" in text_on(app))
        assert app.submitted == []


async def test_several_lines_pasted_open_an_editor_that_holds_them() -> None:
    app = form_of(text={"type": "string", "default": "ab"}, number={"type": "integer"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        await pilot.press("end")
        app.post_message(events.Paste("one\r\ntwo\x1b[31m\nthree\n"))
        await until(pilot, lambda: isinstance(app.focused, BlockEditor))
        await pilot.press("!")
        assert app.form.entries["text"] == "abone\r\ntwo\x1b[31m\nthree\n!"
        assert "two␛[31m" in text_on(app)
        await pilot.press("tab")
        app.post_message(events.Paste("4\n2"))
        await until(pilot, lambda: app.form.entries["number"] == "4 2")


ODD = ["\t", "\r\n", "a\r\nb\nc\r", " a\u200b\ufeff ", "\u2028", "\x1b]0;t\x07", "\U0010001b"]


@pytest.mark.parametrize("text", ODD)
async def test_defaults_and_pastes_are_sent_byte_for_byte(text: str) -> None:
    app = form_of(default={"type": "string", "default": text}, other={"type": "string"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert app.form.entries["default"] == text
        assert not any(character in text_on(app) for character in "\t\r\x1b\x07\u200b\u2028\ufeff")
        await pilot.press("tab")
        app.post_message(events.Paste(f"x{text}\ny"))
        await until(pilot, lambda: app.form.entries["other"] == f"x{text}\ny")
        assert "\x1b" not in text_on(app)


@pytest.mark.parametrize("text", ["a\t\u200b\x1bb", "a\t\u200b\r\n\x1bb\n"])
async def test_what_is_cut_is_pasted_as_it_was(text: str) -> None:
    app = form_of(it={"type": "string", "default": text})
    async with app.run_test() as pilot:
        await started(app, pilot)
        editor = app.focused
        assert isinstance(editor, LineEditor | BlockEditor)
        editor.action_select_all()
        editor.action_cut()
        assert (app.clipboard, app.form.entries["it"]) == (text, "")
        editor.action_paste()
        await until(pilot, lambda: app.form.entries["it"] == text)


async def test_earlier_arguments_stand_in_the_fields_wrong_ones_with_their_reason() -> None:
    schema = {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}, "c": {"type": "array"}}}
    app = FormStage(schema, {"a": "many", "b": "x\ny", "c": [1, 2]}, strict=False)
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert app.form.entries == {"a": "many", "b": "x\ny", "c": "[1, 2]"}
        assert "must be a whole number" in text_on(app)


async def test_entries_of_one_form_go_on_in_another() -> None:
    first = FormStage(DETAILS)
    async with first.run_test() as pilot:
        await started(first, pilot)
        await pilot.press("x", "tab", "left", "tab", *"abc")
        entries = first.form.entries
    form = SchemaForm(first.form.form, entries=entries)
    assert form.entries == entries
    assert (entries["name"], entries["colour"], entries["lucky"]) == ("x", "g", "abc")


async def test_a_tall_form_scrolls_to_the_field_with_the_focus() -> None:
    app = form_of(**{f"field{number}": {"type": "string"} for number in range(30)})
    async with app.run_test(size=(40, 12)) as pilot:
        await started(app, pilot)
        await until(pilot, lambda: len(app.query(FieldRow)) == 30)
        await pilot.press(*["down"] * 29, "x")
        await until(pilot, lambda: "field29" in text_on(app))
        assert "field0 " not in text_on(app)
        assert app.query_one("#below").region.bottom <= 12


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (6, 2)])
async def test_hostile_texts_are_drawn_as_they_are_and_do_nothing(size: tuple[int, int]) -> None:
    app = FormStage(HOSTILE_SCHEMA, strict=False)
    async with app.run_test(size=size, tooltips=True) as pilot:
        await started(app, pilot)
        for _ in range(7):
            await pilot.press("right", "space", "down")
        for row in app.query(FieldRow):
            row.scroll_visible(animate=False)
            await pilot.pause()
            text = text_on(app)
            assert not set("\x1b\x07\x9b\u202e") & set(text)
            await pilot.click(row, offset=(1, 0))
        assert app.is_running
        if size[0] == 120:
            app.form.scroll_home(animate=False)
            await pilot.pause()
            assert "[/x][@click=app.quit]x[/]" in text_on(app)
        await pilot.pause()
        app.form.submit()
        await until(pilot, lambda: bool(app.submitted))
        assert app.submitted[0][HOSTILE].startswith("[/x][@click=app.quit]x[/]")


@pytest.mark.parametrize("schema", [None, [], "x", {}, {"properties": []}, {"properties": {"": True, 1: {}}}])
async def test_schemas_that_are_none_make_forms_that_can_be_sent(schema: Any) -> None:
    app = FormStage(schema)
    async with app.run_test() as pilot:
        app.form.focus()
        app.form.submit()
        await until(pilot, lambda: app.submitted == [{}])


async def test_what_could_not_be_read_of_the_schema_is_noted() -> None:
    app = form_of(it={"type": "string", "pattern": "(?<=x)y"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert "pattern not checked here: (?<=x)y" in text_on(app)


async def test_it_looks_as_it_should(screen_matches: Callable[[App[Any]], bool]) -> None:
    schema = {
        **DETAILS,
        "properties": {
            **DETAILS["properties"],
            "country": {"title": "Country", "enum": [f"Country {number}" for number in range(200)]},
            "extra": {"type": "object", "title": "Extra", "default": {"street": "Main St 1"}},
        },
    }
    app = FormStage(schema)
    async with app.run_test(size=(120, 40)) as pilot:
        await started(app, pilot)
        await pilot.press("tab", "right", "tab", *"abc", "tab", "tab", "tab", "right", "space", "tab", *"15")
        await until(pilot, lambda: "Country 115" in text_on(app))
        assert screen_matches(app)


async def test_it_looks_as_it_should_where_there_is_little_room(
    screen_matches: Callable[[App[Any]], bool],
) -> None:
    app = FormStage(DETAILS)
    async with app.run_test(size=(40, 12)) as pilot:
        await started(app, pilot)
        await pilot.press("tab", "tab", *"abc")
        await until(pilot, lambda: "must be a whole number" in text_on(app))
        assert screen_matches(app)


async def test_the_focus_goes_to_the_line_and_selects_what_stands_there() -> None:
    app = form_of(it={"type": "string", "default": "old"})
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert isinstance(app.focused, LineEditor)
        await pilot.press(*"new")
        assert app.form.entries == {"it": "new"}

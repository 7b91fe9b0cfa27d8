"""Groups, lists, maps and branches in a form, by the keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.screens import type_at_once, until
from tests.widgets.inbox.stage import FormStage, text_on
from widgets.schema_form.field_row import FieldRow

if TYPE_CHECKING:
    from textual.pilot import Pilot

TEXT = {"type": "string"}
TREE = {
    "type": "object",
    "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
    "required": ["v"],
}


def stage(*required: str, **properties: Any) -> FormStage:
    schema = {"type": "object", "properties": properties, "required": list(required), "$defs": {"tree": TREE}}
    return FormStage(schema, strict=False)


async def started(app: FormStage, pilot: Pilot[None]) -> None:
    """Wait until the form has the keys, then give them to its first row, whichever it chose."""
    await until(pilot, lambda: app.form.has_focus_within)
    app.query(FieldRow).first().focus_entry()
    await pilot.pause()


async def sent(app: FormStage, pilot: Pilot[None]) -> dict[str, Any]:
    app.form.submit()
    await until(pilot, lambda: bool(app.submitted) or bool(app.form.query(".-wrong")))
    assert app.submitted, text_on(app)
    return app.submitted.pop()


async def test_entries_are_added_moved_and_removed() -> None:
    app = stage(tags={"type": "array", "items": TEXT}, after=TEXT)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        assert "not sent · + add" in text_on(app)
        # Typed in one go: each key acts where the one before it led.
        await type_at_once(pilot, "enter", *"one", "enter", "enter", *"two", "enter", "enter", *"three")
        await until(pilot, lambda: "3 entries" in text_on(app))
        await pilot.press("alt+up", "!")
        await until(pilot, lambda: app.form.value == {"tags": ["one", "three!", "two"]})
        await pilot.press("alt+delete", "?")
        await until(pilot, lambda: app.form.value == {"tags": ["one", "?"]})
        await pilot.press("down", "down", "x")
        assert await sent(app, pilot) == {"tags": ["one", "?"], "after": "x"}
        await pilot.press("up", "up", "alt+delete", "alt+delete")
        assert await sent(app, pilot) == {"tags": [], "after": "x"}
        await pilot.press("ctrl+d")
        assert await sent(app, pilot) == {"after": "x"}


async def test_a_group_is_opened_and_left_out_and_what_is_wrong_in_it_is_gone_to() -> None:
    geo = {"type": "object", "properties": {"lat": {"type": "number"}, "note": TEXT}, "required": ["lat"]}
    app = stage("addr", addr={"type": "object", "properties": {"zip": TEXT, "geo": geo}, "required": ["zip"]})
    async with app.run_test(size=(40, 12)) as pilot:
        await started(app, pilot)
        await type_at_once(pilot, *"12", "down", "enter", "down", "n")
        await until(pilot, lambda: app.form.value == {"addr": {"zip": "12", "geo": {"note": "n"}}})
        app.form.submit()
        await until(pilot, lambda: "required" in text_on(app))
        rows = {row.field.name: row for row in app.query(FieldRow)}
        assert rows["lat"].has_focus_within
        await pilot.press(*"1.50")
        assert await sent(app, pilot) == {"addr": {"zip": "12", "geo": {"lat": 1.5, "note": "n"}}}
        await pilot.press("up", "ctrl+d")
        assert await sent(app, pilot) == {"addr": {"zip": "12"}}


async def test_a_map_takes_names_and_a_schema_that_holds_itself_goes_as_deep_as_one_goes() -> None:
    app = stage(
        env={"type": "object", "additionalProperties": {"type": "integer"}}, tree={"$ref": "#/$defs/tree"}
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await type_at_once(pilot, "enter", *"A b", "enter", "1", "down", "c", "enter", "2", "down", "down")
        await until(pilot, lambda: app.form.value == {"env": {"A b": 1, "c": 2}})
        await type_at_once(pilot, "enter", "1", "down", "enter", "2", "down", "enter", "3")
        tree = {"v": 1, "kids": [{"v": 2, "kids": [{"v": 3}]}]}
        await until(pilot, lambda: app.form.value == {"env": {"A b": 1, "c": 2}, "tree": tree})


async def test_a_branch_is_chosen_at_the_root_and_below_and_brings_its_fields() -> None:
    one = {"title": "by mail", "properties": {"mail": TEXT}, "required": ["mail"]}
    two = {"title": "by phone", "properties": {"phone": TEXT, "who": {"anyOf": [TEXT, {"type": "integer"}]}}}
    app = FormStage({"type": "object", "oneOf": [one, {**two, "required": ["phone"]}]}, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        assert "mail" in text_on(app)
        await type_at_once(pilot, "right", "down", "7", "down", "left", "down", *"9007199254740993")
        await until(pilot, lambda: app.form.value == {"phone": "7", "who": 2**53 + 1})
        assert await sent(app, pilot) == {"phone": "7", "who": 2**53 + 1}


async def test_what_depends_comes_and_goes_while_one_types() -> None:
    schema = {
        "type": "object",
        "properties": {"kind": TEXT, "end": TEXT},
        "if": {"properties": {"kind": {"const": "x"}}, "required": ["kind"]},
        "then": {"properties": {"why": TEXT}, "required": ["why"]},
    }
    app = FormStage(schema, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press("x")
        await until(pilot, lambda: "why *" in text_on(app))
        await pilot.press("y")
        await until(pilot, lambda: "why" not in text_on(app))
        await type_at_once(pilot, "backspace", "down", "e", "down", *"because")
        await until(pilot, lambda: app.form.value == {"kind": "x", "end": "e", "why": "because"})
        assert await sent(app, pilot) == app.form.value


async def test_what_is_read_only_is_there_to_read() -> None:
    number = {"type": "string", "readOnly": True, "description": "its id"}
    app = FormStage({"type": "object", "properties": {"id": number, "a": TEXT}}, {"id": "7"}, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        assert "7 · its id · read only" in text_on(app)
        await pilot.press("x")
        assert await sent(app, pilot) == {"id": "7", "a": "x"}


async def test_a_long_list_is_there_where_it_is_wanted() -> None:
    items = {"type": "array", "items": {"type": "object", "properties": {"a": TEXT, "b": TEXT}}}
    values = {"it": [{"a": f"a{n}", "b": "b"} for n in range(50)]}
    app = FormStage({"type": "object", "properties": {"it": items}}, values, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await until(pilot, lambda: app.form.max_scroll_y >= 120)
        app.form.scroll_end(animate=False)
        await until(pilot, lambda: "a49" in text_on(app))
        await pilot.press("down", "alt+delete")
        await until(pilot, lambda: "49 entries" in text_on(app) or len(app.form.value["it"]) == 49)
        assert (await sent(app, pilot))["it"] == values["it"][1:]


async def test_an_entry_of_a_map_gets_another_name_and_keeps_its_place_and_what_was_typed() -> None:
    env = {
        "type": "object",
        "additionalProperties": {"type": "integer"},
        "propertyNames": {"pattern": "^[a-z]"},
    }
    app = FormStage({"type": "object", "properties": {"env": env}}, {"env": {"a": 1, "b": 2}}, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press("down", "x", "alt+n")
        await until(pilot, lambda: "new name" in text_on(app))
        await pilot.press("backspace", "b", "enter")
        await until(pilot, lambda: "there is one of this name" in text_on(app))
        await pilot.press("backspace", "7", "enter")
        await until(pilot, lambda: "must match" in text_on(app))
        await pilot.press("alt+n")
        await until(pilot, lambda: "new name" not in text_on(app))
        assert app.form.value == {"env": {"a": "x", "b": 2}}
        # Typed in one go, as keys that act where the one before led.
        await type_at_once(pilot, "alt+n", "c", "enter", "5")
        await until(pilot, lambda: app.form.value == {"env": {"c": 5, "b": 2}})
        assert list(app.form.value["env"]) == ["c", "b"]
        await pilot.press("alt+n", "z")
        app.form.submit()
        await until(pilot, lambda: "Enter renames it" in text_on(app))
        await pilot.press("enter")
        assert await sent(app, pilot) == {"env": {"z": 5, "b": 2}}

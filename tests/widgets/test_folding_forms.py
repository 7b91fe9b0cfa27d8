"""Groups of a form that fold to a line: by which keys, what the line says, where a refusal leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.session.screens.form import FormScreen
from app.themes import DEFAULT_THEME, register_themes
from tests.support.screens import until
from tests.widgets.inbox.stage import FormStage, text_on
from widgets.footer_keys import FooterKeys
from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.head_editor import HeadEditor
from widgets.schema_form.lazy_rows import LazyRows

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

TEXT = {"type": "string", "minLength": 2}


def group(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


SERVER = group("host", "port", host=TEXT, port={"type": "integer"}, path=TEXT) | {
    "description": "where it is"
}
SCHEMA = group(
    "name",
    "server",
    name=TEXT,
    server=SERVER,
    proxy=SERVER,
    tags={"type": "array", "items": TEXT},
    login={
        "oneOf": [
            {"title": "by key", **group("key", key=TEXT)},
            {"title": "by name", **group("who", who=TEXT)},
        ]
    },
    note=TEXT,
)
VALUES: dict[str, Any] = {"name": "it", "tags": ["aa", "bb"], "login": {"key": "k1"}, "proxy": {"path": "/p"}}


def line_of(app: App[Any], label: str) -> str:
    return next((line for line in text_on(app).splitlines() if label in line), "")


def has_keys(app: App[Any]) -> str:
    """The name of the field with the keys."""
    focused = app.focused
    rows = [node for node in focused.ancestors if isinstance(node, FieldRow)] if focused is not None else []
    return rows[0].field.label if rows else ""


async def started(app: FormStage, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: has_keys(app) == "host")


async def test_a_group_folds_from_within_and_unfolds_to_its_first_field() -> None:
    app = FormStage(SCHEMA, VALUES, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press(*"x", "down", *"80", "alt+left")
        await until(pilot, lambda: "▸ 2 filled · 1 wrong" in line_of(app, "server *"))
        assert line_of(app, "proxy") == text_on(app).splitlines()[2]
        assert has_keys(app) == "server"
        await pilot.press("enter")
        await until(pilot, lambda: has_keys(app) == "host")
        await pilot.press(*"localhost", "alt+left")
        await until(pilot, lambda: "▸ 2 filled" in line_of(app, "server *"))
        assert "wrong" not in line_of(app, "server *")
        for fold, unfold in (("alt+left", "right"), ("alt+left", "alt+right"), ("alt+left", "space")):
            await pilot.press(unfold)
            await until(pilot, lambda: has_keys(app) == "host")
            await pilot.press(fold)
            await until(pilot, lambda: has_keys(app) == "server")
        assert app.form.value["server"] == {"host": "localhost", "port": 80}


async def test_what_is_typed_after_the_key_goes_where_the_key_led() -> None:
    app = FormStage(SCHEMA, VALUES, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press("alt+left", "down", "left", "down", "down", "down", *"zz")
        await until(pilot, lambda: app.form.value.get("tags") == ["aa", "zz"])
        await until(pilot, lambda: "▸ 1 filled · 2 missing" in line_of(app, "proxy"))


async def test_lists_and_choices_fold_too() -> None:
    app = FormStage(SCHEMA, VALUES, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press(*["down"] * 9)
        await until(pilot, lambda: has_keys(app) == "2")
        await pilot.press("alt+left")
        await until(pilot, lambda: "▸ 2 entries" in line_of(app, "tags"))
        await pilot.press("enter")  # unfolds; of what is in sight it would add
        await until(pilot, lambda: has_keys(app) == "1")
        assert app.form.value["tags"] == ["aa", "bb"]
        await pilot.press("down", "down", "down", "down", "alt+left")
        await until(pilot, lambda: "▸ 1 filled" in line_of(app, "login"))
        assert has_keys(app) == "login"
        await pilot.press("right", "space")
        await until(pilot, lambda: app.form.value.get("login") == {} and "▸" not in line_of(app, "login"))


async def test_a_refusal_opens_the_group_of_the_first_that_is_wrong() -> None:
    app = FormStage(SCHEMA, VALUES | {"note": "n"}, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await pilot.press("alt+shift+left")
        await until(pilot, lambda: "▸ 0 filled · 2 missing" in line_of(app, "server *"))
        assert line_of(app, "proxy").split() == ["proxy", "▸", "1", "filled", "·", "2", "missing"]
        app.form.submit()
        await until(pilot, lambda: has_keys(app) == "host")
        assert "required" in line_of(app, "host *")
        assert "▸ 1 filled · 2 wrong" in line_of(app, "proxy")
        await pilot.press(*"localhost", "down", *"80", "down", "alt+left")
        app.form.submit()
        await until(pilot, lambda: "▾" in line_of(app, "proxy") and has_keys(app) == "host")
        assert "▸ 2 filled" in line_of(app, "server *")
        await pilot.press(*"proxy", "down", "1")
        app.form.submit()
        await until(pilot, lambda: has_keys(app) == "note")
        await pilot.press("x", "x")
        app.form.submit()
        await until(pilot, lambda: bool(app.submitted))
        assert app.submitted[0]["server"] == {"host": "localhost", "port": 80}


async def test_a_click_folds_and_unfolds() -> None:
    app = FormStage(SCHEMA, VALUES, strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        heads = {row.field.label: row for row in app.query(FieldRow)}
        for name in ("server", "tags"):
            await pilot.click(heads[name].query_one(HeadEditor), offset=(0, 0))
            await until(pilot, lambda: "▸" in line_of(app, name))  # noqa: B023
            await pilot.click(heads[name].query_one(HeadEditor), offset=(0, 0))
            await until(pilot, lambda: "▾" in line_of(app, name))  # noqa: B023
        assert app.form.value["tags"] == ["aa", "bb"]


async def test_hundreds_of_fields_fold_and_come_back_as_they_are_seen() -> None:
    many = {f"field{number}": TEXT for number in range(300)}
    app = FormStage(group("big", big=group(**many), after=TEXT), strict=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: has_keys(app) == "field0")
        await until(pilot, lambda: app.form.max_scroll_y > 250)
        for _ in range(3):
            app.form.scroll_end(animate=False)
            await until(pilot, lambda: "after" in text_on(app))
            await pilot.press("alt+left")
            await until(pilot, lambda: len(app.query(FieldRow)) == 2 and has_keys(app) == "big")
            assert "▸ 0 filled" in line_of(app, "big *")
            await pilot.press("alt+right")
            await until(pilot, lambda: has_keys(app) == "field0" and app.form.max_scroll_y > 250)
            assert len(app.query(FieldRow)) < 100
            assert len(app.query(LazyRows)) < 35


class Screened(App[None]):
    """The form as the session shows it, with its footer."""

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.push_screen(FormScreen("deploy.start", "", SCHEMA, VALUES))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=["120x40", "80x24", "40x12"])
async def test_it_looks_as_it_should(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = Screened()
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: has_keys(app) == "host")
        await pilot.press(*"x", "down", *"80", "down")
        assert "alt+← fold" in str(app.screen.query_one(FooterKeys).render())
        await pilot.press("alt+shift+left", "down", "right", "down", "alt+left", "up")
        await until(pilot, lambda: "▸ 2 filled · 1 wrong" in text_on(app))
        assert has_keys(app) == "server"
        assert "alt+→ unfold" in str(app.screen.query_one(FooterKeys).render())
        assert screen_matches(app)

"""A field, and the whole of a form, in the person's own editor: a script that does what is asked of it."""

from __future__ import annotations

import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver

from app.editor.outside import edit_outside
from app.editor.program import EditorError, editor_command
from app.session.screens.form import FormScreen
from app.themes import DEFAULT_THEME, register_themes
from tests.support.screens import screen_text, until
from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.line_editor import LineEditor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "count": {"type": "integer"},
        "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
    },
    "required": ["count"],
}


class Stage(App[None]):
    """A form by itself, and an editor for it."""

    def __init__(self, editor: str) -> None:
        super().__init__()
        self.form = FormScreen("files.write", "", SCHEMA)
        self.editor = editor
        self.left: list[dict[str, Any] | None] = []
        self.told: list[str] = []

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.push_screen(self.form, self.left.append)

    def on_form_screen_editor_wanted(self, event: FormScreen.EditorWanted) -> None:
        async def edit() -> None:
            try:
                await event.take(await edit_outside(self, event.text, event.name, self.editor))
            except EditorError as error:
                self.told.append(str(error))

        self.run_worker(edit())


@asynccontextmanager
async def opened(editor: str) -> AsyncIterator[tuple[Stage, Pilot[None]]]:
    app = Stage(editor)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen is app.form and isinstance(app.focused, LineEditor))
        app.form.form.query(FieldRow).first().focus_entry()  # that of the text
        yield app, pilot


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)


@pytest.fixture
def script(tmp_path: Path) -> Any:
    """Makes an editor of some lines of shell; `$1` is the file, and what it was is kept beside it."""

    def make(lines: str) -> str:
        path = tmp_path / "my editor"
        about = f'{{ stat -c %a "$1" "$(dirname "$1")"; echo "$1"; }} > "{tmp_path}/about"'
        path.write_text(f'#!/bin/sh\ncp "$1" "{tmp_path}/before"\n{about}\n{lines}\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return f"'{path}'"

    return make


async def test_a_text_comes_back_with_its_tabs_and_lines(script: Any, tmp_path: Path) -> None:
    async with opened(script(r'printf "a\tb\r\n\n c\n" >> "$1"')) as (app, pilot):
        await pilot.press("x", "ctrl+g")
        await until(pilot, lambda: app.form.form.entries["text"] == "xa\tb\r\n\n c")
        assert (tmp_path / "before").read_text() == "x"
        mode, folder, path = (tmp_path / "about").read_text().splitlines()
        assert (mode, folder) == ("600", "700")
        assert not tmp_path.joinpath(path).exists() and not tmp_path.joinpath(path).parent.exists()
        await until(pilot, lambda: app.form.form.has_focus_within)
        await pilot.press("tab", "5", "ctrl+s")
        await until(pilot, lambda: app.left == [{"text": "xa\tb\r\n\n c", "count": 5}])


async def test_the_whole_begins_with_its_bones_and_stands_in_the_form(script: Any, tmp_path: Path) -> None:
    edited = '{"count": 9007199254740993, "list": [{"a": "\\\\t"}], "more": [1e30]}'
    async with opened(script(f"printf '%s' '{edited}' > \"$1\"")) as (app, pilot):
        await pilot.press("down", "ctrl+g")
        await until(pilot, lambda: "sent as it is, since a form cannot show it: more" in screen_text(app))
        before = (tmp_path / "before").read_text()
        assert before == '{\n  "text": "",\n  "count": 0,\n  "list": [\n    {\n      "a": ""\n    }\n  ]\n}'
        await pilot.press("ctrl+s")
        await until(pilot, lambda: bool(app.left))
        assert app.left == [{"count": 2**53 + 1, "list": [{"a": "\\t"}], "more": [1e30]}]


async def test_what_is_no_json_is_shown_with_its_reason(script: Any) -> None:
    async with opened(script('echo "{" > "$1"')) as (app, pilot):
        await pilot.press("down", "ctrl+g")
        await until(pilot, lambda: "not valid JSON" in screen_text(app))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("exit 3", "ended with exit status 3: nothing was changed"),
        ('rm "$1"', "the editor left no file: No such file or directory"),
        (r'printf "\377" > "$1"', "what the editor saved is no UTF-8: nothing was changed"),
    ],
)
async def test_an_editor_that_fails_says_so(script: Any, lines: str, told: str) -> None:
    async with opened(script(lines)) as (app, pilot):
        await pilot.press("x", "ctrl+g")
        await until(pilot, lambda: bool(app.told))
        assert told in app.told[0]
        assert app.form.form.entries["text"] == "x"


@pytest.mark.parametrize(
    ("setting", "environ", "found"),
    [
        ("sh -c 'a b'", {"EDITOR": "no"}, ["sh", "-c", "a b"]),
        (None, {"VISUAL": "sh", "EDITOR": "no"}, ["sh"]),
        (" ", {"VISUAL": "", "EDITOR": "sh"}, ["sh"]),
        (None, {}, "no editor is set"),
        ("'sh", {}, "never closed"),
        (
            None,
            {"EDITOR": "no-such-editor -w"},
            "there is no program 'no-such-editor', which $EDITOR names",
        ),
    ],
)
def test_which_editor_is_started(setting: str | None, environ: dict[str, str], found: Any) -> None:
    if isinstance(found, list):
        assert editor_command(setting, environ) == found
    else:
        with pytest.raises(EditorError, match=found.replace("$", r"\$")):
            editor_command(setting, environ)


async def test_where_the_terminal_cannot_be_lent_there_is_no_key(
    script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HeadlessDriver, "can_suspend", False)
    async with opened(script("true")) as (app, pilot):
        await pilot.pause()
        assert "^g editor" not in screen_text(app)

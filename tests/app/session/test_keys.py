"""Which keys there are, keys of one's own, Ctrl+C, and the pages that show them.

`python -m tests.app.session.test_keys` writes the table of docs/keys.md again.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.binding import Binding

from app.keys.chosen import read_keys
from app.keys.table import key_help, key_owners, key_table
from app.session.screens.ask import ConfirmScreen, SaveScreen
from app.session.screens.themes import ThemeScreen
from services.settings import Configuration, UiSettings
from tests.app.conftest import session
from tests.support.places import ROOT
from tests.support.screens import screen_text
from tests.support.servers import quick
from widgets.key_names import key_name

if TYPE_CHECKING:
    from app.jackfield import Jackfield

PAGE = ROOT / "docs" / "keys.md"
MARKED = re.compile(r"(<!-- keys -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str) -> str:
    """The page with the table that the bindings make."""
    lines = ["| id | keys | what it does |", "|---|---|---|"]
    for bound in sorted(key_table().values(), key=lambda bound: bound.id):
        keys = " ".join(f"`{key_name(key)}`" for key in bound.keys)
        lines.append(f"| `{bound.id}` | {keys} | {bound.does} |")
    table = "\n".join(lines)
    return MARKED.sub(lambda match: f"{match[1]}{table}\n{match[2]}", page)


def test_the_page_has_every_id() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python -m tests.app.session.test_keys"


def test_every_key_has_an_id_and_lower_case_words() -> None:
    for owner in key_owners():
        for binding in Binding.make_bindings(owner.__dict__["BINDINGS"]):
            assert binding.id, f"{owner.__name__}: {binding.key} has no id"
            assert not binding.description[:1].isupper() or binding.description[:2].isupper(), binding
    shown = {row[0] for row in key_help({})}
    assert {"ctrl+c", "f1", "?"} <= shown


@pytest.mark.parametrize(
    ("wanted", "keymap", "warning"),
    [
        ({"history.copy": "y"}, {"history.copy": "y"}, ""),
        ({"history.copy": "Ctrl-T, F5"}, {"history.copy": "ctrl+t,f5"}, ""),
        ({"history.cpy": "y"}, {}, 'no such key. Did you mean "history.copy"?'),
        ({"trace.save": "strg+k"}, {}, '"strg+k" is no key'),
        ({"trace.save": "shift+k"}, {"trace.save": "K"}, ""),
        # A letter would be taken from whoever types.
        ({"app.quit": "q"}, {}, "q is typed there"),
        ({"composer.clear": "ä"}, {}, "is typed there"),
        # Taken already, here or everywhere; two that change places are no clash.
        ({"history.copy": "s"}, {}, "s is the key of history.save already"),
        ({"status.log": "ctrl+q"}, {}, "ctrl+q is the key of app.quit already"),
        ({"history.copy": "s", "history.save": "c"}, {"history.copy": "s", "history.save": "c"}, ""),
        # One key with two meanings, of which one is given another key.
        ({"status.connect": "x"}, {"status.connect": "x", "status.reconnect": "c"}, ""),
        (
            {"status.connect": "x", "status.reconnect": "x"},
            {"status.connect": "x", "status.reconnect": "x"},
            "",
        ),
    ],
)
def test_keys_of_ones_own(wanted: dict[str, str], keymap: dict[str, str], warning: str) -> None:
    found, warnings = read_keys(wanted, key_table())
    assert {name: found.get(name) for name in keymap} == keymap
    assert (warning in "\n".join(warnings)) if warning else not warnings
    assert len(warnings) == bool(warning)


async def test_a_chosen_key_works_is_shown_and_changes_with_the_settings() -> None:
    async with session(quick()) as s:
        s.app.take_settings(Configuration(ui=UiSettings(keys={"status.disconnect": "z", "status.cut": "k"})))
        await s.sees('[ui.keys] "status.cut": there is no such key.')
        manager = s.app.manager
        assert manager is not None
        await s.pilot.press("f2")
        await s.until(lambda: "z disconnect" in screen_text(s.app))
        await s.pilot.press("d")
        assert manager.status("quick").state == "ready"
        await s.pilot.press("z")
        await s.until(lambda: manager.status("quick").state == "stopped")
        await s.pilot.press("f1")
        await s.until(lambda: re.search(r"\bz +disconnect", "\n".join(map(" ".join, key_rows(s.app)))))
        s.app.take_settings(Configuration(), replace(s.app.configurations.current))
        await s.pilot.press("f1", "c")
        await s.until(lambda: manager.status("quick").state == "ready")
        await s.pilot.press("d")
        await s.until(lambda: manager.status("quick").state == "stopped")


def key_rows(app: Jackfield) -> list[tuple[str, str, str]]:
    return list(getattr(app.screen, "_keys", ()))


async def test_a_question_mark_shows_the_keys_of_the_place_and_is_typed_where_text_is() -> None:
    async with session(quick()) as s:
        await s.pilot.press("?")
        assert s.app.session.composer.text == "?"
        await s.pilot.press("f2", "?")
        await s.until(lambda: "On a server of the panel" in screen_text(s.app))
        assert any(row[:2] == ("d", "disconnect") for row in key_rows(s.app))
        assert not any("history" in row[2] for row in key_rows(s.app))
        await s.pilot.press("?")
        await s.until(lambda: s.app.session.is_current)


async def test_ctrl_c_clears_then_cancels_then_quits() -> None:
    now = [100.0]
    async with session(quick()) as s:
        s.app.interrupts.clock = lambda: now[0]
        composer = s.app.session.composer
        await s.enter("/call quick sleep seconds=60")
        await s.until(lambda: s.app.session.transcript.running)
        await s.until(lambda: "esc cancel" in screen_text(s.app))
        composer.fill("half a line")
        await s.pilot.press("ctrl+c")
        await s.until(lambda: composer.empty)
        assert s.app.session.transcript.running
        now[0] += 5
        await s.pilot.press("tab")  # to the history: the line is seen from there too
        await s.pilot.press("ctrl+c")
        await s.until(lambda: not s.app.session.transcript.running)
        await s.until(lambda: "ctrl+c again quits" in [n.message for n in s.app._notifications])
        assert "esc cancel" not in screen_text(s.app)
        now[0] += 5
        await s.pilot.press("ctrl+c")
        assert s.app.is_running
        now[0] += 0.5
        await s.pilot.press("ctrl+c")
        await s.until(lambda: s.app._exit)


async def test_ctrl_c_in_an_answer_loses_nothing_and_twice_quits() -> None:
    now = [100.0]
    async with session(quick()) as s:
        s.app.interrupts.clock = lambda: now[0]
        screen = s.app.session
        await s.enter("/call quick ask")
        await s.until(lambda: len(screen.inbox.questions) == 1)
        screen.inbox.take_focus()
        await s.until(lambda: screen.inbox.takes_letters)
        await s.pilot.press("x", "ctrl+c")
        await s.until(lambda: "ctrl+c again quits" in [n.message for n in s.app._notifications])
        assert screen.transcript.running
        assert len(screen.inbox.questions) == 1
        now[0] += 0.5
        await s.pilot.press("ctrl+c")
        await s.until(lambda: s.app._exit)


async def test_ctrl_c_leaves_a_dialog_then_quits_and_a_question_mark_shows_its_keys() -> None:
    now = [100.0]
    async with session(quick()) as s:
        s.app.interrupts.clock = lambda: now[0]
        saving, asking = SaveScreen("Save", "where", "a.txt"), ConfirmScreen("Open", "it")
        for dialog in (saving, asking, ThemeScreen(("nord",))):
            now[0] += 5
            s.app.push_screen(dialog)
            await s.until(lambda dialog=dialog: s.app.screen is dialog)  # type: ignore[misc]
            await s.pilot.press("ctrl+c")
            await s.until(lambda: s.app.session.is_current)
        now[0] += 5
        s.app.push_screen(ConfirmScreen("Open", "it"))
        await s.pilot.press("?")
        await s.until(lambda: any(row[:2] == ("y", "yes") for row in key_rows(s.app)))
        await s.pilot.press("ctrl+c")
        await s.until(lambda: isinstance(s.app.screen, ConfirmScreen))
        await s.pilot.press("ctrl+c")
        await s.until(lambda: s.app._exit)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""Commands whose whole effect is on the session itself, and the keys that stand beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.session.screens.form import FormScreen
from app.session.screens.help import HelpScreen
from app.session.screens.paste import PasteScreen
from app.session.screens.themes import ThemeScreen
from tests.app.conftest import session
from tests.support.servers import demo, quick

if TYPE_CHECKING:
    from pathlib import Path


async def test_clear_empties_the_history() -> None:
    async with session() as s:
        await s.enter("said before")
        await s.sees("said before")
        await s.enter("/clear")
        await s.until(lambda: "said before" not in s.history)


async def test_help_opens_a_page_of_the_commands() -> None:
    async with session() as s:
        await s.enter("/help")
        await s.until(lambda: isinstance(s.app.screen, HelpScreen))


async def test_a_theme_is_taken_by_name_or_chosen_from_all() -> None:
    async with session() as s:
        await s.enter("/theme nord")
        await s.until(lambda: s.app.theme == "nord")
        await s.enter("/theme")
        await s.until(lambda: isinstance(s.app.screen, ThemeScreen))


async def test_quit_ends_the_session() -> None:
    async with session() as s:
        await s.enter("/quit")
        await s.until(lambda: not s.app.is_running)


async def test_a_key_ends_the_session() -> None:
    async with session() as s:
        await s.pilot.press("ctrl+q")
        await s.until(lambda: not s.app.is_running)


async def test_a_disabled_server_is_enabled_and_starts() -> None:
    async with session(quick(enabled=False)) as s:
        assert s.app.manager is not None
        assert s.app.manager.status("quick").state == "disabled"
        await s.enter("/mcp enable quick")
        await s.ready("quick")


async def test_a_key_searches_the_history_from_the_composer() -> None:
    async with session() as s:
        await s.pilot.press("ctrl+f")
        await s.until(lambda: s.app.session.find_bar.has_focus_within)


async def test_a_form_is_left_without_a_call() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo add")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is s.app.session)
        assert not s.app.session.transcript.running


async def test_the_question_for_an_address_is_left_without_an_answer() -> None:
    answers: list[str | None] = []
    async with session() as s:
        s.app.push_screen(PasteScreen("Log in to linear", "", ""), answers.append)
        await s.until(lambda: isinstance(s.app.screen, PasteScreen))
        await s.pilot.press("a", "escape")
        await s.until(lambda: answers == [None])


async def test_every_server_is_described_in_full_when_wanted() -> None:
    async with session(quick(enabled=False)) as s:
        await s.answers("/mcp verbose", "quick.py")
        await s.enter("/clear")
        await s.answers("/mcp", "quick")
        assert "quick.py" not in s.history


async def test_roots_are_listed_by_server(tmp_path: Path) -> None:
    async with session(quick(roots=(str(tmp_path), "/nowhere/at all")), demo()) as s:
        await s.enter("/roots demo")
        await s.sees("none configured: roots =")
        await s.enter("/roots")
        await s.sees(tmp_path.name)
        await s.sees("/nowhere/at all")
        await s.sees("no such directory")

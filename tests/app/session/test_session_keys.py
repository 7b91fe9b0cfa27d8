"""Where the keys go: the ring of Tab, the slash from anywhere, the panel and back."""

from __future__ import annotations

from app.session.screens.form import FormScreen
from app.session.screens.server import ServerScreen
from services.connections.reconnection import Retry
from services.settings import ServerSettings
from tests.app.conftest import session
from tests.support.screens import screen_text
from tests.support.servers import quick


async def test_tab_goes_round_history_panel_and_composer() -> None:
    async with session(quick()) as s:
        screen = s.app.session
        await s.pilot.press("tab")
        await s.until(lambda: screen.history.has_focus)
        await s.pilot.press("tab")
        await s.until(lambda: screen.panel.has_focus_within)
        await s.pilot.press("tab")
        await s.until(lambda: screen.composer.has_focus_within)
        await s.pilot.press("shift+tab")
        await s.until(lambda: screen.panel.has_focus_within)


async def test_a_slash_begins_a_command_from_the_history_and_the_panel() -> None:
    async with session(quick()) as s:
        screen = s.app.session
        for key in ("tab", "f2"):
            await s.pilot.press(key)
            await s.until(lambda: not screen.composer.has_focus_within)
            await s.pilot.press("/", "m")
            await s.until(lambda: screen.composer.text == "/m")
            assert screen.composer.has_focus_within
            screen.composer.clear()


async def test_the_panel_opens_over_the_history_on_a_narrow_screen_and_leaves_no_focus_behind() -> None:
    async with session(quick(), size=(80, 24)) as s:
        screen = s.app.session
        assert not screen.panel.display
        await s.pilot.press("f2")
        await s.until(lambda: screen.panel.display and screen.panel.has_focus_within)
        await s.pilot.press("escape")
        await s.until(lambda: screen.composer.has_focus_within)
        assert not screen.panel.display


async def test_keys_of_the_panel_act_on_the_server() -> None:
    async with session(quick()) as s:
        manager = s.app.manager
        assert manager is not None
        await s.pilot.press("f2", "d")
        await s.until(lambda: manager.status("quick").state == "stopped")
        await s.pilot.press("c")
        await s.ready("quick")
        await s.pilot.press("e")
        await s.until(lambda: manager.status("quick").state == "disabled")
        await s.pilot.press("enter")
        await s.until(lambda: type(s.app.screen).__name__ == "ServerScreen")


async def test_tab_within_a_question_goes_from_field_to_field() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick ask")
        await s.until(lambda: s.app.session.inbox.has_focus_within)
        first = s.app.focused
        await s.pilot.press("tab")
        assert s.app.session.inbox.has_focus_within
        assert s.app.focused is not first


async def test_a_form_opened_on_a_servers_screen_leads_back_to_it_sent_or_not() -> None:
    async with session(quick()) as s:
        await s.pilot.press("f2", "enter")
        await s.until(lambda: isinstance(s.app.screen, ServerScreen))
        await s.pilot.press("slash", *"e", "enter", "down", "enter")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press("escape")
        await s.until(lambda: isinstance(s.app.screen, ServerScreen))
        here = s.app.screen
        assert isinstance(here, ServerScreen)
        before = here.details.place
        chosen = here.details.rows.selected
        assert before.filter == "e"
        await s.pilot.press("enter")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press(*"1", "ctrl+s")
        await s.until(lambda: s.app.session.is_current)
        await s.until(lambda: "esc back" in screen_text(s.app))
        await s.pilot.press("escape")
        await s.until(lambda: isinstance(s.app.screen, ServerScreen))
        again = s.app.screen
        assert isinstance(again, ServerScreen)
        await s.until(lambda: again.details.place == before and again.details.rows.selected == chosen)
        await s.pilot.press("escape")
        await s.until(lambda: s.app.session.is_current)
        assert s.app.session.way_back is None


async def test_a_failed_server_opens_on_its_log() -> None:
    broken = ServerSettings("broken", command="sh", args=("-c", "echo no database >&2; exit 3"))
    async with session(broken, retry=Retry(tries=1)) as s:
        manager = s.app.manager
        assert manager is not None
        await s.until(lambda: manager.status("broken").state == "failed")
        await s.pilot.press("f2", "enter")
        await s.until(lambda: isinstance(s.app.screen, ServerScreen) and s.app.screen.details.kind == "log")
        await s.until(lambda: "no database" in screen_text(s.app))

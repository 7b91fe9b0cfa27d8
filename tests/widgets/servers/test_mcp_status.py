"""The MCP status panel: what it shows, what its keys ask for, how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.containers import Horizontal
from textual.widgets import Input, Static

from app.themes import DEFAULT_THEME, register_themes
from services.events import ServerState, ServerStatus
from tests.support.screens import screen_text, until
from tests.support.statuses import EVERYTHING, FIGMA
from widgets.footer_keys import FooterKeys
from widgets.servers.mcp_status import McpStatus
from widgets.servers.status_list import StatusList
from widgets.servers.status_rows import StatusColumns

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.pilot import Pilot

STATUSES = (
    EVERYTHING,
    FIGMA,
    ServerStatus(
        "time",
        ServerState.READY,
        since=990.0,
        tools=2,
        protocol="2025-06-18",
        latency=0.0013,
        restarts=2,
        pid=4720,
    ),
    ServerStatus("github", ServerState.STARTING, "http", since=998.0),
    ServerStatus(
        "linear",
        ServerState.LOGIN_NEEDED,
        "http",
        auth="not_logged_in",
        cause="HTTP 401",
        hint="Run /mcp login linear.",
    ),
    ServerStatus(
        "broken",
        ServerState.FAILED,
        cause='exit status 3: "boom: no such table: users in main"',
        hint="Mend the command, then press c.",
        address="uv run broken.py",
    ),
    ServerStatus(
        "ledger",
        ServerState.FAILED,
        "http",
        cause="no answer within 30 s (startup_timeout_sec)",
        required=True,
    ),
    ServerStatus(
        "wobbly", ServerState.RECONNECTING, "sse", since=990.0, cause="connection closed", restarts=4
    ),
    ServerStatus(
        "typo",
        ServerState.INVALID,
        cause="url is not supported for stdio in `mcp_servers.typo`, line 12",
    ),
    ServerStatus("paused", ServerState.STOPPED),
    ServerStatus("old", ServerState.DISABLED),
)
EVIL = "[/x][@click=app.quit]x[/]"


class PanelApp(App[None]):
    """The panel at the right of something else, as wide as it is told to be."""

    CSS = """
    McpStatus { width: 46; border-left: vkey $border-blurred; }
    #rest { width: 1fr; }
    .-whole #rest { display: none; }
    .-whole McpStatus { width: 1fr; border: none; }
    """

    def __init__(self, statuses: tuple[ServerStatus, ...] = STATUSES, *, whole: bool = False) -> None:
        super().__init__()
        self.now = 1000.0
        self.statuses = statuses
        self.whole = whole
        self.asked: list[tuple[str, str]] = []
        self.left = 0
        register_themes(self)
        self.theme = DEFAULT_THEME

    def compose(self) -> ComposeResult:
        with Horizontal(classes="-whole" if self.whole else ""):
            yield Static(id="rest")
            yield McpStatus(clock=lambda: self.now)
        yield FooterKeys()

    def on_mount(self) -> None:
        self.panel.statuses = self.statuses

    @property
    def panel(self) -> McpStatus:
        return self.query_one(McpStatus)

    def on_mcp_status_action_requested(self, event: McpStatus.ActionRequested) -> None:
        self.asked.append((event.server, event.action))

    def on_mcp_status_left(self) -> None:
        self.left += 1


async def ready(app: PanelApp, pilot: Pilot[Any], *, focus: bool = True) -> None:
    await until(pilot, lambda: len(app.query_one(StatusList).statuses) == len(app.statuses))

    if focus:
        app.panel.focus()
    else:
        app.set_focus(None)

    await pilot.pause()


async def test_keys_ask_for_what_the_selected_server_can_do() -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("enter", "c", "d", "e", "g")
        await pilot.press(*["down"] * 5, "c", "d", "e")
        await pilot.press("end", "c", "d", "e", "home", "C", "escape")
        await until(pilot, lambda: app.left == 1)

    assert app.asked == [
        ("everything", "open"),
        ("everything", "reconnect"),
        ("everything", "disconnect"),
        ("everything", "disable"),
        ("everything", "log"),
        ("broken", "connect"),
        ("broken", "disable"),
        ("old", "enable"),
        ("", "reconnect_all"),
    ]


async def test_the_footer_offers_only_keys_that_work() -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        footer = app.query_one(FooterKeys)
        await until(pilot, lambda: "c reconnect   d disconnect   e disable" in str(footer.render()))
        await pilot.press("end")
        await until(pilot, lambda: "e enable" in str(footer.render()))
        assert "connect" not in str(footer.render()).replace("reconnect all", "")


async def test_the_particulars_stand_below_while_the_panel_has_the_keys() -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        about = app.panel.query_one("#status-about")

        for _ in range(2):
            app.set_focus(None)
            await until(pilot, lambda: not about.display)
            app.panel.focus()
            await until(pilot, lambda: about.display)


async def test_a_click_selects_and_a_double_click_opens() -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, focus=False)
        tops = app.query_one(StatusList)._tops
        await pilot.click(StatusList, offset=(4, tops[1]))
        await until(pilot, lambda: app.panel.selected == STATUSES[1])
        assert app.asked == []
        await pilot.click(StatusList, offset=(4, tops[2]), times=2)
        await until(pilot, lambda: app.asked == [("time", "open")])


async def test_the_selection_stays_with_its_server() -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.panel.select("broken")
        app.panel.statuses = STATUSES[3:]
        await until(pilot, lambda: len(app.query_one(StatusList).statuses) == 8)
        assert app.panel.selected is not None
        assert app.panel.selected.server == "broken"
        app.panel.statuses = ()
        await until(pilot, lambda: app.panel.selected is None)
        await pilot.press("c", "enter", "down", "end", "pagedown")
        assert app.asked == []


async def test_fifty_changes_in_a_row_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = tuple(ServerStatus(f"server-{n}", ServerState.STARTING) for n in range(200))
    app = PanelApp(statuses)

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        shown = 0
        show = StatusList.show

        def counted(self: StatusList, statuses: Any) -> None:
            nonlocal shown
            shown += 1
            show(self, statuses)

        monkeypatch.setattr(StatusList, "show", counted)

        for n in range(200):
            ready_one = ServerStatus(f"server-{n}", ServerState.READY, tools=n)
            app.panel.statuses = (*app.panel.statuses[:n], ready_one, *app.panel.statuses[n + 1 :])

        await until(pilot, lambda: "200 ready" in screen_text(app))
        assert shown < 10


async def test_elapsed_time_moves_only_while_something_is_under_way() -> None:
    app = PanelApp((ServerStatus("github", ServerState.STARTING, since=1000.0),))

    async with app.run_test(size=(60, 20)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "starting… 0 s" in screen_text(app))
        app.now = 1007.0
        await until(pilot, lambda: "starting… 7 s" in screen_text(app))
        app.panel.statuses = (ServerStatus("github", ServerState.STOPPED, since=1007.0),)
        await until(pilot, lambda: "1 stopped" in screen_text(app))
        timer = app.query_one(StatusList)._timer
        assert timer is not None
        await until(pilot, lambda: not timer._active.is_set())


async def test_a_hidden_panel_keeps_no_time_and_catches_up_when_shown() -> None:
    app = PanelApp((ServerStatus("github", ServerState.STARTING, since=1000.0),))

    async with app.run_test(size=(60, 20)) as pilot:
        await ready(app, pilot, focus=False)
        timer = app.query_one(StatusList)._timer
        assert timer is not None
        app.panel.display = False
        await until(pilot, lambda: not timer._active.is_set())
        app.now = 1009.0
        app.panel.display = True
        await until(pilot, lambda: "starting… 9 s" in screen_text(app))


async def test_names_and_causes_are_never_markup() -> None:
    statuses = tuple(
        ServerStatus(EVIL, state, cause=EVIL, hint=EVIL, address=EVIL, identity=EVIL, protocol=EVIL)
        for state in ServerState
    )
    app = PanelApp(statuses, whole=True)

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        assert screen_text(app).count("[@click=app.quit]x[/]") >= len(statuses)
        await pilot.click(StatusList, offset=(10, 1))
        await pilot.press("down", "down")
        assert app.is_running


async def test_it_can_be_reached_and_left_by_tab() -> None:
    class TwoWidgets(PanelApp):
        def compose(self) -> ComposeResult:
            yield Input()
            yield from super().compose()

    app = TwoWidgets()

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: not app.panel.has_class("-empty"))
        await pilot.press("tab")
        assert isinstance(app.focused, StatusList)
        await pilot.press("tab")
        assert isinstance(app.focused, Input)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 3), (20, 5), (40, 12), (300, 60)])
async def test_no_size_breaks_it(width: int, height: int) -> None:
    app = PanelApp(whole=True)

    async with app.run_test(size=(width, height)) as pilot:
        await ready(app, pilot)
        await pilot.press("end", "pageup", "home")
        await pilot.resize_terminal(height, width)
        await pilot.press("end")
        assert app.panel.selected == STATUSES[-1]


async def test_beside_the_history(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, focus=False)
        assert screen_matches(app)


async def test_selected_beside_the_history(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = PanelApp()

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.panel.select("broken")
        await pilot.pause()
        assert screen_matches(app)


async def test_what_tools_cost_a_model(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = PanelApp(whole=True)

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.panel.tokens = {status.server: 150 * status.tools for status in STATUSES}
        await pilot.pause()
        assert screen_matches(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=["120x40", "80x24", "40x12"])
async def test_over_the_history(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    app = PanelApp(whole=True)

    async with app.run_test(size=size) as pilot:
        await ready(app, pilot)
        await pilot.press("down")
        assert screen_matches(app)


async def test_no_servers_yet(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = PanelApp(())

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.panel.has_class("-empty"))
        assert screen_matches(app)


async def test_on_a_light_ground(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = PanelApp()
    app.theme = "jackfield-light"

    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        app.panel.select("ledger")
        await pilot.pause()
        assert screen_matches(app)


def test_beside_the_history_it_says_all_that_it_says_over_it() -> None:
    statuses = [EVERYTHING, STATUSES[2], STATUSES[3], STATUSES[4]]
    over = StatusColumns.fit(statuses, 78, 1000.0)
    beside = StatusColumns.fit(statuses, 44, 1000.0).with_more()
    for status in statuses:
        wide = " ".join(line.plain for line in over.row(status, 1000.0)).split()
        narrow = " ".join(line.plain for line in beside.row(status, 1000.0)).split()
        assert set(wide) <= set(narrow), status.server
        lines = beside.row(status, 1000.0)
        assert len(lines) == beside.height(status, 1000.0)
        assert max(line.cell_length for line in lines) <= 44

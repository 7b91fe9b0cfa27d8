"""Icons on a server's screen: got when they are looked at, and drawn or named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from app.session.screens.server import ServerScreen, ServerView
from app.themes import DEFAULT_THEME, register_themes
from services.catalog.entries import Catalog, Tool
from services.events import ServerState, ServerStatus
from services.icons import Icon
from services.results.pictures import PictureRefused, decode
from tests.services.results.images import png
from tests.support.screens import screen_text, until
from widgets.icon_view import IconView

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOLS = tuple(
    Tool("shop", name, name, icons=icons)
    for name, icons in (
        ("plain", ()),
        ("passed", (Icon("passed"),)),
        ("drawn", (Icon("good"),)),
        ("hostile", (Icon("bad"),)),
    )
)


class IconApp(App[None]):
    def __init__(self, tools: Sequence[Tool] = TOOLS) -> None:
        super().__init__()
        self.tools = tuple(tools)
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.asked: list[str] = []

    async def load(self, icons: Sequence[Icon]) -> Any:
        self.asked.append(icons[0].source)
        if icons[0].source == "bad":
            raise PictureRefused("SVG is not drawn")
        return decode(png(32, 32, (250, 10, 10)))

    def on_mount(self) -> None:
        status = ServerStatus("shop", ServerState.READY, icons=(Icon("own"),))
        self.push_screen(ServerScreen(ServerView(status, Catalog(self.tools)), load_icon=self.load))

    def drawn(self, id: str) -> bool:
        view = self.screen.query_one(id, IconView)
        return view.display and "▀" in "".join(view.render_line(y).text for y in range(view.size.height))


async def test_icons_are_got_when_they_are_looked_at() -> None:
    app = IconApp()
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: app.drawn("#server-icon"))
        assert app.asked == ["own"], "of tools none is looked at yet"
        await pilot.press("down", "down")
        await until(pilot, lambda: app.drawn("#entry-icon"))
        await pilot.press("down")
        await until(pilot, lambda: "icon not drawn: SVG is not drawn" in screen_text(app))
        assert not app.drawn("#entry-icon")
        await pilot.press("up")
        await until(pilot, lambda: app.drawn("#entry-icon"))
        await pilot.press("home")
        await until(pilot, lambda: not app.drawn("#entry-icon"))
        assert app.asked == ["own", "good", "bad"], "once each, and not of what was passed by"


async def test_the_first_entry_is_looked_at_too() -> None:
    app = IconApp(TOOLS[2:])
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.drawn("#entry-icon"))

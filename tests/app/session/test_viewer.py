"""A text, a JSON value or a picture over the whole screen."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.session.screens.json_texts import json_later
from app.session.screens.viewer import Viewer
from app.themes import DEFAULT_THEME, register_themes
from tests.support.screens import screen_text, until
from widgets.views.json_content import JsonContent

if TYPE_CHECKING:
    from collections.abc import Callable


JSON = json.dumps(
    {
        "name": "forecast",
        "days": [{"day": n, "sky": "clear", "wind": {"speed": 3.2, "from": "NW"}} for n in range(20)],
        "sure": None,
        "note": "a long line of words " * 12,
    },
    indent=2,
)
EVIL = "[/x][@click=app.quit]x[/]"


class Grid:
    """Pixels of a colour that changes from corner to corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.rgb = bytes(
            value
            for y in range(height)
            for x in range(width)
            for value in (x * 255 // width, y * 255 // height, 120)
        )


@dataclass(frozen=True)
class Gradient:
    """A picture that needs no decoding."""

    format: str = "PNG"
    width: int = 1280
    height: int = 800
    byte_size: int = 214_000

    def pixels(self, columns: int, rows: int) -> Grid | None:
        scale = min(columns / self.width, rows * 2 / self.height)
        width, height = int(self.width * scale), int(self.height * scale) // 2 * 2
        return Grid(width, height) if width > 0 and height > 0 else None


class ViewerApp(App[None]):
    """An app that opens a viewer and keeps what it asks for."""

    def __init__(self, title: str, content: Any, pictures: Any = ()) -> None:
        super().__init__()
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.viewer = Viewer(title, content, pictures)
        self.copied: list[str] = []
        self.saved: list[tuple[str, Any]] = []
        self.closed = False

    def on_mount(self) -> None:
        self.push_screen(self.viewer, lambda _none: setattr(self, "closed", True))

    def on_viewer_copy_requested(self, event: Viewer.CopyRequested) -> None:
        self.copied.append(event.text)

    def on_viewer_save_requested(self, event: Viewer.SaveRequested) -> None:
        self.saved.append((event.title, event.content))


async def test_keys_copy_save_and_close() -> None:
    app = ViewerApp("notes", "one\ntwo")

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "two" in screen_text(app))
        await pilot.press("c", "s", "q")
        await until(pilot, lambda: app.closed)

    assert app.copied == ["one\ntwo"]
    assert app.saved == [("notes", "one\ntwo")]


async def test_a_search_goes_from_match_to_match() -> None:
    app = ViewerApp("log", "\n".join(f"line {n} of many" for n in range(500)))

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"line 40")
        await until(pilot, lambda: "line 40 of many" in screen_text(app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "line 401 of many" in screen_text(app))
        await pilot.press("z")
        await until(pilot, lambda: "not found" in screen_text(app))
        await pilot.press("backspace", "escape", "home")
        await until(pilot, lambda: "line 0 of many" in screen_text(app))
        await pilot.press("n")
        await until(pilot, lambda: "line 40" in screen_text(app))
        assert not app.closed
        await pilot.press("escape")
        await until(pilot, lambda: app.closed)


async def test_a_search_goes_back_too() -> None:
    app = ViewerApp("log", "\n".join(f"line {n} of many" for n in range(500)))

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"line 40")
        await until(pilot, lambda: "line 40 of many" in screen_text(app))
        await pilot.press("up")
        await until(pilot, lambda: "line 409 of many" in screen_text(app))
        await pilot.press("up", "escape", "home")
        await until(pilot, lambda: "line 0 of many" in screen_text(app))
        await pilot.press("N")
        await until(pilot, lambda: "line 407 of many" in screen_text(app))


async def test_letters_typed_into_the_search_are_no_keys() -> None:
    app = ViewerApp("notes", "quick brown scones")

    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("slash", *"qcsnN")
        await pilot.pause()
        assert app.screen is app.viewer
        assert (app.copied, app.saved) == ([], [])


async def test_a_picture_can_be_saved_but_not_searched() -> None:
    picture = Gradient()
    app = ViewerApp("photo", picture)

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "▀" in screen_text(app))
        await pilot.press("c", "slash", "n", "s", "escape")
        await until(pilot, lambda: app.closed)

    assert app.copied == []
    assert app.saved == [("photo", picture)]


LONG = json.dumps([{"day": n, "sky": "clear"} for n in range(40_000)])


async def test_a_long_text_that_is_json_becomes_a_tree() -> None:
    app = ViewerApp("days", LONG)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "40,000 rows" in screen_text(app))
        await pilot.press("t")
        await until(pilot, lambda: '{ day: 0, sky: "clear" }' in screen_text(app))
        await pilot.press("s")
        await until(pilot, lambda: bool(app.saved))
    assert app.saved == [("days", LONG)]


async def test_somebody_at_home_in_a_long_text_is_left_there(monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = asyncio.Event()

    async def read_late(text: str) -> JsonContent | None:
        await may_go_on.wait()
        return await json_later(text)

    monkeypatch.setattr("app.session.screens.text_or_tree.json_later", read_late)
    app = ViewerApp("days", LONG)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "reading it as JSON" in screen_text(app))
        await pilot.press("slash", *"39998")
        await until(pilot, lambda: "1 of 1" in screen_text(app))
        may_go_on.set()
        await until(pilot, lambda: app.viewer.check_action("text", ()))
        assert "rows" not in screen_text(app) and "reading" not in screen_text(app)
        await pilot.press("escape", "v")
        await until(pilot, lambda: "40,000 rows" in screen_text(app))
        await pilot.press("n", "t")
        await until(pilot, lambda: "/39998" in screen_text(app))


@pytest.mark.parametrize("end", ["", "]", ", NaN]"])
async def test_a_long_text_that_only_looks_like_json_stays_text(end: str) -> None:
    app = ViewerApp("days", f"[{LONG}{end}")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.viewer.is_mounted)
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert app.viewer.check_action("text", ()) == (end == "]")


async def test_titles_and_texts_are_never_markup() -> None:
    app = ViewerApp(EVIL, f'{{"{EVIL}": "{EVIL}"}}')

    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: screen_text(app).count(EVIL) == 3)
        await pilot.click(offset=(10, 0))
        await pilot.press("slash", *EVIL)
        await pilot.pause()
        assert app.is_running


@pytest.mark.parametrize("content", [JSON, Gradient(), ""])
@pytest.mark.parametrize("size", [(1, 1), (9, 4), (300, 80)])
async def test_no_size_breaks_it(content: Any, size: tuple[int, int]) -> None:
    app = ViewerApp("anything", content)

    async with app.run_test(size=size) as pilot:
        await pilot.press("end", "pageup")
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: "anything" in screen_text(app))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=["120x40", "80x24", "40x12"])
async def test_how_json_looks(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    app = ViewerApp("weather.forecast", JSON)

    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: '"forecast"' in screen_text(app))
        assert screen_matches(app)


ROWS = [
    {"id": n, "name": f"socket {n}", "state": "free" if n % 3 else None, "at": {"row": "A", "number": n}}
    for n in range(60)
]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_how_a_table_looks(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    app = ViewerApp("demo.sockets", JsonContent(ROWS))

    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: "socket 5" in screen_text(app))
        await pilot.press("down", "down")
        await until(pilot, lambda: "60 rows" in screen_text(app))
        assert screen_matches(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_how_a_search_in_a_tree_looks(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = ViewerApp("demo.sockets", JsonContent({"sockets": ROWS, "[b]": "[/x]"}))

    async with app.run_test(size=size) as pilot:
        await pilot.press("slash", *"socket 4")
        await until(pilot, lambda: "1 of 11" in screen_text(app))
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "3 of 11" in screen_text(app))
        assert screen_matches(app)


async def test_keys_copy_values_and_paths() -> None:
    app = ViewerApp("demo.sockets", JsonContent({"a b": [{"c/d": "word\x1b[m"}, 5]}))

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "word" in screen_text(app))
        await pilot.press("down", "down", "down")
        for number, key in enumerate("cpP", 1):
            await pilot.press(key)
            await until(pilot, partial(copied, app, number))
        assert app.copied == ["word", "/a b/0/c~1d", '."a b"[0]."c/d"']
        await pilot.press("left", "c")
        await until(pilot, partial(copied, app, 4))
        assert json.loads(app.copied[3]) == {"c/d": "word\x1b[m"}
        await pilot.press("v")
        await until(pilot, lambda: '"a b": [' in screen_text(app))


def copied(app: ViewerApp, count: int) -> bool:
    return len(app.copied) == count


async def test_how_a_picture_looks(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = ViewerApp("weather.map", Gradient())

    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "▀" in screen_text(app))
        assert screen_matches(app)

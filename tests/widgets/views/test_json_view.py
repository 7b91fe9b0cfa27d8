"""The viewer of texts of any size."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.themes import DEFAULT_THEME, register_themes
from tests.support.work import calls, growth
from widgets.views.json_view import JsonView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.message import Message


class ViewerApp(App[None]):
    def __init__(self, text: str, *, json: bool = True) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.view = JsonView(text, json=json)
        register_themes(self)
        self.theme = DEFAULT_THEME

    def compose(self) -> ComposeResult:
        yield self.view

    def on_json_view_search_requested(self, message: JsonView.SearchRequested) -> None:
        self.messages.append(message)

    def on_json_view_searched(self, message: JsonView.Searched) -> None:
        self.messages.append(message)


def lines(app: ViewerApp) -> list[str]:
    return [app.view.render_line(y).text.rstrip() for y in range(app.view.size.height)]


DOCUMENT = json.dumps(
    [{"id": number, "name": f"tool {number}", "on": None} for number in range(5000)], indent=2
)


async def test_json_is_coloured(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = ViewerApp(
        json.dumps(
            {
                "title": "a long title " * 12,
                "count": -1.5e3,
                "on": True,
                "none": None,
                "list": [1, {"a": "b"}],
            },
            indent=2,
        )
    )

    async with app.run_test(size=(80, 24)) as pilot:
        await app.view.find("title")
        await pilot.pause()
        assert screen_matches(app)


async def test_keys_scroll() -> None:
    app = ViewerApp(DOCUMENT)

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert lines(app)[:3] == ["[", "  {", '    "id": 0,']
        await pilot.press("down", "down")
        assert lines(app)[0] == '    "id": 0,'
        await pilot.press("end")
        assert (lines(app)[-1], app.view.percent) == ("]", 100)
        await pilot.press("pageup", "up", "home", "pagedown")
        assert app.view.scroll_offset.y == 10


async def test_scrolling_back_shows_every_line_once() -> None:
    app = ViewerApp(DOCUMENT)

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        await pilot.press("end")
        seen = lines(app)

        for _ in range(60):
            await pilot.press("pageup")
            seen = [*lines(app)[:10], *seen]

        assert seen == DOCUMENT.split("\n")[-len(seen) :]


async def test_search_goes_on_and_round() -> None:
    app = ViewerApp(DOCUMENT)

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()

        for place in ("tool 4999", "TOOL 4999"):
            assert await app.view.find(place)
            await pilot.pause()
            assert any("tool 4999" in line for line in lines(app))

        assert await app.view.find('"id": 17,')
        await pilot.pause()
        assert any('"id": 17,' in line for line in lines(app))
        assert await app.view.find("tool 1")
        assert await app.view.find("tool 1", backwards=True)
        assert not await app.view.find("nowhere")
        await pilot.press("ctrl+f")
        assert isinstance(app.messages[-1], JsonView.SearchRequested)


async def test_a_search_behind_the_screen_says_how_it_ended() -> None:
    app = ViewerApp(DOCUMENT)

    async with app.run_test() as pilot:
        app.view.search("tool 42")
        await app.workers.wait_for_complete()
        await pilot.pause()
        message = app.messages[-1]
        assert isinstance(message, JsonView.Searched)
        assert (message.text, message.found) == ("tool 42", True)


@pytest.mark.parametrize(
    "text",
    ["x" * 20_000_000, "word " * 4_000_000, DOCUMENT * 40, "\n" * 5_000_000 + "end", "漢字" * 3_000_000],
    ids=["letters", "words", "document", "empty lines", "wide letters"],
)
async def test_tens_of_megabytes_open_with_the_work_of_one(text: str) -> None:
    app = ViewerApp("")

    def opened(text: str) -> None:
        app.view.show(text)
        app.view._settle()
        app.view.action_end()
        lines(app)

    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        few = text[: len(text) // 20]
        assert calls(lambda: opened(text)) < 4 * calls(lambda: opened(few))
        assert growth(opened, few, text, repeats=3) < 8


async def test_a_new_width_keeps_the_place() -> None:
    app = ViewerApp(DOCUMENT)

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        await app.view.find('"tool 2500"')
        await pilot.pause()

        for width in (30, 90):
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            assert any("tool 250" in line or "tool 249" in line for line in lines(app))


async def test_hostile_text_is_only_text() -> None:
    app = ViewerApp("[/x] [@click=app.quit]x[/] [b", json=False)

    async with app.run_test() as pilot:
        await pilot.click(app.view)
        assert lines(app)[0] == "[/x] [@click=app.quit]x[/] [b"

"""Forms: how long one of 500 fields, or with a list of 50 entries, takes to open, and a key in it."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input

from app.session.screens.form import FormScreen
from app.themes import DEFAULT_THEME, register_themes
from benchmarks.report import Figure
from services.garbage import look_again

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from textual.pilot import Pilot

__all__ = ("measure",)

ROUNDS = 5
KEYS = 20
BARE = 20
"""Lines of the bare app: as many as a screen shows."""
SECONDS = 20.0

Times = dict[str, list[float]]

TEXT = {"type": "string", "description": "some words", "minLength": 0}
ITEM = {"type": "object", "properties": {"name": TEXT, "count": {"type": "integer"}}, "required": ["name"]}
FIELDS: dict[str, Any] = {"type": "object", "properties": {f"field{number}": TEXT for number in range(500)}}
LIST = {"type": "object", "properties": {"it": {"type": "array", "items": ITEM}}}
DEEP = {
    "type": "object",
    "properties": {"kind": TEXT, "tree": {"$ref": "#/$defs/tree"}},
    "required": ["kind", "tree"],
    "if": {"properties": {"kind": {"const": "x"}}, "required": ["kind"]},
    "then": {"properties": {"why": TEXT}, "required": ["why"]},
    "$defs": {"tree": {"type": "object", "properties": {"v": TEXT, "next": {"$ref": "#/$defs/tree"}}}},
}
ENTRIES: dict[str, Any] = {"it": [{"name": f"entry {number}", "count": number} for number in range(50)]}
FORMS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "a form of 20 fields": ({**FIELDS, "properties": dict(list(FIELDS["properties"].items())[:20])}, None),
    "a form of 500 fields": (FIELDS, None),
    "a form with a list of 50 groups": (LIST, ENTRIES),
    "a form with a condition, recursive": (DEEP, None),
}


class Bare(App[None]):
    """As many lines of Textual's own as a screen shows."""

    def compose(self) -> ComposeResult:
        yield Input(id="first")

    async def show(self) -> None:
        """Bring the lines in."""
        lines = VerticalScroll(*(Input(compact=True) for _ in range(BARE)))
        await self.mount(lines)
        lines.query(Input).first().focus()


class Formed(App[None]):
    """A screen that a form is opened over."""

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME


def measure() -> Iterable[Figure]:
    """Each kind of form beside the bare lines, in alternating rounds."""
    return asyncio.run(_measured())


async def _measured() -> list[Figure]:
    opening: Times = {}
    keys: Times = {}
    for turn in range(ROUNDS + 1):
        found = {"bare": await _bare()}
        _settle()
        for name, (schema, values) in FORMS.items():
            found[name] = await _form(schema, values)
            _settle()
        if turn:  # the first one imports and parses styles
            for name, (opened, pressed) in found.items():
                opening.setdefault(name, []).append(opened)
                keys.setdefault(name, []).append(pressed)
    return [*_figures(opening, "open", "< 300 ms"), *_figures(keys, "a key", "< 20 ms")]


def _settle() -> None:
    """Leave nothing of the apps before, and look for garbage as the session does."""
    gc.collect()
    look_again()


def _figures(times: Mapping[str, list[float]], what: str, wished: str) -> list[Figure]:
    middle = {name: statistics.median(found) for name, found in times.items()}
    bare = middle.pop("bare")
    return [Figure(f"{name}: {what} / {BARE} bare lines", one, bare, wished) for name, one in middle.items()]


async def _bare() -> tuple[float, float]:
    app = Bare()
    async with app.run_test(size=(80, 24)) as pilot:
        began = time.perf_counter()
        await app.show()
        await _until_drawn(pilot, lambda: isinstance(app.focused, Input) and app.focused.id != "first")
        return time.perf_counter() - began, await _keys(pilot)


async def _form(schema: dict[str, Any], values: dict[str, Any] | None) -> tuple[float, float]:
    app = Formed()
    async with app.run_test(size=(80, 24)) as pilot:
        began = time.perf_counter()
        screen = FormScreen("server.tool", "", schema, values)
        app.push_screen(screen)
        await _until_drawn(pilot, lambda: app.screen is screen and app.focused is not None)
        opened = time.perf_counter() - began
        await pilot.pause(1.0)  # what comes into being afterwards
        if values:
            await pilot.press("down", "down")
        return opened, await _keys(pilot)


async def _keys(pilot: Pilot[None]) -> float:
    """Seconds from a key to the screen that shows it: the median."""
    found = []
    for _ in range(KEYS):
        focused = pilot.app.focused
        assert focused is not None
        began = time.perf_counter()
        focused.post_message(events.Key("a", "a"))
        await _until_drawn(pilot, lambda: True)
        found.append(time.perf_counter() - began)
    return statistics.median(found)


async def _until_drawn(pilot: Pilot[None], done: Any) -> None:
    async with asyncio.timeout(SECONDS):
        while not done():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        drawn = asyncio.Event()
        target = pilot.app.focused or pilot.app.screen
        # Behind what is to be seen in the queue of the widget, and behind the drawing of the screen.
        target.call_later(lambda: target.call_after_refresh(drawn.set))
        await drawn.wait()

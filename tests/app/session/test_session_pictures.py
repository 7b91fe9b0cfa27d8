"""What the session looks like, at 120×40 and 80×24."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.connections.reconnection import Retry
from tests.app.conftest import Session, session
from tests.support.servers import demo, quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.clock import Clock

    Matches = Callable[[Any], bool]

LATER = Retry(first=12, longest=12, jitter=0)

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])


async def settled(s: Session) -> None:
    """Nothing runs and everything is drawn."""
    await s.until(lambda: not s.app.session.transcript.running)
    await s.pilot.pause()
    await s.pilot.wait_for_scheduled_animations()


@SIZES
async def test_start(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    servers = (quick("fast"), quick("slow", "--slow-start", "60"), quick("old", enabled=False))
    async with session(*servers, size=size, clock=still_clock, wait=False) as s:
        await s.ready("fast")
        await s.until(lambda: "/call fast echo" in str(s.app.session.welcome.render()))
        assert screen_matches(s.app)


@SIZES
async def test_panel_open(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    servers = (quick("everything"), quick("broken", "--exit-at-start", "3"), quick("old", enabled=False))
    async with session(*servers, size=size, clock=still_clock, retry=Retry(tries=1)) as s:
        await s.until(lambda: "/call everything echo" in str(s.app.session.welcome.render()))
        await s.pilot.press("f2")
        await s.pilot.pause()
        # What differs from machine to machine is taken out of the picture.
        panel = s.app.session.panel
        still: dict[str, Any] = {
            "pid": None,
            "address": "uvx everything",
            "bytes_in": 3_300,
            "bytes_out": 775,
        }
        panel.statuses = tuple(replace(one, **still) for one in panel.statuses)
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_picture(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    async with session(demo(), size=size, clock=still_clock) as s:
        await s.enter("/call demo image_scenario scenario=text_then_image")
        await settled(s)
        assert screen_matches(s.app)


@SIZES
async def test_result(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    async with session(demo(), size=size, clock=still_clock) as s:
        for line in ("/call demo add a=2 b=3", "/call demo links", "/call demo fail"):
            await s.enter(line)
            await settled(s)
        assert screen_matches(s.app)


@SIZES
async def test_form(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    async with session(demo(), size=size, clock=still_clock) as s:
        await s.enter("/call demo image_scenario")
        await s.until(lambda: type(s.app.screen).__name__ == "FormScreen")
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_elicitation(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    async with session(demo(), size=size, clock=still_clock) as s:
        await s.enter("/call demo ask")
        await s.until(lambda: s.app.session.inbox.has_focus_within)
        await s.pilot.press(*"Bob", "tab", "tab", *"bob")
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_failure(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    async with session(demo(), size=size, clock=still_clock, retry=LATER) as s:
        await s.enter("/call demo crash")
        await settled(s)
        await s.sees("/mcp reconnect demo")
        assert screen_matches(s.app)


async def test_forty_by_twelve_does_not_break() -> None:
    async with session(demo(), size=(40, 12)) as s:
        for line in ("/tools", "/call demo image_scenario scenario=image_only", "/call demo ask"):
            await s.enter(line)
            await s.pilot.pause()
        await s.until(lambda: len(s.app.session.inbox.questions) == 1)
        await s.pilot.press("ctrl+n", "f2", "escape", "f1", "escape")
        assert s.app.is_running

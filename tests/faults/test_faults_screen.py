"""Under a flood the session answers its keys, also with the log of the flooding server open."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.app.conftest import session
from tests.faults.stage import hostile
from tests.support.servers import quick
from tests.support.waiting import until
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.app.conftest import Session

_ENOUGH = 3
"""Keys and frames that are shown before the flood is over; a screen that waits for its end shows one."""


async def typed(s: Session, letter: str) -> None:
    """Press a key, and see its letter in the composer."""
    driver, composer = s.app._driver, s.app.session.composer
    assert driver is not None
    wanted = composer.text + letter
    driver.send_message(events.Key(letter, letter))
    await until(lambda: composer.text == wanted, PATIENCE)


async def drawn(s: Session) -> None:
    """Let the screen, whichever is shown, draw what it was told before."""
    done = asyncio.Event()
    s.app.screen.call_after_refresh(done.set)
    s.app.screen.refresh()
    await asyncio.wait_for(done.wait(), PATIENCE)


@pytest.mark.parametrize("flood", ["flood_notifications", "flood_stderr", "flood_junk"])
async def test_the_screen_lives_on_in_a_flood(flood: str) -> None:
    async with session(hostile(flood, tool_timeout_sec=50), quick("good")) as s:
        await s.ready("bad", "good")
        assert s.app.manager is not None
        await _goes_on(s, lambda: typed(s, "x"))
        await s.enter("/log bad")
        await _goes_on(s, lambda: drawn(s))


async def _goes_on(s: Session, once: Callable[[], Awaitable[None]]) -> None:
    """Do it again and again while the server floods."""
    assert s.app.manager is not None
    calling = asyncio.create_task(s.app.manager.call_tool("bad", "go", {"much": 15}))
    times = 0
    while not calling.done():
        await once()
        times += 1
        await asyncio.sleep(0.01)
    assert not (await calling).is_error
    assert times > _ENOUGH

"""Under a flood the session answers its keys, also with the log of the flooding server open."""

from __future__ import annotations

import asyncio
import time
from statistics import median
from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.app.conftest import quick, session
from tests.faults.stage import hostile
from tests.services.conftest import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.app.conftest import Session

_USUAL = 0.15
"""Seconds that half of the keys and frames take at most; on a machine that does nothing else a tenth."""
_LONGEST = 0.5
"""Seconds that this process works at most before it shows a key or a frame."""


async def typed(s: Session, letter: str) -> float:
    """Seconds from the key to its letter in the composer."""
    driver, composer = s.app._driver, s.app.session.composer
    assert driver is not None
    wanted = composer.text + letter
    before = time.perf_counter()
    driver.send_message(events.Key(letter, letter))
    await until(lambda: composer.text == wanted)
    return time.perf_counter() - before


async def drawn(s: Session) -> float:
    """Seconds until the screen, whichever is shown, has drawn what it was told before."""
    done = asyncio.Event()
    before = time.perf_counter()
    s.app.screen.call_after_refresh(done.set)
    s.app.screen.refresh()
    await done.wait()
    return time.perf_counter() - before


@pytest.mark.parametrize("flood", ["flood_notifications", "flood_stderr", "flood_junk"])
async def test_the_screen_lives_on_in_a_flood(flood: str) -> None:
    async with session(hostile(flood, tool_timeout_sec=50), quick("good")) as s:
        await s.ready("bad", "good")
        assert s.app.manager is not None
        await _felt(s, lambda: typed(s, "x"))
        await s.enter("/log bad")
        await _felt(s, lambda: drawn(s))


async def _felt(s: Session, once: Callable[[], Awaitable[float]]) -> None:
    """Do it again and again while the server floods."""
    assert s.app.manager is not None
    calling = asyncio.create_task(s.app.manager.call_tool("bad", "go", {"much": 25}))
    taken, worked = [], []
    while not calling.done():
        before = time.process_time()
        taken.append(await once())
        worked.append(time.process_time() - before)
        await asyncio.sleep(0.01)
    assert not (await calling).is_error
    assert len(taken) > 5
    assert median(taken) < _USUAL
    assert max(worked) < _LONGEST

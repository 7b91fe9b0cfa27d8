"""Servers that are lost and come back, as the session shows it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from services.connections.reconnection import Retry
from services.events import ServerState
from services.settings import ServerSettings
from tests.app.conftest import Session, session
from tests.support.servers import quick

if TYPE_CHECKING:
    from pathlib import Path

SOON = Retry(first=0.02, longest=0.1)
LATER = Retry(first=60, longest=60)


def state(s: Session, server: str) -> ServerState:
    assert s.app.manager is not None
    return s.app.manager.status(server).state


async def lost(s: Session, server: str) -> None:
    await s.until(lambda: state(s, server) is ServerState.RECONNECTING)


async def test_the_difference_of_its_lists_is_told_when_it_is_back(tmp_path: Path) -> None:
    script = tmp_path / "server.sh"

    def offers(*options: str) -> None:
        script.write_text(f"exec {sys.executable} {' '.join(quick('x', *options).args)}\n", encoding="utf-8")

    offers("--tools", "2")
    async with session(ServerSettings("dev", command="/bin/sh", args=(str(script),)), retry=SOON) as s:
        offers("--tools", "1", "--strict")
        await s.enter("/call dev die status=4")
        await s.sees('dev is not connected: exit status 4: "dying"')
        await s.sees("dev changed its tools: removed filler_2; changed echo (arguments)")
        await s.sees("dev is connected again.")
        assert s.history.count("dev is") == 2


async def test_one_key_brings_one_back_and_another_all_that_are_wanted() -> None:
    servers = (quick("a"), quick("b"), quick("off", enabled=False))
    async with session(*servers, retry=LATER) as s:
        for name in ("a", "b"):
            await s.enter(f"/call {name} die status=4")
            await lost(s, name)
        await s.pilot.press("f2", "home", "c")
        await s.ready("a")
        assert state(s, "b") is ServerState.RECONNECTING
        await s.pilot.press("C")
        await s.ready("a", "b")
        assert s.app.manager is not None
        assert [status.restarts for status in s.app.manager.statuses] == [2, 1, 0]
        assert state(s, "off") is ServerState.DISABLED

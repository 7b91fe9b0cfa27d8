"""What a person does with an app under Pilot, and reads of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual import events

from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

__all__ = ("screen_text", "type_at_once", "until")


async def until(pilot: Pilot[Any], condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Let the app run until a condition holds, or fail after the deadline."""
    async with asyncio.timeout(seconds):
        while not condition():
            await pilot.pause(0.01)


async def type_at_once(pilot: Pilot[Any], *keys: str) -> None:
    """Send keys as a terminal does when they arrive in one read: nothing is awaited in between."""
    named = {"enter": "\r", "tab": "\t", "space": " "}
    for key in keys:
        pilot.app.post_message(events.Key(key, named.get(key, key if len(key) == 1 else None)))
    await pilot.pause()


def screen_text(app: App[Any]) -> str:
    """The characters on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)

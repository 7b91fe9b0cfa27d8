"""Who sees the terminal: asked again and again while there are pictures that reach only those who do."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

__all__ = ("EVERY", "Onlookers")

EVERY: Final = 2.0
"""Seconds between two looks, each of which takes some milliseconds of another process."""
_SOMEBODY: Final = frozenset({""})
"""Where tmux does not say who: at the other end of SSH."""


class Onlookers:
    """Looks while it is needed, and tells what it saw."""

    def __init__(
        self,
        look: Callable[[], Coroutine[Any, Any, frozenset[str] | None]],
        told: Callable[[frozenset[str] | None, float], None],
        run: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        """`told` gets who sees it and from which time that is true, and None when it ends looking."""
        self._look, self._told, self._run = look, told, run
        self._needed = False
        self._is_running = False
        self._due = inf
        self._changed = asyncio.Event()

    def need(self, needed: bool, within: float = EVERY) -> None:
        """Look from now on, the next time within so many seconds; or no longer."""
        self._needed = needed
        due = time.monotonic() + within
        if needed and not self._is_running:
            self._is_running = True
            self._run(self._keep_looking())
        elif due < self._due:
            self._due = due
            self._changed.set()

    def hasten(self) -> None:
        """Look at once, where it looks at all."""
        if self._needed:
            self.need(True, 0.0)

    async def _keep_looking(self) -> None:
        try:
            while self._needed:
                since = time.monotonic()
                self._due = since + EVERY
                seen = await self._look()
                self._told(_SOMEBODY if seen is None else seen, since)
                await self._wait()
        finally:
            self._is_running = False
            self._told(None, time.monotonic())

    async def _wait(self) -> None:
        while self._needed and (left := self._due - time.monotonic()) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

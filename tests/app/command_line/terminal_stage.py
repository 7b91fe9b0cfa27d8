"""Somebody at a terminal, for what asks there."""

from __future__ import annotations

import asyncio
import sys
from io import StringIO
from typing import TYPE_CHECKING

from app.command_line.terminal.typed import Typed

if TYPE_CHECKING:
    import pytest

__all__ = ("Hand", "Terminal", "terminal")


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


class Hand(Typed):
    """A person who types the next line when they are asked, and notices who asks meanwhile."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self._given = list(lines)
        self.most = self._now = 0

    async def line(self) -> str | None:
        self._now += 1
        self.most = max(self.most, self._now)
        await asyncio.sleep(0.01)
        self._now -= 1
        return self._given.pop(0) if self._given else None


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Somebody sits there from now on: called in the test itself, as pytest puts its own streams back."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", shown)
    return shown

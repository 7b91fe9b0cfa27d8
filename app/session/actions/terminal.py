"""Telling what was found out about the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.session.context import SessionContext

__all__ = ("TerminalActions",)


class TerminalActions:
    """`/terminal`."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def show(self) -> None:
        """How the terminal draws pictures and why, and what could be changed."""
        self._context.run(self._show(), "graphics report")

    async def _show(self) -> None:
        from services.pictures.report import advice, rows

        if (finder := self._context.finder) is None:
            return
        await finder.look()
        found = await finder.findings(self._context.colours)
        lines = rows(found)
        width = max(len(about) for about, _ in lines)
        told = [f"{about.ljust(width)}  {what}" for about, what in lines]
        hints = advice(found)
        self._context.transcript.text("Terminal", [*told, *([""] if hints else []), *hints])

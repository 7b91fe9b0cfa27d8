"""Showing the keys there are, and taking those of `[ui.keys]`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.context import SessionContext
    from app.session.screens.help import HelpRow
    from services.settings import Configuration

__all__ = ("KeyActions",)


class KeyActions:
    """The pages of keys, and the keys that a person chose."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._wanted: Mapping[str, str] = {}
        self._chosen: Mapping[str, str] = {}

    def take_settings(self, configuration: Configuration) -> None:
        """Take the keys of a configuration; what cannot be used is a warning."""
        if configuration.ui.keys != self._wanted:
            self._wanted = configuration.ui.keys
            self._context.run(self._take(self._wanted), "keymap")

    async def _take(self, wanted: Mapping[str, str]) -> None:
        def read() -> tuple[dict[str, str], tuple[str, ...]]:
            # Late, and in a thread: the table of keys imports every screen.
            from app.keys.chosen import read_keys
            from app.keys.table import key_table

            return read_keys(wanted, key_table())

        keymap, warnings = await asyncio.to_thread(read)
        if wanted is self._wanted:
            self._chosen = keymap
            self._context.set_keys(keymap)
            for line in warnings:
                self._context.transcript.warning(line)

    def show_help(self) -> None:
        """Open the page of all commands and keys."""
        self._context.run(self._show_help(), "help")

    async def _show_help(self) -> None:
        from app.session.screens.help import HelpScreen
        from app.slash.table import help_rows

        def read() -> list[HelpRow]:
            from app.keys.table import key_help

            return key_help(self._chosen)

        rows = [(usage, summary, group) for group, lines in help_rows().items() for usage, summary in lines]
        self._context.open(HelpScreen(rows, await asyncio.to_thread(read)))

    def show_here(self) -> None:
        """Open a page of the keys that do something where the focus is."""
        from app.session.keys.here import keys_here
        from app.session.screens.help import HelpScreen

        self._context.open(HelpScreen((), keys_here(self._context.screen)))

"""Choosing a theme, and keeping it in the configuration."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.error_translation import translating
from services.errors import ConfigurationError, JackfieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.actions.configuration import Configurations
    from app.session.context import SessionContext

__all__ = ("Themes",)


class Themes:
    """`/theme`: with a name take it, without one look at all of them."""

    def __init__(self, context: SessionContext, configurations: Configurations) -> None:
        self._context = context
        self._configurations = configurations

    def choose(self, given: Mapping[str, str]) -> None:
        """Take the theme that is named, or have one chosen while it is seen."""
        if name := given.get("theme"):
            self._context.show_theme(name)
            self._keep(name)
            return
        from app.session.screens.themes import ThemeScreen

        self._context.open(ThemeScreen(self._context.themes()), self._keep)

    def _keep(self, name: str | None) -> None:
        if name is not None:
            self._context.run(self._write(name), "configuration")

    async def _write(self, name: str) -> None:
        from services.config.edit import set_setting

        configurations = self._configurations
        try:
            path = configurations.source.path
        except ConfigurationError:
            return  # a session without a file of its own: the theme lasts as long as it does
        try:
            with translating():
                path = configurations.source.editable()
                await asyncio.to_thread(set_setting, path, ("ui", "theme"), name)
        except JackfieldError as error:
            self._context.transcript.failure(error, "The theme is not kept")
        else:
            self._context.notify(f"Kept: theme = {name} in {path.name}.")

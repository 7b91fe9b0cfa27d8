"""What there is to name in a line: servers and what they offer, models, themes, saved calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.session.actions.configuration import Configurations
    from app.session.actions.saved import Saved
    from app.session.context import SessionContext
    from services.catalog.entries import Catalog, Prompt, ResourceTemplate

__all__ = ("SessionNames",)


class SessionNames:
    """Answers what `app.slash.parse.Names` and `app.slash.offers.CompletionSource` ask."""

    def __init__(self, context: SessionContext, configurations: Configurations, saved: Saved) -> None:
        self._context = context
        self._configurations = configurations
        self._saved = saved

    def servers(self) -> Sequence[str]:
        """The names of all servers."""
        return self._context.servers()

    def catalog(self, server: str) -> Catalog:
        """What a server offers."""
        return self._context.catalog(server)

    def models(self) -> Sequence[str]:
        """The models of the configuration as they are shown."""
        return [model.shown for model in self._configurations.current.models]

    def themes(self) -> Sequence[str]:
        """The names of all themes."""
        return self._context.themes()

    def saved_calls(self) -> Mapping[str, str]:
        """The names of saved calls, with what each calls."""
        return self._saved.names()

    async def complete(
        self,
        server: str,
        ref: Prompt | ResourceTemplate,
        argument: str,
        value: str,
        context: Mapping[str, str] | None = None,
    ) -> tuple[str, ...]:
        """The values that a server offers for an argument; none before there are servers."""
        if self._context.manager is None:
            return ()
        return await self._context.manager.complete(server, ref, argument, value, context)

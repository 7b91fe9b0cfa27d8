"""What a gateway asks of the other processes that serve the same servers, where there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from services.events import CatalogKind
    from services.gateway.downstream import Downstream
    from services.gateway.naming import Target

    Here = Callable[[Downstream, str, str, Mapping[str, Any]], Awaitable[dict[str, Any]]]

__all__ = ("Beyond",)


class Beyond(Protocol):
    """The other processes."""

    def changed(self, server: str, kind: CatalogKind) -> None:
        """A list changed here: tell them."""

    def updated(self, server: str, uri: str) -> bool:
        """A resource changed here: tell them; whether it is news that did not come from there already."""

    def handle(self, who: str, server: str) -> str:
        """What a caller brings to go on with a call that is held here, whichever process it reaches."""

    async def task(self, server: str, task_id: str) -> Mapping[str, Any] | None:
        """How a task is that another process has; None for every other task. Raises MCPError."""

    async def give(self, who: str, task: Target) -> None:
        """A caller was given a task."""

    async def given(self, who: str) -> Iterable[Target]:
        """The tasks that a caller was given, the oldest first."""

    async def forget(self, who: str, task: Target) -> None:
        """Nobody knows of a task any more."""

    async def pass_on(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any], here: Here
    ) -> dict[str, Any]:
        """The result of a request: by `here`, or from the process that holds what it goes on with.

        Raises MCPError.
        """

"""Passing requests of other clients on to servers, and back what servers ask and tell meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connections.calls import CallClock, OnProgress, Progress
    from services.connections.requests import Requests
    from services.connections.served import Served
    from services.connections.session.caller import Caller
    from services.events import CatalogKind

__all__ = ("Forwarding", "Relay")


class Relay(Protocol):
    """Who stands between servers and other clients; hears what servers ask and tell, as it came."""

    @property
    def asks(self) -> bool:
        """Whether anybody may be asked; read when a session begins, which tells the server."""

    async def asked(
        self, server: str, method: str, params: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        """The result for a request of the server; None leaves it to the person's inbox."""

    def logged(self, server: str, level: str, data: object, logger: str | None) -> None: ...

    def listed(self, server: str, kind: CatalogKind, entries: list[Any]) -> None:
        """A list of the server was read to its end; the entries as they came."""

    def updated(self, server: str, uri: str) -> None:
        """A resource of the server changed, or one below it."""

    def page_finished(self, server: str, elicitation: str) -> None: ...

    def task_told(self, server: str, params: Mapping[str, Any]) -> None: ...


class Forwarding:
    """What is passed on to one server."""

    def __init__(self, connection: Served, requests: Requests) -> None:
        self._connection = connection
        self._requests = requests

    async def send(
        self, method: str, params: Mapping[str, Any], caller: Caller, on_progress: OnProgress | None = None
    ) -> dict[str, Any]:
        """The result of a request as it stood on the wire, with the limits that our own requests have.

        Raises ServerError with code and data for an error of the server, JackfieldError else.
        """
        from services.connections.session.forwarding import forward

        session = await self._requests.open_session()

        async def send(clock: CallClock) -> tuple[dict[str, Any], str]:
            def progress(news: Progress) -> None:
                clock.restart()
                if on_progress is not None:
                    on_progress(news)

            return await forward(session, method, params, caller, progress), ""

        named = params.get("name") or params.get("uri") or params.get("taskId") or ""
        raw, _, _ = await self._requests.timed(send, f"{self._connection.name} {method} {named}".strip())
        return raw

    def follow_task(self, task_id: str, *, wanted: bool) -> None:
        """Have the server tell of a task, where it does; or no longer."""
        if (session := self._connection.session) is not None:
            (session.news.follow_task if wanted else session.news.leave_task)(task_id)

"""Logins of the person that are under way: one a server at most, told step by step."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

from services.error_translation import translating
from services.errors import JackfieldError, LoginFailed
from services.events import LoginEnded, LoginStarted, LoginStep, LoginUrl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.connections.connection import Connection
    from services.events import Event
    from services.oauth.logins import LoggedOut, Logins
    from services.oauth.steps import Step

    Show = Callable[[str], Awaitable[None] | None]
    Paste = Callable[[], Awaitable[str]]

__all__ = ("RunningLogins",)


class RunningLogins:
    """Begins and ends the logins of a manager's servers."""

    def __init__(self, logins: Logins | None, report: Callable[[Event], None]) -> None:
        self._logins = logins
        self._report = report
        self._running: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    async def log_in(
        self,
        connection: Connection,
        *,
        scopes: tuple[str, ...] | None,
        show: Show,
        paste: Paste | None,
        open_browser: bool,
    ) -> None:
        """Log in and let the server connect; takes the place of a login of this server that is under way.

        It answers what the server asked for last, so that after a refusal for lack of scopes those are
        asked for beside those the login has.
        """
        logins = self._usable(connection)
        await self.cancel(connection.name)

        async def shown(url: str) -> None:
            self._report(LoginUrl(connection.name, url))
            if inspect.isawaitable(done := show(url)):
                await done

        def on_step(step: Step) -> None:
            connection.login.step(step)
            self._report(LoginStep(connection.name, step))

        async def run() -> None:
            credentials = await logins.log_in(
                connection.settings,
                scopes=scopes,
                show=shown,
                paste=paste,
                open_browser=open_browser,
                challenge=connection.login.challenge,
                on_step=on_step,
            )
            connection.login.learn(credentials)

        await self._told(connection.name, run)
        await connection.logged_in()

    async def log_out(self, connection: Connection) -> LoggedOut:
        """Forget the login of a server, and one that is under way; revoked where the provider offers it."""
        logins = self._usable(connection)
        await self.cancel(connection.name)
        with translating():
            result = await logins.log_out(connection.settings)
        await connection.logged_out()
        return result

    def is_under_way(self, server: str) -> bool:
        """Whether a login of this server is under way here."""
        return server in self._running

    async def cancel(self, server: str) -> None:
        """End the login of a server that is under way, if there is one."""
        # Again and again: another may have begun while the last one was ending.
        while (task := self._running.get(server)) is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        """End all that are under way, and begin none any more."""
        self._closed = True
        await asyncio.gather(*map(self.cancel, tuple(self._running)))

    def _usable(self, connection: Connection) -> Logins:
        settings = connection.settings
        if settings.transport == "stdio":
            raise LoginFailed("a server that is a program has no login", reason="configuration")
        if self._closed:
            raise LoginFailed("the session is ending", reason="cancelled")
        if self._logins is None:
            raise LoginFailed("logins are not available here", reason="configuration")
        return self._logins

    async def _told(self, server: str, run: Callable[[], Awaitable[None]]) -> None:
        """Do it in a task that can be ended from elsewhere, and tell its beginning and its end."""

        async def translated() -> None:
            with translating():
                await run()

        self._running[server] = task = asyncio.create_task(translated(), name=f"login {server}")
        self._report(LoginStarted(server))
        error: JackfieldError | None = LoginFailed("the login was cancelled", reason="cancelled")
        try:
            await task
            error = None
        except JackfieldError as failure:
            error = failure
            raise
        except asyncio.CancelledError:
            waiter = asyncio.current_task()
            if waiter is not None and waiter.cancelling():
                task.cancel()
                await asyncio.wait([task])
                raise
            assert error is not None
            raise error from None
        finally:
            if self._running.get(server) is task:
                del self._running[server]
            self._report(LoginEnded(server, error))

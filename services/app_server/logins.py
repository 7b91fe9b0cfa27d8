"""Logins for a driver: the page to open at once, the end when it comes."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Any, Final

from services.app_server import methods
from services.app_server.server_values import LoginCompleted, LoginResult
from services.errors import JackfieldError, LoginFailed

if TYPE_CHECKING:
    from services.app_server.server_values import LoginParams
    from services.app_server.surroundings import Surroundings
    from services.connection_manager import ConnectionManager
    from services.driving.driver import Call, Driver, Handler

__all__ = ("Logins",)

_SECONDS: Final = 300.0
"""For a person to log in."""


class Logins:
    """Logins of the driver's person that are under way."""

    def __init__(self, manager: ConnectionManager, driver: Driver, surroundings: Surroundings) -> None:
        self._manager = manager
        self._driver = driver
        self._surroundings = surroundings
        self._numbers = itertools.count(1)
        self._running: set[asyncio.Task[JackfieldError | None]] = set()

    @property
    def handlers(self) -> dict[str, Handler]:
        """What is done for each method."""
        return {methods.OAUTH_LOGIN.name: self._login}

    async def close(self) -> None:
        """End those under way."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _login(self, params: LoginParams, call: Call) -> LoginResult:
        trouble = self._surroundings.no_login(self._manager.settings(params.name))
        if trouble is not None:
            raise trouble
        page: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        login = asyncio.create_task(self._run(params, page), name=f"login {params.name}")
        self._running.add(login)
        login.add_done_callback(self._running.discard)
        try:
            waited: list[asyncio.Future[Any]] = [login, page]
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            login.cancel()
            raise
        if not page.done():
            raise await login or LoginFailed("the login ended before there was a page to open")
        number = f"login-{next(self._numbers)}"
        call.after(lambda: login.add_done_callback(lambda done: self._completed(params.name, number, done)))
        return LoginResult(authorization_url=page.result(), login_id=number)

    async def _run(self, params: LoginParams, page: asyncio.Future[str]) -> JackfieldError | None:
        """The error that the login ended with; None for one that did not fail."""

        def show(url: str) -> None:
            self._surroundings.check_page(url)
            if not page.done():
                page.set_result(url)

        seconds = params.timeout_secs or _SECONDS
        scopes = None if params.scopes is None else tuple(params.scopes)
        try:
            async with asyncio.timeout(seconds):
                await self._manager.login(params.name, scopes=scopes, show=show, open_browser=False)
        except JackfieldError as error:
            return error
        except TimeoutError:
            return LoginFailed(f"nobody logged in within {seconds:g} s", reason="timeout")
        return None

    def _completed(self, name: str, number: str, done: asyncio.Task[JackfieldError | None]) -> None:
        ended = LoginFailed("the login was cancelled") if done.cancelled() else done.result()
        told = LoginCompleted(
            name=name, login_id=number, success=ended is None, error=None if ended is None else str(ended)
        )
        self._driver.notify(methods.LOGIN_COMPLETED.name, told)

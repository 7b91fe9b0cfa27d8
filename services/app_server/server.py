"""`jackfield app-server` without its command line: standard streams, servers, and who drives them."""

from __future__ import annotations

import asyncio
import os
import platform
from typing import TYPE_CHECKING

from services.app_server import methods
from services.app_server.borrowing import Directories
from services.app_server.dialect import DIALECT
from services.app_server.logins import Logins
from services.app_server.opening_values import ConfigWarning, InitializeResult, ServerInfo, Warned
from services.app_server.questions import Questions
from services.app_server.server_values import ReloadResult
from services.app_server.servers import Servers
from services.app_server.surroundings import Lends
from services.app_server.threads import Threads
from services.driving.driver import Driver
from services.driving.serving import in_loop, serve
from services.events import StatusChanged
from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed
from services.message_limit import MAX_MESSAGE
from services.standard_streams import Writer, taken
from services.text import one_line
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.app_server.opening_values import InitializeParams
    from services.app_server.surroundings import Surroundings
    from services.driving.driver import Call, Handler
    from services.driving.values import Nothing
    from services.events import Event
    from services.settings import Configuration

__all__ = ("AppServer",)


class AppServer:
    """Serves one driver."""

    def __init__(self, surroundings: Surroundings, configuration: Configuration) -> None:
        self._surroundings = surroundings
        self._configuration = configuration
        self._handlers: dict[str, Handler] = {
            methods.INITIALIZE.name: self._initialize,
            methods.RELOAD.name: self._reload,
        }
        self._ends: list[Callable[[], Awaitable[None]]] = []
        """What is to be closed, in the order it was opened."""
        self._starting: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Until the driver leaves; cancelled by a signal. Every server has ended then.

        Raises DriverStuck for one that stays without reading.
        """
        loop, incoming = asyncio.get_running_loop(), taken(0)
        self._warn = lambda text: in_loop(loop, lambda: self._tell_warning(text))
        self._driver = Driver(Writer(taken(1)), DIALECT, self._handlers)
        await serve(self._driver, incoming, self._close)

    async def _close(self) -> None:
        for end in reversed(self._ends):
            await end()

    def _tell_warning(self, text: str) -> None:
        self._driver.notify(methods.WARNING.name, Warned(message=one_line(text, 2_000)))

    async def _initialize(self, params: InitializeParams, call: Call) -> InitializeResult:
        wanted = params.capabilities
        self._driver.unwanted = frozenset((wanted and wanted.opt_out_notification_methods) or ())
        self._open(Lends(wanted.sampling, wanted.roots) if wanted is not None else Lends())
        call.after(self._begin)
        by = one_line(f"{params.client_info.name} {params.client_info.version}", 120)
        return InitializeResult(
            user_agent=f"jackfield/{VERSION} ({platform.system()} {platform.machine()}; {by})",
            server_info=ServerInfo(name="jackfield", version=VERSION),
            home=str(self._surroundings.home),
            platform_family="windows" if os.name == "nt" else "unix",
            platform_os=platform.system().lower(),
            max_line_bytes=MAX_MESSAGE,
        )

    def _open(self, lends: Lends) -> None:
        """Make what answers; nothing starts yet."""
        make = self._surroundings.manager
        self._manager = manager = make(self._configuration, self._happened, self._warn, lends)
        self._ends.append(self._close_manager)
        self._servers = Servers(manager, self._driver)
        self._questions = Questions(self._driver, manager.inbox, self._tell_warning)
        logins = Logins(manager, self._driver, self._surroundings)
        threads = Threads(manager, self._driver, self._surroundings, lambda: self._configuration, self._warn)
        self._ends += [logins.close, threads.close]
        directories = Directories(manager, lent=lends.roots)
        self._handlers |= self._servers.handlers | logins.handlers | threads.handlers | directories.handlers

    def _begin(self) -> None:
        self._tell_problems()
        self._starting = asyncio.create_task(self._manager.start(), name="start")

    async def _close_manager(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self._manager.close()

    def _tell_problems(self) -> None:
        for problem in self._configuration.problems:
            told = ConfigWarning(summary=one_line(problem.message, 2_000), details=problem.hint or None)
            self._driver.notify(methods.CONFIG_WARNING.name, told)

    def _happened(self, event: Event) -> None:
        match event:
            case StatusChanged(status=status):
                self._servers.changed(status)
            case QuestionAsked() | QuestionClosed() | LinkFinished():
                self._questions.hear(event)
            case _:
                pass

    async def _reload(self, _params: Nothing, call: Call) -> ReloadResult:
        self._configuration = await asyncio.to_thread(self._surroundings.load)
        applied = await self._manager.apply(self._configuration.servers)
        call.after(self._tell_problems)
        return ReloadResult(
            added=list(applied.added), removed=list(applied.removed), changed=list(applied.changed)
        )

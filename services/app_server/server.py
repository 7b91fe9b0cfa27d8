"""`jackfield app-server` without its command line: standard streams, servers, and who drives them."""

from __future__ import annotations

import asyncio
import os
import platform
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.app_server import methods
from services.app_server.driver import Driver
from services.app_server.jsonrpc import TOO_LONG, Refusal, read
from services.app_server.opening_values import ConfigWarning, InitializeResult, ServerInfo, Warned
from services.errors import MAX_MESSAGE
from services.standard_streams import Writer, lines, taken
from services.text import one_line
from services.version import VERSION

if TYPE_CHECKING:
    from services.app_server.driver import Call
    from services.app_server.jsonrpc import Message
    from services.app_server.opening_values import InitializeParams
    from services.app_server.surroundings import Surroundings
    from services.settings import Configuration

__all__ = ("AppServer",)

_LARGE: Final = 256 << 10
"""Bytes of a line that is read in a thread."""
_GRACE: Final = 1.0
"""Seconds that requests may still take when the driver has closed its end."""


class AppServer:
    """Serves one driver."""

    def __init__(self, surroundings: Surroundings, configuration: Configuration) -> None:
        self._surroundings = surroundings
        self.configuration = configuration

    async def serve(self) -> None:
        """Until the driver leaves; cancelled by a signal. Every server has ended then."""
        incoming = taken(0)
        driver = self.driver = Driver(Writer(taken(1)), {"initialize": self._initialize})
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        reading = threading.Thread(target=self._read, args=(incoming, loop, over), name="stdin", daemon=True)
        reading.start()
        ends = [asyncio.create_task(event.wait()) for event in (over, driver.gone)]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            await driver.close(_GRACE)
        finally:
            for end in ends:
                end.cancel()
            await driver.close(0)
            await driver.flush(_GRACE)

    def _read(self, incoming: int, loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
        """Hand over line by line, in order; in a thread of its own."""
        with suppress(RuntimeError, OSError, CancelledError):
            for line in lines(incoming):
                message = _message(line) if line is None or len(line) > _LARGE else line
                asyncio.run_coroutine_threadsafe(self._hear(message), loop).result()
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(over.set)

    async def _hear(self, message: Message | Refusal | bytes) -> None:
        self.driver.hear(_message(message) if isinstance(message, bytes) else message)

    def warn(self, text: str) -> None:
        """Tell the driver what a person should know."""
        self.driver.notify(methods.WARNING.name, Warned(message=one_line(text, 2_000)))

    async def _initialize(self, params: InitializeParams, call: Call) -> InitializeResult:
        wanted = params.capabilities
        self.driver.unwanted = frozenset((wanted and wanted.opt_out_notification_methods) or ())
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

    def _begin(self) -> None:
        for problem in self.configuration.problems:
            told = ConfigWarning(summary=one_line(problem.message, 2_000), details=problem.hint or None)
            self.driver.notify(methods.CONFIG_WARNING.name, told)


def _message(line: bytes | None) -> Any:
    if line is None:
        return TOO_LONG
    try:
        return read(line)
    except Refusal as refusal:
        return refusal

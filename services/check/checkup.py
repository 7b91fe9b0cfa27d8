"""Connecting to servers side by side and looking at everything they offer."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from services.check.catalogs import check_lists
from services.check.configured import about_filters, about_variables
from services.check.failures import junk, why_not_ready
from services.check.findings import Checkup, Finding, error, warning
from services.check.skills import check_skills
from services.connection_manager import ConnectionManager
from services.errors import JackfieldError
from services.events import ServerState, StatusChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.events import Event, ServerStatus
    from services.oauth.logins import Logins
    from services.settings import ServerSettings

__all__ = ("check_servers",)

_LONG: Final = 0.5
"""The share of startup_timeout_sec above which a start is called slow."""

_LONG_ENOUGH: Final = 5.0
"""Seconds below which no start is."""


async def check_servers(
    servers: Iterable[ServerSettings],
    *,
    environ: Mapping[str, str] = os.environ,
    version: str = "",
    known: Mapping[str, tuple[Finding, ...]] | None = None,
    on_done: Callable[[Checkup], None] | None = None,
    logins: Logins | None = None,
) -> tuple[Checkup, ...]:
    """Examine servers side by side; one result each, in their order.

    Each takes at most its start timeout three times (to become ready, to list everything once more, to
    read the files of its skills); a disabled one is not started. `known` holds findings that somebody
    has already, by server; `on_done` hears of each result as it comes.
    """
    wanted = tuple(servers)
    examination = _Examination(wanted, environ, version, known or {}, logins)
    async with examination.manager:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(examination.of(settings, on_done)) for settings in wanted]
        return tuple(task.result() for task in running)


class _Examination:
    def __init__(
        self,
        servers: tuple[ServerSettings, ...],
        environ: Mapping[str, str],
        version: str,
        known: Mapping[str, tuple[Finding, ...]],
        logins: Logins | None,
    ) -> None:
        self._environ = environ
        self._known = known
        self._began = time.monotonic()
        self._settled = {settings.name: asyncio.Event() for settings in servers}
        started = (replace(settings, start="eager") for settings in servers)  # to look is to use
        self.manager = ConnectionManager(
            started, listener=self._hear, environ=environ, version=version, logins=logins
        )

    async def of(self, settings: ServerSettings, on_done: Callable[[Checkup], None] | None) -> Checkup:
        """One server's examination; its connection is ended as soon as it is over."""
        name = settings.name
        if self.manager.status(name).state is ServerState.STARTING:
            await self._settled[name].wait()
        status = self.manager.status(name)
        found: list[Finding] = [*self._known.get(name, ()), *about_variables(settings, self._environ)]
        seconds = None
        if status.state is ServerState.READY:
            seconds = status.since - self._began
            found += await self._of_ready(settings, seconds)
        elif status.state is not ServerState.DISABLED and not _is_explained(status, found):
            found += await why_not_ready(settings, status, self.manager.log(name), self._environ)
        checkup = Checkup(status, tuple(_sorted(found)), seconds)
        await self.manager.disconnect(name)
        if on_done is not None:
            on_done(checkup)
        return checkup

    async def _of_ready(self, settings: ServerSettings, seconds: float) -> list[Finding]:
        manager, name = self.manager, settings.name
        found = list(junk(manager.log(name)))
        limit = settings.startup_timeout_sec
        try:
            lists = await check_lists(manager, name, limit)
            skills = await check_skills(manager, name, lists.items["skills"], limit)
        except JackfieldError as failure:
            return [*found, *self._failed(name, failure)]
        if seconds > max(limit * _LONG, _LONG_ENOUGH) and not any(
            f.code == "failed-list" for f in lists.findings
        ):
            found.append(_slow(seconds, limit))
        offered = [item.get("name") for item in lists.items["tools"] if isinstance(item, dict)]
        found += [*lists.findings, *skills]
        return [*found, *about_filters(settings, [n for n in offered if isinstance(n, str)])]

    def _failed(self, name: str, failure: JackfieldError) -> list[Finding]:
        """Why a server that was ready could not be asked for its lists."""
        status = self.manager.status(name)
        gone = status.state is not ServerState.READY
        text = f"became ready, then ended: {status.cause}" if gone else f"its lists: {failure.message}"
        return [error("ended" if gone else "invalid-list", text, failure.hint)]

    def _hear(self, event: Event) -> None:
        if isinstance(event, StatusChanged) and event.status.state is not ServerState.STARTING:
            self._settled[event.status.server].set()


def _is_explained(status: ServerStatus, found: Iterable[Finding]) -> bool:
    """Whether somebody has said already, and in more detail, what makes a table invalid."""
    invalid = status.state is ServerState.INVALID
    return invalid and any(one.code == "configuration" and one.severity == "error" for one in found)


def _slow(seconds: float, limit: float) -> Finding:
    return warning(
        "slow-start",
        f"took {seconds:.1f} s of the {limit:g} s it has to start",
        "A larger startup_timeout_sec gives it more.",
    )


def _sorted(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first; what concerns the whole server before what concerns one tool."""
    return sorted(findings, key=lambda found: (found.severity != "error", bool(found.subject)))

"""The states of a server, and every way that leads from one to another.

                    ┌──── connect: the person, new settings, a login that ended ────┐
                    ▼                                                               │
    stopped ──▶ starting ──handshake, lists──▶ ready                                │
                    │                            │                                  │
                    ├──── a login is wanted ─────┼──▶ login needed ─────────────────┤
                    ├──── a cause that stays ────┼──▶ failed ───────────────────────┘
                    └──── a cause that may pass ─┴──▶ reconnecting ──its pause is over──▶ starting

    any of these ──disconnect, new settings──▶ stopped ──disable──▶ disabled ──enable──▶ stopped
    stopped ──a table that cannot be used──▶ invalid ──new settings──▶ stopped

A cause that may pass stays when a server has been started in vain five times in a row.
This table is the only place that says so, and `become` the only door: a way that is not in
it is a fault of ours and raises.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.clock import CLOCK, Clock
from services.events import ServerState, StatusChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.events import Event, ServerStatus

__all__ = ("UNSETTLED", "WAYS", "LifeCycle")

_S = ServerState

WAYS: Final[Mapping[ServerState, frozenset[ServerState]]] = {
    _S.DISABLED: frozenset({_S.STOPPED}),
    _S.INVALID: frozenset({_S.STOPPED}),
    _S.STOPPED: frozenset({_S.STARTING, _S.DISABLED, _S.INVALID}),
    _S.STARTING: frozenset({_S.READY, _S.LOGIN_NEEDED, _S.FAILED, _S.RECONNECTING, _S.STOPPED}),
    _S.READY: frozenset({_S.RECONNECTING, _S.LOGIN_NEEDED, _S.FAILED, _S.STOPPED}),
    _S.RECONNECTING: frozenset({_S.STARTING, _S.STOPPED}),
    _S.LOGIN_NEEDED: frozenset({_S.STARTING, _S.STOPPED}),
    _S.FAILED: frozenset({_S.STARTING, _S.STOPPED}),
}
"""Where each state may lead."""

UNSETTLED: Final = frozenset({_S.STARTING, _S.READY, _S.RECONNECTING})
"""The states in which a task owns the connection; it leaves none of them behind."""

_SAID: Final = frozenset({"cause", "hint"})
_COUNTS: Final = ("tools", "resources", "templates", "prompts", "skills")


class LifeCycle:
    """The status of one server, changed only along `WAYS`, each change reported once."""

    def __init__(
        self,
        status: ServerStatus,
        report: Callable[[Event], None],
        redact: Callable[[str], str] = str,
        clock: Clock = CLOCK,
    ) -> None:
        self._status = status
        self._noted: dict[str, Any] = {}
        """What changed without an event and nobody has looked at since: a call only writes it down."""
        self._report = report
        self._redact = redact
        self._clock = clock
        self._settled = asyncio.Event()
        self._news = asyncio.Event()

    @property
    def status(self) -> ServerStatus:
        """Everything known of the server, as it is now."""
        if self._noted:
            self._status, self._noted = replace(self._status, **self._noted), {}
        return self._status

    @property
    def state(self) -> ServerState:
        return self._status.state

    def become(self, state: ServerState, **changes: Any) -> None:
        """Enter a state; cause, reason and hint are those given, what no longer holds is emptied."""
        if state not in WAYS[self.state]:
            raise RuntimeError(f"{self.status.server}: no way from {self.state} to {state}")
        fresh: dict[str, Any] = dict.fromkeys(("cause", "summary", "reason", "hint"), "")
        fresh |= dict.fromkeys(("remedy", "exit_status", "retry_at"))
        if state is not ServerState.READY:
            fresh |= dict.fromkeys(_COUNTS, 0) | {"pid": None, "latency": None}
        if state not in (ServerState.STARTING, ServerState.RECONNECTING):
            fresh |= {"attempt": 0}
        if state is ServerState.STARTING:
            self._settled.clear()
        self.update(state=state, since=self._clock.monotonic(), **(fresh | changes))
        if state is not ServerState.STARTING:
            self._settled.set()
        self._news.set()
        self._news = asyncio.Event()

    def update(self, **changes: Any) -> None:
        """Change counts, latency or the like within a state; what the server said of itself is masked."""
        for key in _SAID & changes.keys():
            changes[key] = self._redact(changes[key])
        self._status = replace(self.status, **changes)
        self._report(StatusChanged(self._status))

    def note(self, **changes: Any) -> None:
        """Change the status without an event, for what changes too often to tell each time."""
        self._noted.update(changes)

    async def settled(self) -> None:
        """Return when the start under way has come to an end, whichever."""
        if self.state is ServerState.STARTING:
            await self._settled.wait()

    async def changed(self) -> None:
        """Wait for the next change of state."""
        await self._news.wait()

    async def rest(self) -> ServerState:
        """Wait while it starts or is tried again; the state in which it came to rest."""
        while self.state in (ServerState.STARTING, ServerState.RECONNECTING):
            await self.changed()
        return self.state

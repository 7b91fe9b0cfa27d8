"""One attempt to reach a server: its transport opened, a session on it negotiated, both left again.

Used once. Everything here runs in the connection's owner task, because the SDK's cancel
scopes must be left in the task that entered them; only `why_closed` may be asked anywhere.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from services.connections.address import masked_address
from services.connections.session import sdk
from services.connections.stdio.transport import StdioTransport
from services.errors import StartTimeout, TransportClosed
from services.processes.environment import child_environment
from services.processes.programs import find_program
from services.remedies import LengthenStart
from services.turns import turn
from services.web.headers import guard_token, resolve_headers, run_headers_helper
from services.web.no_proxy import odd_entries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AsyncExitStack

    from services.connections.http.transport import HttpTransport
    from services.connections.login_state import LoginState
    from services.connections.session.incoming import Listener
    from services.connections.session.session import Session
    from services.connections.stdio.asides import Asides
    from services.errors import JackfieldError
    from services.logs.server_log import ServerLog
    from services.oauth.provider import Authorization
    from services.settings import ServerSettings
    from services.trace.trace import Trace

__all__ = ("Link",)

_START: Final = 8
"""What starting a process, or beginning a session, costs the loop: see `turn`."""

_REAPED: Final = 0.5
"""Seconds to wait for an exit status once the output has ended."""


class Link:
    """The transport and the session of one attempt."""

    def __init__(
        self,
        settings: ServerSettings,
        log: ServerLog,
        environ: Mapping[str, str],
        version: str,
        trace: Trace | None = None,
        login: LoginState | None = None,
        umask: int = -1,
    ) -> None:
        self._settings = settings
        self._log = log
        self._environ = environ
        self._version = version
        self._trace = trace
        self._login = login
        self._umask = umask
        self._stdio: StdioTransport | None = None
        self._http: HttpTransport | None = None
        self._auth: Authorization | None = None
        self.questioned = False
        """Whether a process was still there when the handshake began."""

    @property
    def pid(self) -> int | None:
        child = self._stdio.child if self._stdio is not None else None
        return child.pid if child is not None else None

    async def open(self, stack: AsyncExitStack, protocol: str, listener: Listener) -> Session:
        """The negotiated session; a process starts while the SDK is being imported."""
        module = await self._open_transport(stack)
        http, stdio = self._http, self._stdio
        streams = http.streams() if http is not None else module.stdio_streams(stdio, self._trace)
        session: Session = await stack.enter_async_context(
            module.open_session(
                await stack.enter_async_context(streams),
                server=self._settings.name,
                protocol=protocol,
                version=self._version,
                listener=listener,
                faults=http.faults if http is not None else None,
                held=http.held if http is not None else None,
                one_stream=http is None or http.is_sse,
            )
        )
        if self._http is not None:
            self._http.login_wanted = None  # whoever answers the older handshake wants none
        return session

    @property
    def gone(self) -> bool:
        """Whether the server is known to be gone or out of reach."""
        if self._stdio is not None:
            return self._stdio.exited.is_set()
        return self._http is not None and self._http.lost.is_set()

    async def lost(self) -> JackfieldError:
        """Wait until the server is gone or out of reach, and say why."""
        if self._stdio is not None:
            await self._stdio.exited.wait()
            return TransportClosed(await self.why_closed(), reason="exit")
        assert self._http is not None
        return await self._http.gone()

    async def why_closed(self) -> str:
        """Why the connection ended, in one line: exit status and last line of stderr, or HTTP status."""
        if self._stdio is not None:
            await self._stdio.wait_gone(_REAPED)
            return self._stdio.cause
        return self._http.cause if self._http is not None else ""

    async def explained(self, error: JackfieldError) -> JackfieldError:
        """The error of a failed start with the cause the transport knows of."""
        if self._http is not None and self._http.failure is not None:
            return self._http.failure
        if self._http is not None and self._http.login_wanted is not None:
            return self._http.login_wanted
        stdio = self._stdio
        if stdio is not None and isinstance(error, TransportClosed) and stdio.exited.is_set():
            cause = _with_junk(await self.why_closed(), stdio.asides)
            ended = TransportClosed(cause, hint=error.hint, reason="exit", remedy=error.remedy)
            ended.summary, ended.exit_status = stdio.ending, stdio.exit_status
            return ended
        return error

    def start_timeout(self) -> StartTimeout:
        """The error for a handshake that did not end in time, with the key that lengthens it."""
        waiting = self._auth is not None and self._auth.is_renewing
        said = "its login is being renewed, and the provider does not answer" if waiting else ""
        if self._stdio is not None:
            said = _with_junk("", self._stdio.asides) or self._stdio.asides.last_error_line
        what = f"no answer within {self._settings.startup_timeout_sec:g} s"
        late = StartTimeout(f"{what} ({said})" if said else what, remedy=LengthenStart(self._settings.name))
        late.summary = what
        return late

    async def _open_transport(self, stack: AsyncExitStack) -> Any:
        settings = self._settings
        if settings.transport == "stdio":
            redact = self._trace.redactor.text if self._trace is not None else str
            self._stdio = transport = StdioTransport(self._log.say, redact)
            stack.push_async_callback(transport.end)
            await turn(_START)
            await self._start_process(transport)
            module = await sdk.load()
            await turn(_START)
            self.questioned = not transport.gone
            return module
        headers = resolve_headers(settings, self._environ)
        if settings.http_headers_helper:
            environment = child_environment(settings, self._environ, sys.platform)
            headers |= await run_headers_helper(settings.http_headers_helper, environment)
            guard_token(settings, headers)
        if odd := odd_entries(self._environ):
            said = f"NO_PROXY has entries that name no host, and are ignored: {', '.join(odd)}"
            self._log.say(said, "lifecycle", "warning")
        module = await sdk.load()
        await turn(_START)
        if self._login is not None:
            self._auth = auth = await self._login.authorization(settings, headers)
            if auth is not None:
                stack.push_async_callback(auth.close)
        self._http = module.HttpTransport(
            settings, headers, environ=self._environ, auth=self._auth, trace=self._trace
        )
        return module

    async def _start_process(self, transport: StdioTransport) -> None:
        settings = self._settings
        environment = child_environment(settings, self._environ, sys.platform)
        program = find_program(settings.command, environment, settings.cwd, sys.platform)
        await transport.start(program, settings.args, environment, settings.cwd, self._umask)
        text = f"started {masked_address(settings)} (pid {self.pid})"
        self._log.say(text, "lifecycle", started=True)


def _with_junk(cause: str, asides: Asides) -> str:
    if asides.unended:
        said = f'its message "{asides.unended}" came without a line end'
    elif asides.junk:
        said = f'standard output, where only MCP belongs, had "{asides.junk[:120]}"'
    else:
        return cause
    return f"{cause}; {said}" if cause else said

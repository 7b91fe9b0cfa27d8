"""Telling a server which sandbox its commands are to run in, before any call goes out.

Only servers that declare the experimental capability `codex/sandbox-state` are told, by the
request `codex/sandbox-state/update`; a change of `[sandbox]` is answered before the next call. Those that
declare `codex/sandbox-state-meta` get the same with each call.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final

from services.connections.telling import in_time
from services.errors import CallTimeout, JackfieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connections.session.session import Session
    from services.logs.server_log import ServerLog

__all__ = ("CAPABILITY", "META", "SandboxState", "sandbox_payload")

CAPABILITY: Final = "codex/sandbox-state"
META: Final = "codex/sandbox-state-meta"
"""The capability of servers that want the state in the `_meta` of each call, under the same name."""
_METHOD: Final = "codex/sandbox-state/update"


class SandboxState:
    """What one server knows of the sandbox."""

    def __init__(self, log: ServerLog) -> None:
        self._log = log
        self._telling = asyncio.Lock()

    async def tell(self, session: Session, sandbox: Mapping[str, object]) -> None:
        """Send the state and wait for the answer; a refusal is noted in the log."""
        if META in session.declared.experimental:
            session.beside_calls({META: sandbox_payload(sandbox)} if sandbox else {})
        if not sandbox or CAPABILITY not in session.declared.experimental:
            return
        async with self._telling:
            try:
                await in_time(session.request(_METHOD, sandbox_payload(sandbox)), _METHOD)
            except CallTimeout as error:
                self._log.say(error.message, "lifecycle", "warning")
            except JackfieldError as error:
                self._log.say(f"{_METHOD} was refused: {error.message}", "lifecycle", "warning")
            else:
                self._log.say("the server knows the state of the sandbox", "lifecycle", "debug")

    async def told(self) -> None:
        """Return when no news of the sandbox is on its way."""
        async with self._telling:
            return


def sandbox_payload(sandbox: Mapping[str, object]) -> dict[str, Any]:
    """The parameters of the request from the keys of `[sandbox]`."""
    policy = sandbox.get("sandbox_policy")
    if isinstance(policy, dict):
        policy = {str(key).replace("-", "_"): value for key, value in policy.items()}
    return {
        "sandboxPolicy": {"type": policy} if isinstance(policy, str) else policy,
        "codexLinuxSandboxExe": sandbox.get("codex_linux_sandbox_exe"),
        "sandboxCwd": sandbox.get("sandbox_cwd") or os.getcwd(),  # noqa: PTH109 - a string is sent
    }

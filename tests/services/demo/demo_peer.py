"""What the demo server's tests talk through: a client and the person behind it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from pydantic import TypeAdapter

if TYPE_CHECKING:
    from pathlib import Path

    from mcp import Client


@dataclass(slots=True)
class Person:
    """Who answers the questions and hears the messages."""

    answer: types.ElicitResult = field(default_factory=lambda: types.ElicitResult(action="cancel"))
    questions: list[Any] = field(default_factory=list)
    logs: list[tuple[str, Any]] = field(default_factory=list)
    notifications: list[str] = field(default_factory=list)

    async def asked(self, context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        self.questions.append(params)
        return self.answer

    async def told(self, params: types.LoggingMessageNotificationParams) -> None:
        self.logs.append((params.level, params.data))

    async def noticed(self, message: Any) -> None:
        self.notifications.append(getattr(message, "method", type(message).__name__))


@dataclass(frozen=True, slots=True)
class Peer:
    """A connected client and the person behind it."""

    client: Client
    person: Person
    stderr: Path

    @property
    def modern(self) -> bool:
        return self.client.protocol_version == "2026-07-28"

    async def call(self, tool: str, **arguments: Any) -> types.CallToolResult:
        with anyio.fail_after(20):
            return await self.client.call_tool(tool, arguments)

    async def raw(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer to a request that the SDK has no type for."""
        request = types.Request[dict[str, Any], str](method=method, params=params)
        with anyio.fail_after(20):
            adapter: Any = TypeAdapter(dict[str, Any])
            answer: dict[str, Any] = await self.client.session.send_request(request, adapter)
            return answer

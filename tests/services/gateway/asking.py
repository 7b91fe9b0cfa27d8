"""Requests of 2026-07-28 to a gateway, each by itself and as it stands on the wire."""

from __future__ import annotations

import json
from typing import Any

from tests.services.gateway.test_gateway_access import post

__all__ = ("ASKABLE", "TASKS", "answered", "asked", "call")

TASKS: dict[str, Any] = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
ASKABLE: dict[str, Any] = {"elicitation": {"form": {}}}


async def asked(url: str, method: str, capabilities: dict[str, Any] | None = None, **params: Any) -> Any:
    """The answer to one request: its result, else its error."""
    named = {"Mcp-Name": params["taskId"]} if "taskId" in params else None
    answer = await post(url, method, named, capabilities, **params)
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines()]
    message = json.loads([line for line in lines if line.startswith("{")][-1])
    return message.get("result") or message["error"]


async def call(
    url: str, name: str, capabilities: dict[str, Any] | None = None, **params: Any
) -> dict[str, Any]:
    """The result of a call, or its error."""
    given = {"arguments": {}, **params}
    result: dict[str, Any] = await asked(url, "tools/call", capabilities, name=name, **given)
    return result


def answered(told: dict[str, Any], **content: Any) -> dict[str, Any]:
    """The parameters of the next round: every question is answered alike."""
    answer = {"action": "accept", "content": content or {"name": "Ada"}}
    more = {"requestState": told["requestState"]} if "requestState" in told else {}
    return {"inputResponses": dict.fromkeys(told.get("inputRequests", ()), answer), **more}

"""What the hostile servers share: a proper handshake and one tool, `go`, with which each misbehaves."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("TOOL", "answer", "result", "send", "serve", "write")

TOOL = {"name": "go", "inputSchema": {"type": "object"}}


def write(data: bytes, descriptor: int = 1) -> None:
    """All of it, unbuffered, to standard output or error."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def send(message: dict[str, Any]) -> None:
    write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")


def result(text: str) -> dict[str, Any]:
    """The result of a tool: one text."""
    return {"content": [{"type": "text", "text": text}]}


def answer(request: dict[str, Any], text: str) -> None:
    """Answer a call properly."""
    send({"id": request["id"], "result": result(text)})


def serve(
    go: Callable[[dict[str, Any]], None], lists: Callable[[dict[str, Any]], dict[str, Any]] | None = None
) -> None:
    """Answer what is asked until standard input ends; the tool is left to `go`, its list to `lists`."""
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if "id" not in request or "method" not in request:
            continue
        match request["method"]:
            case "initialize":
                capabilities: dict[str, Any] = {"tools": {"listChanged": True}, "logging": {}}
                about = {"protocolVersion": "2025-11-25", "serverInfo": {"name": "hostile", "version": "1"}}
                send({"id": request["id"], "result": {**about, "capabilities": capabilities}})
            case "tools/list":
                send({"id": request["id"], "result": lists(request) if lists else {"tools": [TOOL]}})
            case "tools/call":
                go(request)
            case "ping" | "logging/setLevel":
                send({"id": request["id"], "result": {}})
            case _:
                send({"id": request["id"], "error": {"code": -32601, "message": "Method not found"}})

"""A server over stdio that looks at its client: what a call carries, what an odd request gets."""

from __future__ import annotations

import json
import sys
from typing import Any


def send(**message: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def serve() -> None:
    waiting: Any = None
    for line in sys.stdin:
        message = json.loads(line)
        number, method = message.get("id"), message.get("method")
        if method == "initialize":
            capabilities: dict[str, Any] = {"tools": {}, "experimental": {"codex/sandbox-state-meta": {}}}
            result = {
                "protocolVersion": "2025-11-25",
                "capabilities": capabilities,
                "serverInfo": {"name": "curious", "version": "1"},
            }
            send(id=number, result=result)
        elif method == "tools/list":
            send(id=number, result={"tools": [{"name": "look", "inputSchema": {"type": "object"}}]})
        elif method == "tools/call":
            waiting = (number, message["params"].get("_meta"))
            params = {"messages": [], "maxTokens": 1}
            send(id="mine", method="sampling/createMessage", params=params)
        elif number == "mine":
            told = json.dumps({"meta": waiting[1], "answer": message.get("error")})
            send(id=waiting[0], result={"content": [{"type": "text", "text": told}]})
        elif number is not None:
            send(id=number, error={"code": -32601, "message": "no"})


if __name__ == "__main__":
    serve()

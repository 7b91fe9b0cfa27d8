"""A server over stdio whose messages are not one line each: `odd_lines.py WAY`."""

from __future__ import annotations

import json
import sys
from typing import Any

TOOLS = [{"name": "echo", "inputSchema": {"type": "object"}}]


def written(message: dict[str, Any], way: str) -> str:
    match way:
        case "indented":
            return json.dumps(message, indent=2) + "\n"
        case "array":
            return json.dumps([message], indent="\t") + "\n"
        case "headers":
            text = json.dumps(message)
            return f"Content-Length: {len(text.encode())}\r\n\r\n{text}"
        case "carriage returns":
            return json.dumps(message) + "\r"
        case _:
            return json.dumps(message)


def answer(message: dict[str, Any]) -> dict[str, Any] | None:
    method, params = message.get("method"), message.get("params") or {}
    if method == "initialize":
        return {
            "protocolVersion": "2025-11-25",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "odd", "version": "1"},
        }
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": params["arguments"]["text"]}]}
    return None


for line in sys.stdin:
    message = json.loads(line)
    if (number := message.get("id")) is not None:
        result = answer(message)
        said = {"error": {"code": -32601, "message": "no"}} if result is None else {"result": result}
        sys.stdout.write(written({"jsonrpc": "2.0", "id": number, **said}, sys.argv[1]))
        sys.stdout.flush()

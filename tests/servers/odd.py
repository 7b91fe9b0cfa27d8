"""A small MCP server of 2025-11-25 over stdio of which single answers are odd, as servers in the field are.

Its one argument is a JSON object. For each method it may say what comes in the place of the answer:
  {"error": {...}}     this JSON-RPC error
  {"result": {...}}    this result
  "hang"               nothing, ever
  "endless"            pages of a list that never end
  {"raw": "text"}      exactly this text, in which ID stands for the id of the request
The keys that begin with a dash are about the server as a whole:
  "-before"            written before anything else
  "-silent-until"      requests are left unanswered until this method came
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

ODD: dict[str, Any] = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}


def write(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()


def result(method: str, params: dict[str, Any]) -> dict[str, Any] | None:
    """The right answer to a request; None where the method is not known."""
    match method:
        case "initialize":
            return {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {"listChanged": True}, "resources": {}, "prompts": {}},
                "serverInfo": {"name": "odd", "version": "1"},
            }
        case "tools/list":
            return {"tools": [{"name": "echo", "inputSchema": SCHEMA}]}
        case "resources/list":
            return {"resources": [{"uri": "odd://a", "name": "a"}]}
        case "resources/templates/list":
            return {"resourceTemplates": []}
        case "prompts/list":
            return {"prompts": [{"name": "greet"}]}
        case "tools/call":
            return {"content": [{"type": "text", "text": params.get("arguments", {}).get("text", "")}]}
        case "ping":
            return {}
    return None


def answer(message: dict[str, Any]) -> None:
    number, method = message["id"], message["method"]
    odd = ODD.get(method)
    reply: dict[str, Any] = {"jsonrpc": "2.0", "id": number}
    if odd == "hang":
        return
    if isinstance(odd, dict) and "raw" in odd:
        write(odd["raw"].replace("ID", json.dumps(number)))
        return
    if odd == "endless":
        key = "resourceTemplates" if "templates" in method else method.partition("/")[0]
        reply["result"] = {key: [], "nextCursor": str(time.monotonic_ns())}
        time.sleep(0.01)
    elif isinstance(odd, dict):
        reply |= odd
    elif (right := result(method, message.get("params") or {})) is not None:
        reply["result"] = right
    else:
        reply["error"] = {"code": -32601, "message": "Method not found"}
    write(json.dumps(reply) + "\n")


def main() -> None:
    write(ODD.get("-before", ""))
    waits = ODD.get("-silent-until")
    for line in sys.stdin:
        message = json.loads(line)
        waits = None if message.get("method") == waits else waits
        if "id" in message and "method" in message and not waits:
            answer(message)


if __name__ == "__main__":
    main()

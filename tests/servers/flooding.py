"""A server whose tool `flood` tells of so many steps as fast as it can, then makes a file and answers.

flooding.py STEPS BYTES FILE: `BYTES` is what each step says.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

STEPS, BYTES, FILE = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])


def say(**message: Any) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def flood(token: object) -> dict[str, Any]:
    for step in range(1, STEPS + 1):
        params = {"progressToken": token, "progress": step, "total": STEPS, "message": "x" * BYTES}
        say(method="notifications/progress", params=params)
    FILE.touch()
    return {"content": [{"type": "text", "text": "flooded"}]}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "id" not in asked:
            continue
        params = asked.get("params", {})
        match asked["method"]:
            case "initialize":
                info = {"name": "Flooding", "version": "1"}
                found: dict[str, Any] = {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {"tools": {}},
                    "serverInfo": info,
                }
            case "tools/list":
                found = {"tools": [{"name": "flood", "inputSchema": {"type": "object"}}]}
            case "tools/call":
                found = flood(params.get("_meta", {}).get("progressToken"))
            case "ping":
                found = {}
            case _:
                say(id=asked["id"], error={"code": -32601, "message": "no such method"})
                continue
        say(id=asked["id"], result=found)


if __name__ == "__main__":
    main()

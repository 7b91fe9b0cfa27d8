"""Asks `ping` 10,000 times with a very long id and never reads what it is answered."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    for number in range(10_000):
        ping = {"jsonrpc": "2.0", "method": "ping", "id": f"{number} {'x' * 1_500}"}
        wire.write(json.dumps(ping).encode() + b"\n")
    wire.answer(request, "after the pings")
    time.sleep(600)


if __name__ == "__main__":
    wire.serve(go)

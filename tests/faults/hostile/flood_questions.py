"""Asks 10,000 questions without a pause, and says how many of them were refused."""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

from tests.faults.hostile import wire

ASKED = 10_000
ASKING = {"message": "Really?", "requestedSchema": {"type": "object", "properties": {}}}


def go(request: dict[str, Any]) -> None:
    asking = threading.Thread(target=_ask)
    asking.start()
    refused = 0
    while refused < ASKED - 50:
        refused += "error" in json.loads(sys.stdin.buffer.readline())
    asking.join()
    wire.answer(request, f"refused: {refused}")


def _ask() -> None:
    for number in range(ASKED):
        wire.send({"id": f"q{number}", "method": "elicitation/create", "params": ASKING})


if __name__ == "__main__":
    wire.serve(go)

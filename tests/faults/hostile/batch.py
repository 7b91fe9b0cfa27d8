"""Answers with a batch: a notification, the answer, and something that is no message."""

from __future__ import annotations

import json
from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    note = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "one"}}
    reply = {"jsonrpc": "2.0", "id": request["id"], "result": wire.result("in a batch")}
    wire.write(json.dumps([note, reply, 7, {"half": 1}]).encode() + b"\n")


if __name__ == "__main__":
    wire.serve(go)

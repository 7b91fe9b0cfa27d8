"""Answers with JSON nested as deep as its argument says."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    levels = request["params"]["arguments"]["levels"]
    nested = b'{"a":' * levels + b"1" + b"}" * levels
    start = b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [], "structuredContent": ' % request["id"]
    wire.write(start + nested + b"}}\n")


if __name__ == "__main__":
    wire.serve(go)

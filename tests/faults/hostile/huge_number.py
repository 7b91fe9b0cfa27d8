"""Answers with the number of its argument, as it stands."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    number = request["params"]["arguments"]["number"].encode()
    start = b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [], "structuredContent": ' % request["id"]
    wire.write(start + b'{"n": ' + number + b"}}}\n")


if __name__ == "__main__":
    wire.serve(go)

"""Writes 200 MB without a line end as its answer, and is silent then."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.write(
        b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [{"type": "text", "text": "' % request["id"]
    )
    block = b"x" * (1 << 20)
    for _ in range(200):
        wire.write(block)


if __name__ == "__main__":
    wire.serve(go)

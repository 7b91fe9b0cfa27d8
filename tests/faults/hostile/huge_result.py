"""Answers with so many MiB as the argument says."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.write(
        b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [{"type": "text", "text": "' % request["id"]
    )
    for _ in range(request["params"]["arguments"]["mib"]):
        wire.write(b"x" * (1 << 20))
    wire.write(b'"}]}}\n')


if __name__ == "__main__":
    wire.serve(go)

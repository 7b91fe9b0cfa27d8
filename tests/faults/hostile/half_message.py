"""Answers with half a message, and is silent then."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.write(b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [{"type": "te' % request["id"])


if __name__ == "__main__":
    wire.serve(go)

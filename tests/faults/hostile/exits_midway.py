"""Exits in the middle of an answer."""

from __future__ import annotations

import os
from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.write(b"out of memory\n", 2)
    wire.write(b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [{"type": "te' % request["id"])
    os._exit(3)


if __name__ == "__main__":
    wire.serve(go)

"""Answers with bytes that are no UTF-8."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    start = b'{"jsonrpc": "2.0", "id": %d, "result": {"content": [{"type": "text", "text": "' % request["id"]
    wire.write(start + b"caf\xe9 \xff\xfe \xed\xa0\x80 ok" + b'"}]}}\n')


if __name__ == "__main__":
    wire.serve(go)

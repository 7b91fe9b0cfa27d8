"""Writes 60,000 lines on standard output that are no messages, or 2,000 times its argument, then answers."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    for _ in range(request["params"]["arguments"].get("much", 30)):
        wire.write(b'loading model ... 57%\n{"half": \n' * 1_000)
    wire.answer(request, "after the junk")


if __name__ == "__main__":
    wire.serve(go)

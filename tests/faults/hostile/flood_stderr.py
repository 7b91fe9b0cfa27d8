"""Writes 100 MiB on standard error, or so many as the argument says, then answers."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire

LINE = b"Traceback (most recent call last): nothing of interest happened here, again and again\n"


def go(request: dict[str, Any]) -> None:
    block = LINE * ((1 << 20) // len(LINE))
    for _ in range(request["params"]["arguments"].get("much", 100)):
        wire.write(block, 2)
    wire.write(b"the very last line\n", 2)
    wire.answer(request, "after the complaints")


if __name__ == "__main__":
    wire.serve(go)

"""Sends 100,000 notifications that nobody knows, or so many thousands as the argument says, then answers."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire

NOTE = b'{"jsonrpc":"2.0","method":"notifications/of/nobody","params":{"data":"tick"}}\n'


def go(request: dict[str, Any]) -> None:
    for _ in range(request["params"]["arguments"].get("much", 100)):
        wire.write(NOTE * 1_000)
    wire.answer(request, "after the unknown notifications")


if __name__ == "__main__":
    wire.serve(go)

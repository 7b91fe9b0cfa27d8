"""Answers with the id of nobody, and only the second call properly."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire

calls = 0


def go(request: dict[str, Any]) -> None:
    global calls
    calls += 1
    if calls > 1:
        wire.answer(request, "to whom it concerns")
        return
    for number in (request["id"] + 1_000, f"{request['id']}x", None, True, 1.5, [1]):
        wire.send({"id": number, "result": wire.result("to nobody")})


if __name__ == "__main__":
    wire.serve(go)

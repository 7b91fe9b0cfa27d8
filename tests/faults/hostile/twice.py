"""Answers every call many times: with results, how many more the argument says, and once with an error."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.answer(request, "first")
    for number in range(request["params"]["arguments"].get("more", 1)):
        wire.answer(request, f"another {number}")
    wire.send({"id": request["id"], "error": {"code": -1, "message": "third"}})


if __name__ == "__main__":
    wire.serve(go)

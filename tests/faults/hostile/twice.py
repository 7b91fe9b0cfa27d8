"""Answers every call three times: twice with a result, once with an error."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    for text in ("first", "second"):
        wire.answer(request, text)
    wire.send({"id": request["id"], "error": {"code": -1, "message": "third"}})


if __name__ == "__main__":
    wire.serve(go)

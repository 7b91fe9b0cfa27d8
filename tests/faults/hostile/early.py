"""Answers calls that were not made yet, behind the one that was."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.answer(request, "asked")
    for ahead in range(1, 20):
        wire.answer({"id": request["id"] + ahead}, "not asked")


if __name__ == "__main__":
    wire.serve(go)

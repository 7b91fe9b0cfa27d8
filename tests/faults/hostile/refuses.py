"""Answers each call with the JSON-RPC error that its arguments say."""

from __future__ import annotations

from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.send({"id": request["id"], "error": request["params"]["arguments"]})


if __name__ == "__main__":
    wire.serve(go)

"""The tools of the quick server."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers.quick_catalog import ARGUMENTS
from tests.servers.quick_wire import Refused, complain

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.quick_catalog import Catalog
    from tests.servers.quick_wire import Call, Wire

__all__ = ("KINDS", "Tools", "text")

KINDS: dict[str, Any] = {
    "string": {"content": "a string, not a list of blocks"},
    "unknown": {"content": [{"type": "hologram", "depth": 3}]},
    "missing_text": {"content": [{"type": "text"}]},
    "no_content": {},
    "null_content": {"content": None},
    "block_is_text": {"content": ["not an object"]},
    "list": [],
    "bad_structured": {"content": [], "structuredContent": [1, 2]},
    "surrogate": {"content": [{"type": "text", "text": "half a pair: \ud800"}]},
}
"""The results of `bad_result`, by kind."""


def text(words: str) -> dict[str, Any]:
    """A result with one text block."""
    return {"content": [{"type": "text", "text": words}]}


class Tools:
    """Each method is the tool of its name."""

    def __init__(self, catalog: Catalog, wire: Wire) -> None:
        self._catalog = catalog
        self._wire = wire
        self._mark = catalog.mark

    def call(self, call: Call) -> Any:
        name = str(call.params["name"]).removesuffix(self._mark)
        if name.startswith(("filler_", "late_")):
            return text(f"{name} did nothing")
        if name not in ARGUMENTS:
            raise Refused(-32602, f"Unknown tool: {name}{self._mark}")
        tool: Callable[..., Any] = getattr(self, name)
        known = {key: value for key, value in call.arguments.items() if key.isidentifier()}
        return tool(call, **known)

    def echo(self, call: Call, text: str = "") -> Any:
        return {"content": [{"type": "text", "text": text + self._mark}]}

    def sleep(self, call: Call, seconds: float = 1) -> Any:
        call.wait(seconds)
        return text(f"slept {seconds} s")

    def ask(self, call: Call, mode: str = "form", count: int = 1, withdraw_after: float = 1e9) -> Any:
        numbers = [self._wire.request("elicitation/create", self.question(mode)) for _ in range(count)]
        deadline = time.monotonic() + withdraw_after
        answers = [self._wire.answer(number, call, deadline) for number in numbers]
        if None in answers:
            return text("withdrawn")
        return text(json.dumps(answers[0] if count == 1 else answers))

    def question(self, mode: str) -> dict[str, Any]:
        message = f"What is your name?{self._mark}"
        if mode == "url":
            number = f"{time.monotonic_ns()}"
            return {
                "mode": "url",
                "message": message,
                "url": "https://example.com/q",
                "elicitationId": number,
            }
        schema = self._catalog.schema({"name": "string", "age": "integer"}) | {"required": ["name"]}
        if self._mark:
            titled = [{"const": f"c{self._mark}", "title": self._mark}]
            schema["properties"]["choice"] = {"type": "string", "title": self._mark, "oneOf": titled}
        return {"message": message, "requestedSchema": schema}

    def bad_result(self, call: Call, kind: str = "string") -> Any:
        return KINDS[kind]

    def rpc_error(self, call: Call, code: int = -32050, message: str = "no line") -> Any:
        raise Refused(code, message + self._mark)

    def die(self, call: Call, status: int = 1) -> Any:
        marker = self._catalog.options.dies_once
        if marker and Path(marker).exists():
            return text("alive")
        if marker:
            Path(marker).touch()
        complain("dying")
        os._exit(status)

    def flood_stderr(self, call: Call, lines: int = 1000) -> Any:
        sys.stderr.write("".join(f"flood line {number}{self._mark}\n" for number in range(lines)))
        sys.stderr.flush()
        return text(f"{lines} lines")

    def big(self, call: Call, bytes: int = 1000) -> Any:
        return text("x" * bytes)

    def progress(self, call: Call, steps: int = 3, delay: float = 0.1) -> Any:
        for step in range(1, steps + 1):
            call.wait(delay)
            if call.token is not None:
                note = {"progress": step, "total": steps, "message": f"step {step}{self._mark}"}
                self._wire.notify("notifications/progress", progressToken=call.token, **note)
        return text(f"{steps} steps")

    def structured(self, call: Call) -> Any:
        return text("three") | {"structuredContent": {"count": "three"}}

    def notify_list_changed(self, call: Call, what: str = "tools") -> Any:
        self._catalog.late.append((what, f"late_{len(self._catalog.late) + 1}"))
        self._wire.notify(f"notifications/{what}/list_changed")
        return text(f"there is a new one: {self._catalog.late[-1][1]}")

"""Approval of a model's calls on a command line: by an option, or by the person at the terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING, Any, Final, Literal

from app.command_line.terminal.output import note, paint, warning
from services.approval import Allow, CancelTurn, Deny
from services.differences import difference
from services.schemas.checker import SchemaCheck
from services.text import escaped, one_line, printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.command_line.terminal.line import WaitingLine
    from app.command_line.terminal.typed import Typed
    from services.approval import ApprovalRequest, Decision, ToolChange

__all__ = ("Approving", "Wanted")

Wanted = Literal["none", "reads", "all"]

_DIFFERENCE: Final = {"-": "red", "+": "green"}
_ALONE: Final = "Nobody is there to approve this call. Do not try it again; say what you could not do."


class Approving:
    """An approver for a command."""

    def __init__(self, wanted: Wanted, line: WaitingLine, typed: Typed) -> None:
        self._wanted = wanted
        self._line = line
        self._typed = typed
        self.declined = 0
        """How many calls were denied because nobody could answer."""

    async def approve(self, request: ApprovalRequest) -> Decision:
        """The decision on one call."""
        unchanged = request.changed is None
        if unchanged and (self._wanted == "all" or (self._wanted == "reads" and request.reads)):
            return Allow()
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            self.declined += 1
            name = f"{one_line(request.call.server, 80)}.{one_line(request.call.tool, 80)}"
            why = "" if unchanged else ": it has changed since it was always allowed"
            self._line.say(warning(f"{name} needs approval{why}; denied: there is no terminal to ask on."))
            return Deny(_ALONE)
        async with self._typed.alone:
            self._line.hold(True)
            try:
                return await self._ask(request)
            finally:
                self._line.hold(False)

    async def _ask(self, request: ApprovalRequest) -> Decision:
        self._typed.forget()
        _show(request)
        words = ["allow", "deny", "end", "change"]
        shown = "(a)llow, (d)eny, (c)hange the arguments, (e)nd the turn"
        if "session" in request.lastings:
            words, shown = [*words, "session"], f"{shown}, allow for this (s)ession"
        if "always" in request.lastings:
            words, shown = [*words, "good"], f"{shown}, always allow (g)"
        while True:
            said = await self._line_of(f"  {shown} > ")
            if said is None or said.lower() in ("e", "end"):
                return CancelTurn()
            match next((word for word in words if said.lower() in (word[0], word)), ""):
                case "allow":
                    return Allow()
                case "session":
                    return Allow("session")
                case "good":
                    return Allow("always")
                case "deny":
                    return Deny(await self._line_of("  What should the model know? > ") or "")
                case "change":
                    if (arguments := await self._changed(request)) is not None:
                        return Allow(arguments=arguments)

    async def _changed(self, request: ApprovalRequest) -> dict[str, Any] | None:
        said = await self._line_of("  The arguments as one line of JSON > ")
        try:
            value = json.loads(said or "")
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            note(paint("  That is not a JSON object.", "red", sys.stderr))
            return None
        reasons = await asyncio.to_thread(SchemaCheck(request.schema).reasons, value)
        for path, reason in reasons:
            place = ".".join(one_line(str(step), 40) for step in path)
            note(paint(f"  {place}: {reason}" if place else f"  {reason}", "red", sys.stderr))
        return None if reasons else value

    async def _line_of(self, prompt: str) -> str | None:
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = await self._typed.line()
        return None if line is None else line.strip()


def _show(request: ApprovalRequest) -> None:
    """Server and tool, every argument in full, what the tool declares, and how it changed."""
    call = request.call
    name = f"{one_line(call.server, 80)}.{one_line(call.tool, 80)}"
    note(f"\n{paint(f'The model wants to call {name}', 'bold', sys.stderr)} ({', '.join(request.declared)})")
    for key, value in call.arguments.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
        lines = printable(text).split("\n")
        note(f"  {one_line(key, 80)}: {lines[0]}")
        for line in lines[1:]:
            note(f"    {line}")
    if request.changed is not None:
        _show_change(request.changed)


def _show_change(change: ToolChange) -> None:
    note(paint("  You always allow this tool, but it has changed since:", "yellow", sys.stderr))
    rows = [
        *difference(_written(change.description_before), _written(change.description_now)),
        *difference(_written(change.schema_before), _written(change.schema_now)),
    ]
    for row in rows or ("its title or its annotations have changed",):
        note(f"  {paint(row, _DIFFERENCE.get(row[:1], 'dim'), sys.stderr)}")


def _written(value: str | Mapping[str, Any]) -> str:
    """A text or a schema, with every character that could hide in it written out."""
    if isinstance(value, str):
        return escaped(value.replace("\r\n", "\n"))
    try:
        return escaped(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True))
    except (ValueError, RecursionError):
        return "nested too deeply to show"

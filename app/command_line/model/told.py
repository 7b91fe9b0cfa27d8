"""What happens in a turn, as JSON for programs and as lines for a person."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from app.command_line.terminal.documents import error_json
from app.command_line.terminal.output import answer, paint
from services.model import events as happened
from services.numbers import json_text
from services.text import escaped, one_line

if TYPE_CHECKING:
    from services.approval import ToolCall
    from services.model.events import ModelEvent, Usage

__all__ = ("as_json", "as_line", "print_event", "usage_json")


def as_json(event: ModelEvent) -> dict[str, Any]:
    """One event, for `--stream-json`: `type` says which, keys are those of the events' fields."""
    match event:
        case happened.TextDelta(text=text):
            return {"type": "text", "text": text}
        case happened.ThinkingDelta(text=text):
            return {"type": "thinking", "text": text}
        case happened.CallWanted(call=call):
            return {"type": "call_wanted", **_call(call)}
        case happened.ApprovalAsked(request=request):
            return {"type": "approval_asked", **_call(request.call), "declared": list(request.declared)}
        case happened.CallBegun(call=call):
            return {"type": "call_begun", **_call(call)}
        case happened.CallProgressed(call=call, progress=progress):
            told = {"progress": progress.progress, "total": progress.total, "message": progress.message}
            return {"type": "call_progress", "id": call.id, **told}
        case happened.CallEnded():
            return {"type": "call_ended", **_ended(event)}
        case happened.UsageReported(request=request, total=total):
            return {"type": "usage", "request": usage_json(request), "total": usage_json(total)}
        case happened.Retrying(error=error, attempt=attempt, seconds=seconds):
            return {"type": "retrying", "attempt": attempt, "seconds": seconds, "error": error_json(error)}
        case happened.Noticed(text=text):
            return {"type": "notice", "text": text}
        case happened.Ended(text=text, usage=usage):
            return {"type": "ended", "text": text, "usage": usage_json(usage)}
        case happened.Cancelled():
            return {"type": "cancelled"}
        case happened.Failed(error=error):
            return {"type": "failed", "error": error_json(error)}


def as_line(event: ModelEvent) -> str:
    """What a person is told of an event on standard error; empty for what the answer says itself."""
    match event:
        case happened.CallBegun(call=call):
            arguments = one_line(json.dumps(call.arguments, ensure_ascii=False), 200)
            return paint(f"· {_name(call)} {arguments}", "dim", sys.stderr)
        case happened.CallEnded(call=call, outcome=outcome, error=error) if outcome != "ok":
            why = f": {error.message}" if error is not None else ""
            return paint(f"· {_name(call)} {outcome.replace('_', ' ')}{why}", "dim", sys.stderr)
        case happened.Retrying(error=error, seconds=seconds):
            return paint(f"· {error.message}; again in {seconds:.0f} s", "yellow", sys.stderr)
        case happened.Noticed(text=text):
            return paint(f"· {text}", "dim", sys.stderr)
        case _:
            return ""


def print_event(value: dict[str, Any]) -> None:
    """One event as one line of JSON."""
    answer(escaped(json_text(value, ensure_ascii=False)))


def usage_json(usage: Usage) -> dict[str, Any]:
    """What was used, for programs; the cost in US dollars."""
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "requests": usage.requests,
        "cost_usd": None if usage.cost is None else float(usage.cost),
        "context_tokens": usage.context_tokens,
        "context_window": usage.context_window,
    }


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "name": call.name,
        "server": call.server,
        "tool": call.tool,
        "arguments": call.arguments,
    }


def _ended(event: happened.CallEnded) -> dict[str, Any]:
    told: dict[str, Any] = {**_call(event.call), "outcome": event.outcome, "answer": event.answer}
    if event.error is not None:
        told["error"] = error_json(event.error)
    if event.files:
        told["files"] = [str(path) for path in event.files]
    return told


def _name(call: Any) -> str:
    return (
        f"{one_line(call.server, 80)}.{one_line(call.tool, 80)}" if call.server else one_line(call.tool, 80)
    )

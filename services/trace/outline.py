"""Reading the head of a traced message: its kind, what it is about, how it went; cheap for big ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from services.trace.frames import Outline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.trace.frames import Record

__all__ = ("CANCELLED", "key_of", "outline", "parsed")

CANCELLED: Final = "notifications/cancelled"
_PLAIN: Final = 1 << 16
"""Bytes up to which a frame is parsed whole to read its head."""
_HEAD: Final = 1 << 12
_SCALAR: Final = rb'("(?:[^"\\]|\\.){0,300}+"|-?\d{1,20}|null)'
_MEMBER: Final = re.compile(rb'\s*"(jsonrpc|id|method)"\s*:\s*' + _SCALAR + rb"\s*,", re.DOTALL)
_NEXT: Final = re.compile(rb'\s*"(params|result|error)"\s*:')
_LAST_ID: Final = re.compile(
    rb',\s*"id"\s*:\s*' + _SCALAR + rb'\s*(?:,\s*"jsonrpc"\s*:\s*"[^"]*"\s*)?\}\s*\Z'
)
_NAME: Final = re.compile(rb'"(?:name|uri)"\s*:\s*("(?:[^"\\]|\\.){1,300}+")')
_NAMED: Final = frozenset({"tools/call", "prompts/get", "resources/read"})


def key_of(number: object) -> str:
    """A request's id as JSON, so that 1 and "1" stay apart; nothing for none."""
    if isinstance(number, str):
        return json.dumps(number)
    return str(number) if number is not None else ""


def parsed(data: bytes) -> Any:
    """The JSON value of a whole frame; None when it is none."""
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def outline(record: Record) -> Outline:
    """Read the head of a message: cheap for big ones, of which only the ends are looked at."""
    if record.cut or record.size > _PLAIN:
        return _outline_of_big(record)
    message = parsed(record.data)
    return _outline_of(message) if isinstance(message, dict) else Outline()


def _outline_of(message: Mapping[str, Any]) -> Outline:
    method, number = message.get("method"), message.get("id")
    if isinstance(method, str):
        params = message.get("params")
        about = _about(method, params) if isinstance(params, dict) else ""
        if method == CANCELLED and isinstance(params, dict):
            return Outline("notification", method, about, params.get("requestId"), "cancelled")
        return Outline("request" if "id" in message else "notification", method, about, number)
    if (error := message.get("error")) is not None:
        text = f"{error.get('code', '')} {error.get('message', '')}" if isinstance(error, dict) else "error"
        return Outline("answer", id=number, status=text.strip(), error=True)
    if "result" in message:
        status, failed = _result_status(message["result"])
        return Outline("answer", id=number, status=status, error=failed)
    return Outline()


def _about(method: str, params: Mapping[str, Any]) -> str:
    match method:
        case "notifications/cancelled":
            return str(params.get("reason") or "")
        case "notifications/progress":
            total = f"/{params['total']}" if "total" in params else ""
            return f"{params.get('progress', '')}{total} {params.get('message') or ''}".strip()
        case "notifications/message":
            return f"{params.get('level', '')}: {params.get('data', '')}"
        case "elicitation/create":
            return str(params.get("message", ""))
        case "initialize":
            return str(params.get("protocolVersion", ""))
    return next((value for key in ("name", "uri") if isinstance(value := params.get(key), str)), "")


def _result_status(result: object) -> tuple[str, bool]:
    if not isinstance(result, dict):
        return "ok", False
    if result.get("isError") is True:
        return "tool error", True
    if result.get("resultType") == "input_required":
        return "asks for input", False
    return "ok", False


def _outline_of_big(record: Record) -> Outline:
    head = record.data[:_HEAD]
    tail = record.tail or record.data[-1024:]
    seen: dict[bytes, Any] = {}
    position = head.find(b"{") + 1
    while position and (member := _MEMBER.match(head, position)):
        seen[member[1]] = parsed(member[2])
        position = member.end()
    if b"id" not in seen and (last := _LAST_ID.search(tail)):
        seen[b"id"] = parsed(last[1])
    number, method = seen.get(b"id"), seen.get(b"method")
    if isinstance(method, str):
        named = _NAME.search(head) if method in _NAMED else None
        about = parsed(named[1]) if named else ""
        return Outline("request" if b"id" in seen else "notification", method, about or "", number)
    following = _NEXT.match(head, position)
    what = following[1] if following else b""
    if what == b"error":
        return Outline("answer", id=number, status="error", error=True)
    if what == b"result":
        failed = bool(re.search(rb'"isError"\s*:\s*true', tail) or re.search(rb'"isError"\s*:\s*true', head))
        return Outline("answer", id=number, status="tool error" if failed else "ok", error=failed)
    return Outline()

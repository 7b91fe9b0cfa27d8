"""Reads the JSON-RPC messages in what came: a line, a body, the data of an event.

What can be understood is: behind a byte order mark, terminal escapes or text that somebody printed
before it, in a batch (2025-03-26 had them), two in a row, with an id written as `1.0`, deeper or with
stranger text than the strict reader takes. An answer that is none becomes an error for whoever waits.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from mcp_types import (
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from services.connections.messages.answer_ids import answer_id, whole_id
from services.connections.messages.frames import NotJson, parse_big_frame, parse_first, parse_frame, parse_row
from services.errors import UNUSABLE
from services.text import one_line

__all__ = ("UNUSABLE", "Read", "excerpt", "is_answer", "read", "unusable")

_BIG: Final = 1 << 18
"""What has more bytes is parsed so that the event loop goes on meanwhile."""

_ESCAPE = (
    rb"(?:\x1b\[|\xc2\x9b)[0-?]*+[ -/]*+[@-~]"
    rb"|(?:\x1b[\]PX^_]|\xc2[\x90\x98\x9d-\x9f])[^\x07\x1b\n]{0,4096}+(?:\x07|\x1b\\|\xc2\x9c)"
    rb"|\x1b[ -/]*+[0-Z\\`-~]"
)
"""Terminal escapes (ECMA-48): CSI; OSC and its like with their end; all others."""
_BEFORE = re.compile(rb"(?:" + _ESCAPE + rb"|\xef\xbb\xbf|[\x00-\x20\x7f])*+")
_BEHIND = re.compile(rb"(?:" + _ESCAPE + rb"|[\x00-\x20\x7f])++\Z")
_LONGEST_BEHIND: Final = 256
_SILENT: Final = b"\xef\xbb\xbf \t\r\n"
"""What may stand around a message without being noise."""
_MOST_TOGETHER: Final = 1_000
"""Messages of one batch or row that are read: some 30 ms."""
_AFTER_TEXT = re.compile(rb'\{\s*"(?:jsonrpc|id)"\s*:')
_LONGEST_TEXT: Final = 2_000
_ONE_OF: Final = frozenset(("method", "result", "error"))
"""What every message has one of."""
_TOKENS: Final = {"notifications/progress": "progressToken", "notifications/cancelled": "requestId"}
"""Where a notification names a request."""


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one piece of bytes."""

    messages: tuple[JSONRPCMessage, ...] = ()
    strict: bool = False
    """Whether the bytes are one message just as the specification has it."""
    junk: bool = False
    """Whether there was anything that is no message."""
    noise: bytes = b""
    """What stood before the messages and was read past."""


async def read(data: bytes) -> Read:
    """The messages in these bytes, in order."""
    if len(data) < _BIG:
        with suppress(ValidationError):
            message = jsonrpc_message_adapter.validate_json(data, by_name=False)
            return Read((message,), strict=not _names_by_float(message))
    clean, noise = _past_noise(data)
    if clean[:1] not in (b"{", b"["):  # most junk is text, and finding that out must not cost much
        return await _after_text(clean, noise)
    wrapped = b'{"batch":%b}' % clean if clean.startswith(b"[") else clean
    frame = await parse_big_frame(wrapped) if len(clean) >= _BIG else parse_frame(wrapped)
    if isinstance(frame, NotJson):
        row = parse_row(clean, _MOST_TOGETHER) if len(clean) < _BIG else []
        if row:
            return _of_values(row, noise)
        first = _of_values(parse_first(clean), noise).messages if len(clean) < _BIG else ()
        answers = tuple(message for message in first if is_answer(message))
        return Read(answers or _unreadable(clean, frame), junk=True, noise=noise)
    batch = frame["batch"] if wrapped is not clean else None
    return _of_values(batch if isinstance(batch, list) else [frame], noise)


def is_answer(message: JSONRPCMessage) -> bool:
    return isinstance(message, JSONRPCResponse | JSONRPCError)


def excerpt(data: bytes) -> str:
    """The beginning of what came, in one line that can be shown."""
    return one_line(data[:2_000].decode("utf-8", "replace"), 200)


def unusable(request_id: int | str | None, why: str, data: Any = None) -> JSONRPCError:
    """The error in the place of an answer that is none."""
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=UNUSABLE, message=why, data=data))


def _past_noise(data: bytes) -> tuple[bytes, bytes]:
    """The bytes without what a terminal would not show, and that, where it is worth a word."""
    found = _BEFORE.match(data)
    begins = found.end() if found is not None else 0
    tail = data[max(begins, len(data) - _LONGEST_BEHIND) :]
    behind = _BEHIND.search(tail) if tail[-1:] not in (b"}", b"]") else None
    ends = len(data) - (len(behind[0]) if behind is not None else 0)
    clean = data if begins == 0 and ends == len(data) else data[begins:ends]
    noise = data[:begins]
    return clean, noise if noise.strip(_SILENT) else b""


async def _after_text(clean: bytes, noise: bytes) -> Read:
    """An answer with text before it; a request there is rather a log that quotes what was said."""
    found = _AFTER_TEXT.search(clean, 0, _LONGEST_TEXT)
    if found is None:
        return Read(junk=True, noise=noise)
    inner = await read(clean[found.start() :])
    return Read(tuple(message for message in inner.messages if is_answer(message)), junk=True, noise=noise)


def _of_values(values: list[Any], noise: bytes) -> Read:
    found = [_message(value) for value in values[:_MOST_TOGETHER]]
    messages = tuple(message for message in found if message is not None)
    return Read(messages, junk=len(messages) < len(values), noise=noise)


def _message(value: object) -> JSONRPCMessage | None:
    """The message, or an error in the place of an answer that is none; None for what is neither."""
    if not isinstance(value, dict) or value.keys().isdisjoint(_ONE_OF):
        return _void(value) if isinstance(value, dict) else None
    value = _known(value)
    with suppress(ValidationError, RecursionError):
        message = jsonrpc_message_adapter.validate_python(value, by_name=False)
        _names_by_float(message)
        return message
    return _unusable(value)


def _void(value: dict[str, Any]) -> JSONRPCError | None:
    """An answer that answers nothing, as an error for whoever waits; None for what is no JSON-RPC."""
    request_id = whole_id(value.get("id"))
    if "jsonrpc" not in value or not _is_id(request_id):
        return None
    return unusable(request_id, "the answer has neither a result nor an error")  # type: ignore[arg-type]


def _known(value: dict[str, Any]) -> dict[str, Any]:
    """The message with its id as a whole number; an error whose id says nothing has none."""
    request_id = whole_id(value.get("id"))
    if "error" in value and "method" not in value and not _is_id(request_id):
        request_id = None
    elif "id" not in value:
        return value
    return {**value, "id": request_id}


def _is_id(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _names_by_float(message: JSONRPCMessage) -> bool:
    """Whether a notification named its request as `1.0`; made a whole number here."""
    if not isinstance(message, JSONRPCNotification) or not message.params:
        return False
    name = _TOKENS.get(message.method, "")
    given = message.params.get(name)
    if (whole := whole_id(given)) is given:
        return False
    message.params[name] = whole
    return True


def _unreadable(data: bytes, why: NotJson) -> tuple[JSONRPCMessage, ...]:
    """An error for whoever waits for this answer, where its beginning or end says who that is."""
    request_id = answer_id(data[:1_000], data[-1_000:])
    if request_id is None:
        return ()
    return (unusable(request_id, f"the answer is not readable JSON: {why.reason}"),)


def _unusable(value: dict[str, Any]) -> JSONRPCError | None:
    """An answer that is no JSON-RPC, as an error for whoever waits for it; None for what is no answer."""
    if "method" in value or not ("result" in value or "error" in value):
        return None
    request_id = value.get("id")
    data = value.get("result", value.get("error"))
    if _is_id(request_id):
        return unusable(request_id, "the answer is not valid JSON-RPC", data)
    said = one_line(json.dumps(request_id)[:200], 80) if "id" in value else ""
    return unusable(None, f"an answer came {f'with the id {said}' if said else 'without an id'}", data)

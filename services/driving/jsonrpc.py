"""JSON-RPC 2.0 in lines: what a line says, what is wrong with it, and how messages are written.

`jsonrpc` may be left out of a message, as drivers of Codex's app server do; ours always carry it.
Source: jsonrpc.org, specification 2.0; -32800 and `$/cancelRequest` are the Language Server Protocol's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from services.message_limit import MAX_MESSAGE
from services.numbers import exact_json, finite, read_number

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    *("CANCELLED", "FAILED", "INVALID_PARAMS", "INVALID_REQUEST", "METHOD_NOT_FOUND", "NOT_INITIALIZED"),
    *("OVERLOADED", "PARSE_ERROR", "TOO_LONG", "Id", "Message", "Refusal", "Request", "Response", "read"),
    "written",
)

Id = str | int

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
FAILED: Final = -32000
"""What was asked for went wrong; `data.reason` says how."""
OVERLOADED: Final = -32001
"""Too many requests are under way."""
NOT_INITIALIZED: Final = -32002
CANCELLED: Final = -32800


class Refusal(Exception):
    """A request is answered with an error; `id` is that of the request, where it is known."""

    def __init__(self, code: int, message: str, data: object = None, *, id: Id | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
        self.id = id


@dataclass(frozen=True, slots=True)
class Request:
    """A request; a notification where `id` is None."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    id: Id | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """An answer to one of our requests: a result, or an error."""

    id: Id
    result: Any = None
    error: Mapping[str, Any] | None = None


Message = Request | Response

TOO_LONG: Final = Refusal(
    INVALID_REQUEST, f"the line is longer than {MAX_MESSAGE >> 20} MiB ({MAX_MESSAGE} bytes)"
)
"""For a line of which nothing was kept."""


def read(line: bytes) -> Message:
    """What a line says. Raises Refusal."""
    try:
        value = json.loads(line.decode("utf-8"), parse_float=read_number, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Refusal(PARSE_ERROR, "the line is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise Refusal(PARSE_ERROR, f"the line is not JSON: {error.msg}, character {error.pos + 1}") from error
    except ValueError as error:
        raise Refusal(PARSE_ERROR, f"the line is not JSON that is read here: {error}") from error
    except RecursionError as error:
        raise Refusal(PARSE_ERROR, "the line is nested too deeply") from error
    if isinstance(value, list):
        raise Refusal(INVALID_REQUEST, "batches are not taken: send each message in a line of its own")
    if not isinstance(value, dict):
        raise Refusal(INVALID_REQUEST, "a message is an object")
    return _message(value)


def _message(value: dict[str, Any]) -> Message:
    identity = value.get("id")
    known: Id | None = identity if _is_id(identity) else None
    if value.get("jsonrpc", "2.0") != "2.0":
        raise Refusal(INVALID_REQUEST, 'jsonrpc must be "2.0"', id=known)
    if "method" not in value and ("result" in value or "error" in value):
        return _response(value, known)
    if "id" in value and known is None:
        raise Refusal(INVALID_REQUEST, "id must be a string or a whole number")
    method, params = value.get("method"), value.get("params")
    if not isinstance(method, str):
        raise Refusal(INVALID_REQUEST, "method must be a string", id=known)
    if params is None:
        params = {}
    if not isinstance(params, dict):
        # By position they would be within JSON-RPC, but no method here has any order of parameters.
        code = INVALID_PARAMS if isinstance(params, list) else INVALID_REQUEST
        raise Refusal(code, "params must be an object", id=known)
    return Request(method, params, known)


def _response(value: dict[str, Any], known: Id | None) -> Response:
    error = value.get("error")
    if known is None or ("error" in value) is ("result" in value):
        raise Refusal(INVALID_REQUEST, "an answer has an id, and either a result or an error")
    if "error" in value:
        return Response(known, error=error if isinstance(error, dict) else {"message": "an error"})
    return Response(known, value["result"])


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def written(message: Mapping[str, Any]) -> bytes:
    """A message as a line: JSON for everybody, in ASCII."""
    whole = {"jsonrpc": "2.0", **message}
    try:
        text = exact_json(whole, allow_nan=False, separators=(",", ":"))
    except ValueError:  # NaN, or an infinity
        text = exact_json(finite(whole)[0], allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"

"""Errors as drivers are told of them: a code, a message, and facts to act on."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from services.driving.jsonrpc import FAILED, INVALID_PARAMS, Refusal
from services.driving.values import Value
from services.errors import InvalidArguments, NotOffered, ServerError, UnknownServer, UnknownTool
from services.transcript.folder import NoSuchSession

if TYPE_CHECKING:
    from services.errors import JackfieldError
    from services.remedies import Remedy

__all__ = ("ErrorData", "error_data", "reason_of", "refusal_of", "remedy_of")


class ErrorData(Value):
    """`data` of an error, and what a turn failed with."""

    reason: str
    """The kind of failure, such as `timeout`, `login`, `exit`, `unknown_server`."""
    hint: str | None = None
    """What to do about it, in one line."""
    remedy: dict[str, Any] | None = None
    """The same as a value: `type` says what to do, such as `logIn`; its other keys say with what."""
    server: str | None = None
    code: int | None = None
    """The code of a JSON-RPC error that the MCP server answered with."""
    data: Any = None
    """Its data."""


def refusal_of(error: JackfieldError) -> Refusal:
    """The answer to a request that ended in this error."""
    asked = (UnknownServer, UnknownTool, InvalidArguments, NotOffered, NoSuchSession)
    code = INVALID_PARAMS if isinstance(error, asked) else FAILED
    return Refusal(code, error.message, error_data(error).model_dump(by_alias=True, exclude_none=True))


def error_data(error: JackfieldError) -> ErrorData:
    """The facts of an error."""
    theirs = error if isinstance(error, ServerError) else None
    return ErrorData(
        reason=reason_of(error),
        hint=error.hint or None,
        remedy=remedy_of(error.remedy),
        server=error.server or None,
        code=theirs.code if theirs else None,
        data=theirs.data if theirs else None,
    )


def reason_of(error: JackfieldError) -> str:
    """The kind of failure: what the error says, else the name of its class, such as `unknown_tool`."""
    return error.reason or _apart(type(error).__name__).lower()


def remedy_of(remedy: Remedy | None) -> dict[str, Any] | None:
    """A remedy as a value on the wire."""
    if remedy is None:
        return None
    name = type(remedy).__name__
    return {"type": name[0].lower() + name[1:], **asdict(remedy)}


def _apart(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name)

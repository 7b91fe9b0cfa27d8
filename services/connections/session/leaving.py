"""The door where requests and answers leave: what JSON cannot carry is refused before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.client.session import ClientSession

from services.errors import InvalidArguments
from services.numbers import stand_in, stand_ins
from services.sendable import unsendable

if TYPE_CHECKING:
    from collections.abc import Mapping


__all__ = ("LeavingSession", "sendable")

_AROUND: Final = (
    ("params", "context", "arguments"),
    ("params", "arguments"),
    ("params", "argument"),
    ("params",),
)
"""Where in a request stands what a person gave; these names say nothing to them."""


class LeavingSession(ClientSession):
    """The SDK's session with our door in front of it.

    The check stands before the SDK writes a request down: that turns infinity into null, and what it
    cannot write ends the connection.
    """

    async def send_request(self, request: Any, *rest: Any, **options: Any) -> Any:
        """Send a request; raises InvalidArguments for one that cannot be sent."""
        _check(request, _AROUND)
        params = request.params
        given = getattr(params, "arguments", None)
        if isinstance(given, dict) and (changed := stand_ins(given)) is not given:
            params = params.model_copy(update={"arguments": changed})
            request = request.model_copy(update={"params": params})
        return await super().send_request(request, *rest, **options)

    async def dispatch_input_request(self, ctx: Any, request: Any) -> Any:
        """Answer a request of the server; one that was never offered is no method of ours (-32601)."""
        answer = await super().dispatch_input_request(ctx, request)
        if isinstance(answer, types.ErrorData) and answer.code == types.INVALID_REQUEST:
            return types.ErrorData(code=types.METHOD_NOT_FOUND, message=answer.message)
        return answer


def sendable(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of an answer as it may leave; raises InvalidArguments for one that cannot.

    Some servers ask for objects and lists of them, which `ElicitResult` of the SDK has no place for:
    they leave behind a stand-in.
    """
    _check(dict(content))
    return {name: stand_ins(value) if _is_flat(value) else stand_in(value) for name, value in content.items()}


def _is_flat(value: object) -> bool:
    """Whether a value is one of those that the specification has in an answer."""
    if isinstance(value, list):
        return all(isinstance(one, str) for one in value)
    return not isinstance(value, dict)


def _check(value: object, around: tuple[tuple[str, ...], ...] = ()) -> None:
    found = unsendable(value)
    if found is None:
        return
    path, reason = found
    path = path[next((len(names) for names in around if path[: len(names)] == names), 0) :]
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    raise InvalidArguments(f'"{place}" cannot be sent: {reason}' if place else f"cannot be sent: {reason}")

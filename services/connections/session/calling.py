"""One `tools/call`: through the SDK's models only where something in it needs them.

Those read the parameters twice and write them once before they are written as bytes, and read the result
twice and write it once before it is handed on: a third of what a small call costs.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp_types.methods import SERVER_RESULTS
from pydantic import TypeAdapter

from services.connections.session.internals import prepared
from services.connections.session.tasks import TaskCall
from services.sendable import plain_copy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.client.session import ClientSession
    from mcp.shared.dispatcher import ProgressFnT

    from services.connections.session.dispatcher import RecordingDispatcher

__all__ = ("call_once",)

_CALL: Final = "tools/call"
_RAW: Any = TypeAdapter(dict[str, Any])


async def call_once(
    sdk: ClientSession,
    dispatcher: RecordingDispatcher | None,
    given: Mapping[str, Any],
    tell: ProgressFnT,
    *,
    responses: Any = None,
    state: str | None = None,
    as_task: bool = False,
) -> dict[str, Any]:
    """The result of one round, unread; `given` is the name and the arguments.

    Raises ValidationError where the result is not what the protocol has, as the SDK's own method does.
    """
    first = responses is None and state is None and not as_task
    if first and dispatcher is not None and (plain := plain_copy(given)) is not None:
        ready, options = prepared(sdk, _CALL, plain)
        options["on_progress"] = tell
        raw = await dispatcher.send_raw_request(_CALL, ready, options)
        if (shape := _shape(_CALL, sdk.protocol_version or "")) is not None:
            shape.validate_python(raw, by_name=False)
        return raw
    params: types.CallToolRequestParams
    if as_task:
        params = TaskCall(task=types.TaskMetadata(), **given)
    else:
        params = types.CallToolRequestParams(input_responses=responses, request_state=state, **given)
    request = types.CallToolRequest(params=params)
    result: dict[str, Any] = await sdk.send_request(request, _RAW, progress_callback=tell)
    return result


@cache
def _shape(method: str, revision: str) -> TypeAdapter[Any] | None:
    """What a revision has for the result of a method; None where it does not say."""
    found: Any = SERVER_RESULTS.get((method, revision))
    return TypeAdapter(found) if found is not None else None

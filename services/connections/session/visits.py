"""Pages that must be visited before a request can be answered (-32042, `URLElicitationRequired`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import mcp_types as types
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from services.connections.session.incoming import question_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.connections.session.incoming import Listener

__all__ = ("visiting",)

Result = TypeVar("Result")

_MOST_VISITS: Final = 3
"""How often one request is sent again after pages that had to be visited first."""


async def visiting(server: str, listener: Listener, send: Callable[[], Awaitable[Result]]) -> Result:
    """Send; where the server wants pages visited first, have that done and send again."""
    for _ in range(_MOST_VISITS):
        try:
            return await send()
        except MCPError as error:
            wanted = error.code == types.URL_ELICITATION_REQUIRED
            if not wanted or not await _visited(server, listener, error):
                raise
    return await send()


async def _visited(server: str, listener: Listener, error: MCPError) -> bool:
    """Put the pages of such an error to the person, one after the other; whether they saw them all."""
    try:
        wanted = types.ElicitationRequiredErrorData.model_validate(error.data, by_name=False)
    except ValidationError:
        return False
    for params in wanted.elicitations:
        answer = await listener.ask(question_of(server, params))
        if answer.action != "accept":
            return False
    return bool(wanted.elicitations)

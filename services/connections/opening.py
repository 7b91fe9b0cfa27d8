"""Opening a session on a transport's streams: the callbacks, and the protocol both sides speak."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.client._probe import negotiate_auto
from mcp.client.session import ClientRequestContext, ClientSession
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from services.connections.incoming import compact, question_of, spread
from services.connections.session import RecordingDispatcher, Session
from services.errors import ConnectionFailed
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.connections.incoming import Listener

__all__ = ("open_session",)


@asynccontextmanager
async def open_session(
    streams: tuple[Any, Any], *, server: str, protocol: str, version: str, listener: Listener
) -> AsyncIterator[Session]:
    """Enter a session on a transport's streams and negotiate: `auto`, `legacy` or a revision's date."""
    dispatcher = RecordingDispatcher(*streams)
    dispatcher.answered = listener.answered

    async def elicit(context: ClientRequestContext, params: types.ElicitRequestParams) -> types.ElicitResult:
        answer = await listener.ask(question_of(server, params))
        content = dict(answer.content) if answer.action == "accept" and answer.content is not None else None
        return types.ElicitResult(action=answer.action, content=content)

    async def log(params: types.LoggingMessageNotificationParams) -> None:
        data = params.data if isinstance(params.data, str) else compact(params.data)
        listener.log_message(one_line(data, 2_000), params.level, one_line(params.logger or "", 100))

    async def on_message(message: object) -> None:
        spread(message, listener)

    sdk = ClientSession(
        dispatcher=dispatcher,
        elicitation_callback=elicit,
        logging_callback=log,
        log_level="debug",
        message_handler=on_message,
        client_info=types.Implementation(name="jackfield", title="Jackfield", version=version),
    )
    async with sdk:
        await _negotiate(sdk, protocol)
        yield Session(sdk, server, listener)


async def _negotiate(sdk: ClientSession, protocol: str) -> None:
    if protocol == "auto":
        await negotiate_auto(sdk)
    elif protocol in MODERN_PROTOCOL_VERSIONS:
        await sdk.discover()
    else:
        result = await sdk.initialize()
        if protocol in HANDSHAKE_PROTOCOL_VERSIONS and result.protocol_version != protocol:
            raise ConnectionFailed(
                f"the server speaks {one_line(result.protocol_version, 40)}, not the pinned {protocol}",
                hint='set protocol = "auto"',
            )

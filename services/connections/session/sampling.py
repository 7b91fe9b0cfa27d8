"""Sampling on the wire: the SDK's request as our value, our reply as the SDK's result."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types

from services.amounts import byte_size
from services.connections.session.leaving import sendable
from services.errors import InvalidArguments, TooManyQuestions
from services.inbox.questions import SamplingAnswer, SamplingQuestion, SamplingRefusal
from services.sampling import (
    SampledText,
    SamplingMedia,
    SamplingMessage,
    SamplingReply,
    SamplingRequest,
    SamplingTool,
    ToolOutput,
    ToolUse,
)
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.connections.session.incoming import Listener
    from services.inbox.questions import Answer
    from services.sampling import SamplingPart

__all__ = ("sampled", "sampling_request")

_REJECTED: Final = -1
"""The specification's code for a request that the person does not want."""
_REJECTED_TEXT: Final = "User rejected sampling request"
_LONGEST_WORDS: Final = 1_000
_MOST_MESSAGES: Final = 200
_MOST_TOOLS: Final = 200
_LARGEST: Final = 8 << 20
"""Characters of texts and of encoded media of one request."""


async def sampled(
    server: str, listener: Listener, params: types.CreateMessageRequestParams
) -> types.CreateMessageResult | types.CreateMessageResultWithTools | types.ErrorData:
    """Put a request to the person, and answer the server."""
    try:
        request = sampling_request(params)
    except InvalidArguments as error:
        return types.ErrorData(code=types.INVALID_PARAMS, message=error.message)
    try:
        answer = await listener.ask(SamplingQuestion(server=server, message="", request=request))
    except TooManyQuestions as error:
        return types.ErrorData(code=types.INTERNAL_ERROR, message=error.message)
    if not isinstance(answer, SamplingAnswer):
        return types.ErrorData(code=_REJECTED, message=_rejection(answer))
    reply = answer.reply
    try:
        sendable({"text": reply.text, "input": [dict(use.arguments) for use in reply.uses]})
    except InvalidArguments as error:
        listener.log_message(f"the answer was not sent: {error.message}", "warning", "")
        return types.ErrorData(code=_REJECTED, message=_REJECTED_TEXT)
    return _result(reply, request)


def _rejection(answer: Answer) -> str:
    """What the specification says of a no, and the words of the person: the error has one text for both."""
    words = one_line(answer.words, _LONGEST_WORDS) if isinstance(answer, SamplingRefusal) else ""
    return f"{_REJECTED_TEXT}: {words}" if words else _REJECTED_TEXT


def sampling_request(params: types.CreateMessageRequestParams) -> SamplingRequest:
    """The request as a value. Raises InvalidArguments for one that no model can be asked."""
    tools = params.tools or []
    if not params.messages:
        raise InvalidArguments("the request has no messages")
    if params.max_tokens < 1:
        raise InvalidArguments("maxTokens must be at least 1")
    if len(params.messages) > _MOST_MESSAGES or len(tools) > _MOST_TOOLS:
        raise InvalidArguments(f"at most {_MOST_MESSAGES} messages and {_MOST_TOOLS} tools are taken")
    if len(params.model_dump_json(exclude_none=True)) > _LARGEST:
        raise InvalidArguments(f"the request is larger than {_LARGEST >> 20} MiB")
    _check_tool_results(params.messages)
    preferences = params.model_preferences
    return SamplingRequest(
        messages=tuple(
            SamplingMessage(one.role, tuple(map(_part, one.content_as_list))) for one in params.messages
        ),
        max_tokens=params.max_tokens,
        system_prompt=params.system_prompt or "",
        temperature=params.temperature,
        stop_sequences=tuple(params.stop_sequences or ()),
        tools=tuple(SamplingTool(one.name, one.description or "", one.input_schema) for one in tools),
        tool_choice=(params.tool_choice.mode if params.tool_choice else None) or "auto",
        hints=tuple(hint.name for hint in (preferences.hints if preferences else None) or () if hint.name),
    )


def _check_tool_results(messages: Sequence[types.SamplingMessage]) -> None:
    """Every call is answered by the very next message, and that holds nothing but such answers."""
    wanted: set[str] = set()
    for message in messages:
        parts = message.content_as_list
        results = [part.tool_use_id for part in parts if isinstance(part, types.ToolResultContent)]
        if results and (message.role != "user" or len(results) < len(parts)):
            raise InvalidArguments("tool results are mixed with other content")
        if set(results) != wanted:
            raise InvalidArguments("tool results do not match the calls before them")
        wanted = {part.id for part in parts if isinstance(part, types.ToolUseContent)}
        if wanted and message.role != "assistant":
            raise InvalidArguments("a call of a tool is in a message that is not the assistant's")
    if wanted:
        raise InvalidArguments("the result of a tool is missing in the request")


def _part(content: types.SamplingMessageContentBlock) -> SamplingPart:
    match content:
        case types.TextContent(text=text):
            return SampledText(text)
        case types.ImageContent(data=data, mime_type=mime_type):
            return SamplingMedia("image", mime_type, _decoded(data))
        case types.AudioContent(data=data, mime_type=mime_type):
            return SamplingMedia("audio", mime_type, _decoded(data))
        case types.ToolUseContent(id=identifier, name=name, input=arguments):
            return ToolUse(identifier, name, arguments)
        case types.ToolResultContent(tool_use_id=identifier, content=blocks, is_error=is_error):
            return ToolOutput(identifier, "\n".join(map(_text, blocks)), bool(is_error))


def _text(block: Any) -> str:
    """A block of a tool's result as text; of what is none its kind, and what it is."""
    match block:
        case types.TextContent(text=text):
            return text
        case types.ImageContent() | types.AudioContent():
            return f"({block.type}: {block.mime_type}, {byte_size(len(block.data) * 3 // 4)})"
        case types.ResourceLink(uri=uri):
            return f"({block.type}: {uri})"
        case types.EmbeddedResource(resource=resource):
            return f"({block.type}: {resource.uri})"
    return f"({block.type})"


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidArguments("an image or a sound of the request is not base64") from None


def _result(
    reply: SamplingReply, request: SamplingRequest
) -> types.CreateMessageResult | types.CreateMessageResultWithTools:
    if not request.tools:
        text = types.TextContent(type="text", text=reply.text)
        return types.CreateMessageResult(
            role="assistant", content=text, model=reply.model, stop_reason=reply.stop_reason
        )
    content: list[types.SamplingMessageContentBlock] = []
    if reply.text or not reply.uses:
        content.append(types.TextContent(type="text", text=reply.text))
    content += [
        types.ToolUseContent(type="tool_use", id=use.id, name=use.name, input=dict(use.arguments))
        for use in reply.uses
    ]
    return types.CreateMessageResultWithTools(
        role="assistant",
        content=content if len(content) > 1 else content[0],
        model=reply.model,
        stop_reason=reply.stop_reason,
    )

"""What servers borrow of a driver: answers of its model, and the directories it works in."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from services.app_server import methods
from services.app_server.driver import DriverFailed
from services.app_server.question_values import (
    RootsRequestParams,
    RootsResponse,
    RootValue,
    SampledTextBlock,
    SampledToolUse,
    SamplingRequestParams,
    SamplingResponse,
)
from services.errors import InvalidArguments
from services.inbox.questions import Answer, RootsAnswer, SamplingAnswer, SamplingRefusal
from services.roots import root_at
from services.sampling import SampledText, SamplingMedia, SamplingReply, ToolOutput, ToolUse

if TYPE_CHECKING:
    from services.app_server.driver import Driver
    from services.inbox.questions import RootsQuestion, SamplingQuestion
    from services.sampling import SamplingPart, SamplingRequest

__all__ = ("roots_told", "sampled")


async def sampled(driver: Driver, question: SamplingQuestion) -> Answer:
    """The driver's answer to a server that asks for a model. Raises DriverFailed."""
    params = _params(question.server, question.request)
    answer = await driver.ask(methods.SAMPLING.name, params, SamplingResponse)
    if answer.action == "decline":
        return SamplingRefusal("decline", words=answer.words or "")
    if answer.action == "cancel":
        return Answer("cancel")
    return SamplingAnswer("accept", reply=_reply(answer, question.request))


async def roots_told(driver: Driver, question: RootsQuestion) -> Answer:
    """The driver's answer to a server that asks for directories. Raises DriverFailed."""
    proposed = [RootValue(uri=root.uri, name=root.name) for root in question.roots]
    params = RootsRequestParams(server_name=question.server, roots=proposed)
    answer = await driver.ask(methods.ROOTS.name, params, RootsResponse)
    if answer.action != "accept":
        return Answer(answer.action)
    try:
        roots = None if answer.roots is None else tuple(root_at(root.uri) for root in answer.roots)
    except InvalidArguments as error:
        raise DriverFailed(f"the driver's answer cannot be used: {error.message}") from error
    return RootsAnswer("accept", lasting=answer.lasting, roots=roots)


def _params(server: str, request: SamplingRequest) -> SamplingRequestParams:
    return SamplingRequestParams(
        server_name=server,
        messages=[
            {"role": one.role, "content": [_block(part) for part in one.parts]} for one in request.messages
        ],
        max_tokens=request.max_tokens,
        system_prompt=request.system_prompt or None,
        temperature=request.temperature,
        stop_sequences=list(request.stop_sequences),
        tools=[
            {"name": tool.name, "description": tool.description, "inputSchema": dict(tool.schema)}
            for tool in request.tools
        ],
        tool_choice=request.tool_choice,
        model_hints=list(request.hints),
    )


def _block(part: SamplingPart) -> dict[str, Any]:
    """A part as MCP has it."""
    match part:
        case SampledText(text):
            return {"type": "text", "text": text}
        case SamplingMedia(kind, mime_type, data):
            return {"type": kind, "mimeType": mime_type, "data": base64.b64encode(data).decode()}
        case ToolUse(identifier, name, arguments):
            return {"type": "tool_use", "id": identifier, "name": name, "input": dict(arguments)}
        case ToolOutput(identifier, text, is_error):
            said = [{"type": "text", "text": text}]
            return {"type": "tool_result", "toolUseId": identifier, "content": said, "isError": is_error}


def _reply(answer: SamplingResponse, request: SamplingRequest) -> SamplingReply:
    if not answer.content or not answer.model:
        raise DriverFailed("the driver's answer cannot be used: an accepted one has content and a model")
    texts = [one.text for one in answer.content if isinstance(one, SampledTextBlock)]
    uses = [one for one in answer.content if isinstance(one, SampledToolUse)]
    names = {tool.name for tool in request.tools}
    if any(use.name not in names for use in uses):
        raise DriverFailed("the driver's answer cannot be used: it calls a tool that the request has not")
    return SamplingReply(
        text="".join(texts),
        model=answer.model,
        uses=tuple(ToolUse(use.id, use.name, use.input) for use in uses),
        stop_reason=answer.stop_reason,
    )

"""Tools that borrow something of the client: a model's answer, and the directories it may work in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import mcp_types as types

from services.demo.calls import failure, result
from services.demo.media import JACKFIELD, picture
from services.demo.questions import fetched

if TYPE_CHECKING:
    from services.demo.calls import Call, Outcome

__all__ = ("borrow_model", "look_around")


async def borrow_model(call: Call) -> Outcome:
    """Ask the client's model about a picture, and say what it answered."""
    capabilities = call.context.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        return failure("This client has no model to ask.")
    question = types.TextContent(text=call.arguments.get("question", "What is in this picture?"))
    message = types.SamplingMessage(role="user", content=[question, picture(JACKFIELD)])
    params = types.CreateMessageRequestParams(
        messages=[message], max_tokens=200, system_prompt="You are an operator of 1920. Be brief."
    )
    request = types.CreateMessageRequest(params=params)
    answer = await fetched(call, "picture", request, types.CreateMessageResult)
    if not isinstance(answer, types.CreateMessageResult):
        return answer
    said = answer.content.text if isinstance(answer.content, types.TextContent) else answer.content.type
    return result(f"{answer.model} says: {said}")


async def look_around(call: Call) -> Outcome:
    """Ask for the client's directories, and say which they are."""
    capabilities = call.context.session.client_capabilities
    if capabilities is None or capabilities.roots is None:
        return failure("This client tells of no directories.")
    answer = await fetched(call, "roots", types.ListRootsRequest(), types.ListRootsResult)
    if not isinstance(answer, types.ListRootsResult):
        return answer
    told = [{"uri": str(root.uri), "name": root.name} for root in answer.roots]
    return result(json.dumps(told, indent=2, ensure_ascii=False) if told else "I was told of no directory.")

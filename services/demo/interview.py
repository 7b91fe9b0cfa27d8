"""A tool that asks for several inputs at once, and then again: many rounds within one call.

At 2026-07-28 a round is a result with all its questions; what was answered before travels in
`requestState`. At 2025-11-25 each question is a request of ours.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata

from services.demo.calls import failure, result
from services.demo.questions import FEW_FIELDS, URL, can_be_asked

if TYPE_CHECKING:
    from services.demo.calls import Call, Outcome

__all__ = ("interview",)

_RESULTS: Final[dict[str, Any]] = {
    "elicitation/create": types.ElicitResult,
    "sampling/createMessage": types.CreateMessageResult,
    "roots/list": types.ListRootsResult,
}


async def interview(call: Call) -> Outcome:
    """Ask all there is to ask, then one more question a round, and say what came back."""
    rounds = int(call.arguments.get("rounds", 3))
    if not can_be_asked(call, "form"):
        return failure("This client does not take questions.")
    if call.modern:
        return _next_round(call, rounds)
    said: list[str] = []
    for number in range(1, rounds + 1):
        for key, question in _questions(call, number).items():
            said.append(f"{key}: {_words(await _asked(call, question))}")
    return result("\n".join(said))


def _next_round(call: Call, rounds: int) -> Outcome:
    said = _state(call.params.request_state)
    answers = call.params.input_responses or {}
    number = len(said) + (1 if answers else 0)
    if answers:
        said.append("\n".join(f"{key}: {_words(answer)}" for key, answer in sorted(answers.items())))
    if number >= rounds:
        return result("\n".join(said))
    return types.InputRequiredResult(
        input_requests=_questions(call, number + 1), request_state=json.dumps(said)
    )


def _state(state: str | None) -> list[str]:
    try:
        said = json.loads(state) if state is not None else []
    except ValueError:
        raise MCPError(types.INVALID_PARAMS, "The state is not the one that was given") from None
    return [str(one) for one in said]


def _questions(call: Call, number: int) -> dict[str, types.InputRequest]:
    """What a round asks: the first one everything the client takes."""
    if number > 1:
        schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
        more = types.ElicitRequestFormParams(message=f"Question {number}?", requested_schema=schema)
        return {f"question {number}": types.ElicitRequest(params=more)}
    form = types.ElicitRequestFormParams(message="Who are you?", requested_schema=FEW_FIELDS)
    asked: dict[str, types.InputRequest] = {"who": types.ElicitRequest(params=form)}
    if can_be_asked(call, "url") and call.modern:
        link = types.ElicitRequestURLParams(message="Please look at this page", url=URL, elicitation_id=None)
        asked["page"] = types.ElicitRequest(params=link)
    capabilities = call.context.session.client_capabilities
    if capabilities is not None and capabilities.roots is not None:
        asked["roots"] = types.ListRootsRequest()
    if capabilities is not None and capabilities.sampling is not None:
        words = types.SamplingMessage(role="user", content=types.TextContent(text="Greet the interviewer."))
        asked["model"] = types.CreateMessageRequest(
            params=types.CreateMessageRequestParams(messages=[words], max_tokens=50)
        )
    return asked


async def _asked(call: Call, question: Any) -> Any:
    related = ServerMessageMetadata(related_request_id=call.context.request_id)
    try:
        return await call.context.session.send_request(question, _RESULTS[question.method], metadata=related)
    except MCPError as refused:
        return refused.error.message


def _words(answer: Any) -> str:
    match answer:
        case types.ElicitResult(action="accept", content=content):
            return json.dumps(content, ensure_ascii=False) if content else "accept"
        case types.ElicitResult(action=action):
            return str(action)
        case types.ListRootsResult(roots=roots):
            return ", ".join(str(root.uri) for root in roots) or "no directory"
        case types.CreateMessageResult(content=types.TextContent(text=words)):
            return words
        case _:
            return str(answer)

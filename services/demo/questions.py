"""Tools that ask the person: a form with every kind of field, and a web address.

To a client of 2025-11-25 the question is a request of ours in the middle of the call. To one
of 2026-07-28 the call returns with the question, and the client calls again with the answer
(multi round-trip results): the tool runs twice and must come to the same place.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import anyio
import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata

from services.demo.calls import failure, result, session_key
from services.demo.schemas import problem

if TYPE_CHECKING:
    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

    from services.demo.calls import Call, Outcome

__all__ = ("EVERY_FIELD", "FEW_FIELDS", "ask", "ask_url", "fetched", "nested_answers")

Fetched = TypeVar("Fetched", bound=types.Result)

_FINISHED_AFTER = 3.0
_NESTED = f"nested-{uuid4().hex}:"
URL = "https://example.com/jackfield/demo?reason=ask_url"

FEW_FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "title": "Name",
            "description": "full name, 2 to 20 characters",
            "minLength": 2,
            "maxLength": 20,
        },
        "colour": {
            "type": "string",
            "title": "Colour",
            "enum": ["red", "green", "blue"],
            "default": "green",
        },
        "lucky": {
            "type": "integer",
            "title": "Lucky number",
            "description": "a whole number from 1 to 99",
            "minimum": 1,
            "maximum": 99,
        },
    },
    "required": ["name"],
}

EVERY_FIELD: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": FEW_FIELDS["properties"]["name"],
        "nickname": {"type": "string"},
        "email": {
            "type": "string",
            "title": "E-mail",
            "format": "email",
            "description": "where to send the bill",
        },
        "homepage": {"type": "string", "title": "Home page", "format": "uri"},
        "born": {"type": "string", "title": "Born on", "format": "date"},
        "call_back": {"type": "string", "title": "Call back at", "format": "date-time"},
        "height": {
            "type": "number",
            "title": "Height",
            "description": "in metres",
            "minimum": 0.5,
            "maximum": 2.5,
        },
        "lucky": FEW_FIELDS["properties"]["lucky"] | {"default": 7},
        "subscribe": {
            "type": "boolean",
            "title": "Subscribe",
            "description": "to the party line",
            "default": True,
        },
        "colour": {"type": "string", "title": "Colour of the cable", "enum": ["red", "green", "blue"]},
        "tariff": {
            "type": "string",
            "title": "Tariff",
            "oneOf": [
                {"const": "local", "title": "Local calls"},
                {"const": "trunk", "title": "Trunk calls"},
                {"const": "abroad", "title": "Calls abroad"},
            ],
            "default": "trunk",
        },
        "plug": {
            "type": "string",
            "title": "Plug",
            "description": "the older way to give choices their titles",
            "enum": ["b-gauge", "bantam"],
            "enumNames": ["Quarter inch", "Bantam"],
        },
        "days": {
            "type": "array",
            "title": "Days",
            "description": "one to three of them",
            "items": {"type": "string", "enum": ["Mon", "Tue", "Wed", "Thu", "Fri"]},
            "minItems": 1,
            "maxItems": 3,
        },
        "extras": {
            "type": "array",
            "title": "Extras",
            "items": {
                "anyOf": [
                    {"const": "wake", "title": "Wake-up call"},
                    {"const": "clock", "title": "Speaking clock"},
                    {"const": "conference", "title": "Conference calls"},
                ]
            },
            "default": ["clock"],
        },
    },
    "required": ["name", "colour", "days"],
}
"""Every kind of field an elicitation may have, at 2025-11-25 and 2026-07-28 alike."""


NESTED_FIELDS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": FEW_FIELDS["properties"]["name"],
        "line": {
            "type": "object",
            "title": "Line",
            "description": "where you can be called",
            "properties": {
                "exchange": {"type": "string"},
                "number": {"type": "integer", "minimum": 1},
            },
            "required": ["exchange"],
        },
        "calls": {
            "type": "array",
            "title": "Calls",
            "items": {
                "type": "object",
                "properties": {"to": {"type": "string"}, "minutes": {"type": "integer", "minimum": 1}},
                "required": ["to"],
            },
        },
        "names": {"type": "array", "title": "Other names", "items": {"type": "string"}},
    },
    "required": ["name"],
}

FORMS = {"every field": EVERY_FIELD, "short": FEW_FIELDS, "nested": NESTED_FIELDS, "none": {}}


async def ask(call: Call) -> Outcome:
    """Ask with a form and say what came back."""
    schema = FORMS[call.arguments.get("form", "every field")]
    params = types.ElicitRequestFormParams(message="Please fill in your details", requested_schema=schema)
    answer = await answer_to(call, "details", params)
    if not isinstance(answer, types.ElicitResult):
        return answer
    if answer.action != "accept":
        return result(answer.action)
    content = {name: _as_sent(value) for name, value in (answer.content or {}).items()}
    wrong = problem(schema, content)
    reply = f"accept\n{json.dumps(content, indent=2, ensure_ascii=False)}"
    return failure(f"{reply}\nBut {wrong}.") if wrong else result(reply)


async def nested_answers(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Have objects and lists of them in answers, which the types of the library refuse, as JSON text."""
    params = ctx.params or {}
    responses = params.get("inputResponses")
    if isinstance(responses, dict):
        flat = {key: _flat(answer) for key, answer in responses.items()}
        ctx = replace(ctx, params={**params, "inputResponses": flat})
    return await call_next(ctx)


def _flat(answer: Any) -> Any:
    content = answer.get("content") if isinstance(answer, dict) and "action" in answer else None
    if not isinstance(content, dict):
        return answer
    nested = {
        name: _NESTED + json.dumps(one) for name, one in content.items() if isinstance(one, dict | list)
    }
    return {**answer, "content": content | nested}


def _as_sent(value: Any) -> Any:
    is_nested = isinstance(value, str) and value.startswith(_NESTED)
    return json.loads(value.removeprefix(_NESTED)) if is_nested else value


async def ask_url(call: Call) -> Outcome:
    """Ask the person to open a web address and say what came back.

    To a client of 2025-11-25 the page may finish by itself after a while, or may be wanted before
    the call (-32042): then the next call goes through.
    """
    number, way = None if call.modern else uuid4().hex, call.arguments.get("way", "asked")
    params = types.ElicitRequestURLParams(
        message="Please look at this page, then come back", url=URL, elicitation_id=number
    )
    if way == "first" and number is not None:
        return _visited_first(call, params)
    if way == "finishes" and number is not None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_finish, call, number)
            answer = await answer_to(call, "page", params)
            tasks.cancel_scope.cancel()
    else:
        answer = await answer_to(call, "page", params)
    if not isinstance(answer, types.ElicitResult):
        return answer
    if answer.action == "accept" and number is not None:
        await call.context.session.send_elicit_complete(number, call.context.request_id)
    return result(answer.action)


async def _finish(call: Call, number: str) -> None:
    """Say from time to time that the page is finished."""
    while True:
        await anyio.sleep(_FINISHED_AFTER)
        await call.context.session.send_elicit_complete(number, call.context.request_id)


def _visited_first(call: Call, params: types.ElicitRequestURLParams) -> Outcome:
    session = session_key(call.context)
    if session in call.state.visited:
        call.state.visited.discard(session)
        return result("You have been there.")
    call.state.visited.add(session)
    data = types.ElicitationRequiredErrorData(elicitations=[params])
    told = data.model_dump(by_alias=True, exclude_none=True, mode="json")
    raise MCPError(types.URL_ELICITATION_REQUIRED, "Look at this page first", told)


async def answer_to(call: Call, key: str, params: types.ElicitRequestParams) -> types.ElicitResult | Outcome:
    """The person's answer, or the outcome the call must have instead."""
    if not can_be_asked(call, params.mode):
        return failure(f"This client does not take questions of the kind {params.mode!r}.")
    return await fetched(call, key, types.ElicitRequest(params=params), types.ElicitResult)


async def fetched(
    call: Call, key: str, question: types.InputRequest, kind: type[Fetched]
) -> Fetched | Outcome:
    """What the client answers to a request of ours, in the way of either revision."""
    if not call.modern:
        related = ServerMessageMetadata(related_request_id=call.context.request_id)
        try:
            return await call.context.session.send_request(question, kind, metadata=related)
        except MCPError as refused:
            return failure(f"The client refused the question: {refused.error.message}")
    answer = (call.params.input_responses or {}).get(key)
    if answer is None:
        return types.InputRequiredResult(input_requests={key: question}, request_state=f"asked {key}")
    if not isinstance(answer, kind) or call.params.request_state != f"asked {key}":
        raise MCPError(types.INVALID_PARAMS, "The answer does not belong to the question asked")
    return answer


def can_be_asked(call: Call, mode: str) -> bool:
    """Whether the client declared that it takes questions of this mode; none named means forms."""
    capabilities = call.context.session.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None:
        return False
    if mode == "url":
        return elicitation.url is not None
    return elicitation.form is not None or elicitation.url is None

"""What the conformance suite's tools ask of a client, in the form of either era.

On 2026-07-28 a question is the call's result, and the answer comes with the next call; before, it is a
request in the middle of the call. State that goes through a client's hands is signed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from pydantic import BaseModel, ConfigDict

Context = ServerRequestContext[Any, Any]
MODERN = "2026-07-28"
_KEY = b"the key of a server for tests"


class _Answer(BaseModel):
    model_config = ConfigDict(extra="allow")


def form(message: str, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    """An elicitation in form mode."""
    schema = {"type": "object", "properties": properties, "required": list(required or properties)}
    params = {"mode": "form", "message": message, "requestedSchema": schema}
    return {"method": "elicitation/create", "params": params}


def sample(text: str) -> dict[str, Any]:
    """A request for a model's answer."""
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {"method": "sampling/createMessage", "params": {"messages": [message], "maxTokens": 100}}


ROOTS: dict[str, Any] = {"method": "roots/list", "params": {}}
NAME = form("What is your name?", name={"type": "string"})


async def asked(context: Context, **questions: dict[str, Any]) -> dict[str, Any] | None:
    """The answers to these questions; None where they are still to be asked, on 2026-07-28."""
    if context.protocol_version != MODERN:
        return {key: await _pushed(context, question) for key, question in questions.items()}
    given = (context.params or {}).get("inputResponses") or {}
    right = all(_answers(questions[key], given.get(key)) for key in questions)
    return {key: given[key] for key in questions} if right else None


def wanting(state: str | None = None, /, **questions: dict[str, Any]) -> dict[str, Any]:
    """The result that asks, with a state that comes back."""
    told: dict[str, Any] = {"resultType": "input_required", "inputRequests": questions}
    return told | ({} if state is None else {"requestState": _sealed(state)})


def state_of(context: Context) -> str | None:
    """The state that came back. Raises MCPError for one that is not ours."""
    sealed = (context.params or {}).get("requestState")
    if sealed is None:
        return None
    text, _, mark = str(sealed).rpartition(".")
    if not hmac.compare_digest(_mark(text), mark):
        raise MCPError(types.INVALID_PARAMS, "this requestState is not one of this server")
    return text


def capabilities(context: Context) -> set[str]:
    """What the client declares for this request."""
    declared = context.session.client_capabilities
    return set(declared.model_dump(exclude_none=True)) if declared is not None else set()


def content_of(answer: dict[str, Any], key: str) -> str:
    """One field of the answer to a form."""
    return str((answer.get("content") or {}).get(key, ""))


def _answers(question: dict[str, Any], answer: Any) -> bool:
    """Whether this can be the answer to a question."""
    if not isinstance(answer, dict):
        return False
    match question["method"]:
        case "elicitation/create":
            needed = question["params"]["requestedSchema"]["required"]
            content = answer.get("content") or {}
            return answer.get("action") != "accept" or all(key in content for key in needed)
        case "sampling/createMessage":
            return "content" in answer
    return isinstance(answer.get("roots"), list)


async def _pushed(context: Context, question: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {
        "elicitation/create": types.ElicitRequest,
        "sampling/createMessage": types.CreateMessageRequest,
        "roots/list": types.ListRootsRequest,
    }
    request = known[question["method"]].model_validate(question)
    about = ServerMessageMetadata(related_request_id=context.request_id)
    answer = await context.session.send_request(request, _Answer, metadata=about)
    return dict(answer.model_extra or {})


def _sealed(state: str) -> str:
    return f"{state}.{_mark(state)}"


def _mark(text: str) -> str:
    return hmac.new(_KEY, text.encode(), hashlib.sha256).hexdigest()


def told(value: Any) -> str:
    """JSON in a result's text."""
    return json.dumps(value, separators=(",", ":"))

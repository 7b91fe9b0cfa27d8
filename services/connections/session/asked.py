"""Requests of servers before the SDK reads them: a question is filled in where it says too little."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS
from pydantic import ValidationError

from services.complaints import complaint, complaints
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp.shared.dispatcher import OnRequest

__all__ = ("as_meant", "no_object", "question_complaint")

_ELICIT: Final = "elicitation/create"
_FORM: Final = "ElicitRequestFormParams"
_MODEL: Final = re.compile(r"[A-Z]\w+")
"""A name of the SDK's models in a place; the names of MCP begin with small letters."""


def as_meant(on_request: OnRequest, refused: Callable[[str], None]) -> OnRequest:
    """Answer requests through `on_request`; one that is not valid is refused with the reason (-32602).

    `refused` is told the same: without it nobody would hear that a server asked in vain.
    """

    async def answered(context: Any, method: str, params: Mapping[str, Any] | None) -> dict[str, Any]:
        try:
            return await on_request(context, method, _whole(params) if method == _ELICIT else params)
        except ValidationError as error:
            why = question_complaint(error)
            refused(f"{one_line(method, 80)} refused: {why}")
            raise MCPError(INVALID_PARAMS, f"Invalid params: {why}") from None

    return answered


def question_complaint(error: ValidationError) -> str:
    """What is wrong with a request, in one line; of a question what its own mode has to say."""
    found = complaints(error)
    others = {_kind(one["loc"][:-1]) for one in found if one["loc"][-1:] in (("method",), ("mode",))}
    meant = [one for one in found if not any(_kind(one["loc"])[: len(kind)] == kind for kind in others)]
    first = min(meant or found, key=lambda one: _FORM not in one["loc"])  # a mode that is not said is a form
    names = [str(part) for part in first["loc"] if not _MODEL.fullmatch(str(part))]
    return complaint(first, names)


def _kind(place: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The place up to the last model that was tried there."""
    models = [at for at, part in enumerate(place) if _MODEL.fullmatch(str(part))]
    return place[: models[-1] + 1] if models else place


def no_object(schema: object) -> str:
    """Why a requested schema cannot be answered: answers are objects. Empty where it can."""
    kind = schema.get("type", "object") if isinstance(schema, dict) else "object"
    return "" if kind == "object" else f"requestedSchema.type: {one_line(str(kind), 80)} is not object"


def _whole(params: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """A question whose schema says no more than it must: an object, perhaps without properties."""
    schema = (params or {}).get("requestedSchema")
    if params is None or not isinstance(schema, dict):
        return params
    told = {key: value for key, value in schema.items() if value is not None}
    return {**params, "requestedSchema": {"type": "object", "properties": {}} | told}

"""A request to a model as JSON that a person edits, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from services.amounts import byte_size
from services.errors import InvalidArguments
from services.sampling import SampledText, SamplingMedia, SamplingMessage, ToolOutput, ToolUse
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.sampling import SamplingPart, SamplingRequest

__all__ = ("edited_request", "request_json")


def request_json(request: SamplingRequest) -> str:
    """All that may be changed. Pictures and sounds are numbered: what is left of them stays as it is."""
    media = _media(request)
    shown = {
        "systemPrompt": request.system_prompt,
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "stopSequences": list(request.stop_sequences),
        "messages": [
            {"role": one.role, "content": [_part_json(part, media) for part in one.parts]}
            for one in request.messages
        ],
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def edited_request(request: SamplingRequest, text: str) -> SamplingRequest:
    """The request as it was edited; raises InvalidArguments, with the place, for what is none."""
    try:
        given = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidArguments(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidArguments("this is no JSON that can be read") from error
    table = _table(given, "the request")
    known = {"systemPrompt", "maxTokens", "temperature", "stopSequences", "messages"}
    if unknown := sorted(table.keys() - known):
        raise InvalidArguments(f"{one_line(unknown[0], 60)} is none of {', '.join(sorted(known))}")
    media = _media(request)
    messages = _list(table.get("messages"), "messages")
    if not messages:
        raise InvalidArguments("messages must not be empty")
    return replace(
        request,
        system_prompt=_text(table.get("systemPrompt", ""), "systemPrompt"),
        max_tokens=_tokens(table.get("maxTokens"), request.max_tokens),
        temperature=_temperature(table.get("temperature")),
        stop_sequences=tuple(
            _text(one, f"stopSequences[{at}]")
            for at, one in enumerate(_list(table.get("stopSequences", []), "stopSequences"))
        ),
        messages=tuple(_message(one, f"messages[{at}]", media) for at, one in enumerate(messages)),
    )


def _media(request: SamplingRequest) -> list[SamplingMedia]:
    return [part for one in request.messages for part in one.parts if isinstance(part, SamplingMedia)]


def _part_json(part: SamplingPart, media: Sequence[SamplingMedia]) -> dict[str, Any]:
    match part:
        case SampledText(text):
            return {"type": "text", "text": text}
        case SamplingMedia(kind, mime_type, data):
            number = next(at for at, one in enumerate(media, 1) if one is part)
            return {"type": kind, "number": number, "about": f"{mime_type}, {byte_size(len(data))}"}
        case ToolUse(identifier, name, arguments):
            return {"type": "tool_use", "id": identifier, "name": name, "input": dict(arguments)}
        case ToolOutput(identifier, text, is_error):
            return {"type": "tool_result", "toolUseId": identifier, "text": text, "isError": is_error}


def _message(given: Any, place: str, media: Sequence[SamplingMedia]) -> SamplingMessage:
    table = _table(given, place)
    if (role := table.get("role")) not in ("user", "assistant"):
        raise InvalidArguments(f"{place}.role must be user or assistant")
    parts = _list(table.get("content"), f"{place}.content")
    read = tuple(_part(one, f"{place}.content[{at}]", media) for at, one in enumerate(parts))
    if not read:
        raise InvalidArguments(f"{place}.content must not be empty")
    return SamplingMessage(role, read)


def _part(given: Any, place: str, media: Sequence[SamplingMedia]) -> SamplingPart:
    table = _table(given, place)
    match table.get("type"):
        case "text":
            return SampledText(_text(table.get("text"), f"{place}.text"))
        case "image" | "audio" as kind:
            number = table.get("number")
            if isinstance(number, int) and 0 < number <= len(media) and media[number - 1].kind == kind:
                return media[number - 1]
            raise InvalidArguments(f"{place}.number is of no {kind} of the request")
        case "tool_use":
            name = _text(table.get("name"), f"{place}.name")
            return ToolUse(_text(table.get("id"), f"{place}.id"), name, _table(table.get("input"), place))
        case "tool_result":
            identifier = _text(table.get("toolUseId"), f"{place}.toolUseId")
            text = _text(table.get("text"), f"{place}.text")
            return ToolOutput(identifier, text, table.get("isError") is True)
    raise InvalidArguments(f"{place}.type must be text, image, audio, tool_use or tool_result")


def _table(given: Any, place: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise InvalidArguments(f"{place} must be an object")
    return cast("dict[str, Any]", given)


def _list(given: Any, place: str) -> list[Any]:
    if not isinstance(given, list):
        raise InvalidArguments(f"{place} must be a list")
    return given


def _text(given: Any, place: str) -> str:
    if not isinstance(given, str):
        raise InvalidArguments(f"{place} must be a text")
    return given


def _tokens(given: Any, most: int) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= most:
        raise InvalidArguments(f"maxTokens must be a whole number from 1 to {most:,}, the server's limit")
    return given


def _temperature(given: Any) -> float | None:
    if given is None:
        return None
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 <= given <= 2:
        raise InvalidArguments("temperature must be a number from 0 to 2, or null")
    return float(given)

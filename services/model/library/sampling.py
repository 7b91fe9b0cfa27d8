"""One request of a server to a model: no turn, no desk, one answer, within the tokens it asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic_ai import BinaryContent
from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import (
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.tools import ToolDefinition

from services.error_translation import translating
from services.errors import JackfieldError
from services.model.cleaning import clean, clean_schema
from services.model.library.failures import failure_of
from services.model.library.history import text_of, usage_of
from services.model.library.loading import settings_of
from services.sampling import SampledText, SamplingMedia, SamplingReply, ToolOutput, ToolUse

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage
    from pydantic_ai.settings import ModelSettings as RequestSettings

    from services.model.events import Usage
    from services.model.library.engine import Engine
    from services.sampling import SamplingMessage, SamplingRequest

__all__ = ("sampled",)

_STOPS: Final = {"length": "maxTokens", "tool_call": "toolUse"}
"""What ended an answer, by the library's word; everything else is `endTurn`."""


async def sampled(engine: Engine, request: SamplingRequest) -> tuple[SamplingReply, Usage]:
    """The model's answer, and what it used. Raises ModelFailed."""
    try:
        with translating():
            async with model_request_stream(
                engine.model,
                _messages(request),
                model_settings=_settings(engine, request),
                model_request_parameters=_parameters(request),
            ) as stream:
                async for _ in stream:
                    pass
            response = stream.get()
    except JackfieldError as error:
        raise failure_of(error.__cause__ or error, engine.settings, engine.key) from error
    used = usage_of(response, engine.window)
    return _reply(response, engine.settings.name, used), used


def _settings(engine: Engine, request: SamplingRequest) -> RequestSettings:
    settings = settings_of(engine.settings)
    settings["max_tokens"] = min(request.max_tokens, settings.get("max_tokens") or request.max_tokens)
    if request.temperature is not None:
        settings["temperature"] = request.temperature
    if request.stop_sequences:
        settings["stop_sequences"] = list(request.stop_sequences)
    if request.tools and request.tool_choice != "auto":
        settings["tool_choice"] = request.tool_choice
    return settings


def _parameters(request: SamplingRequest) -> ModelRequestParameters:
    tools = [
        ToolDefinition(
            name=tool.name,
            description=clean(tool.description).text,
            parameters_json_schema=clean_schema(dict(tool.schema)),
        )
        for tool in request.tools
    ]
    return ModelRequestParameters(function_tools=tools, allow_text_output=request.tool_choice != "required")


def _messages(request: SamplingRequest) -> list[ModelMessage]:
    """The conversation as the library has it, with nothing in it that the person could not see."""
    messages: list[ModelMessage] = []
    if request.system_prompt:
        messages.append(ModelRequest([SystemPromptPart(clean(request.system_prompt).text)]))
    names: dict[str, str] = {}
    for message in request.messages:
        names |= {part.id: part.name for part in message.parts if isinstance(part, ToolUse)}
        messages.append(_asked(message, names) if message.role == "user" else _answered(message))
    return messages


def _asked(message: SamplingMessage, names: dict[str, str]) -> ModelRequest:
    results: list[Any] = []
    content: list[str | BinaryContent] = []
    for part in message.parts:
        match part:
            case SampledText(text):
                content.append(clean(text).text)
            case SamplingMedia(mime_type=mime_type, data=data):
                content.append(BinaryContent(data, media_type=mime_type))
            case ToolOutput(identifier, text, is_error):
                said = f"The tool failed: {text}" if is_error else text
                results.append(ToolReturnPart(names.get(identifier, ""), clean(said).text, identifier))
            case ToolUse():
                pass
    return ModelRequest([*results, UserPromptPart(content)] if content else results)


def _answered(message: SamplingMessage) -> ModelResponse:
    parts: list[Any] = []
    for part in message.parts:
        match part:
            case SampledText(text):
                parts.append(TextPart(clean(text).text))
            case ToolUse(identifier, name, arguments):
                parts.append(ToolCallPart(name, dict(arguments), identifier))
            case SamplingMedia(kind=kind):
                parts.append(TextPart("(a picture)" if kind == "image" else "(a sound)"))
            case ToolOutput():
                pass
    return ModelResponse(parts)


def _reply(response: ModelResponse, model: str, used: Usage) -> SamplingReply:
    uses = tuple(
        ToolUse(part.tool_call_id, part.tool_name, part.args_as_dict())
        for part in response.parts
        if isinstance(part, ToolCallPart)
    )
    stopped = "toolUse" if uses else _STOPS.get(response.finish_reason or "", "endTurn")
    return SamplingReply(text_of(response), model, uses, stopped, used.input_tokens + used.output_tokens)

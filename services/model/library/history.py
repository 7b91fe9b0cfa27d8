"""What was said, as the library keeps it: its text, its usage, and its way into a file and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError
from pydantic_ai.messages import (
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)

from services.errors import ModelFailed
from services.model.cleaning import clean
from services.model.events import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic_ai.messages import ModelMessage

__all__ = ("dumped", "loaded", "summed_up", "text_of", "transcript", "usage_of")

_OF_A_RESULT: Final = 2_000


def usage_of(response: ModelResponse, window: int | None) -> Usage:
    """What one answer used."""
    used = response.usage
    try:
        cost = response.cost().total_price
    except (LookupError, ValueError, AssertionError):
        cost = None
    return Usage(
        used.input_tokens,
        used.output_tokens,
        used.cache_read_tokens,
        1,
        cost,
        used.input_tokens + used.output_tokens,
        window,
    )


def text_of(message: ModelMessage) -> str:
    """The text of an answer, tabs and all, without escapes and what is hidden."""
    parts = message.parts if isinstance(message, ModelResponse) else ()
    return clean(
        "\n\n".join(part.content for part in parts if isinstance(part, TextPart) and part.content)
    ).text


def dumped(messages: Sequence[ModelMessage]) -> bytes:
    """The history as JSON, pictures and signatures of thinking included."""
    return ModelMessagesTypeAdapter.dump_json(list(messages))


def loaded(data: bytes) -> list[ModelMessage]:
    """The history of a JSON text. Raises ModelFailed where it is none."""
    try:
        return ModelMessagesTypeAdapter.validate_json(data)
    except ValidationError as error:
        raise ModelFailed("what was kept of the conversation cannot be read", reason="broken") from error


def transcript(messages: Sequence[ModelMessage], room: int) -> str:
    """The conversation as text of at most about `room` characters; of a longer one the middle is left out."""
    text = "\n\n".join(line for message in messages for line in _lines(message))
    if len(text) <= room:
        return text
    return f"{text[: room // 4]}\n[… the middle is left out …]\n{text[-room * 3 // 4 :]}"


def summed_up(summary: str) -> list[ModelMessage]:
    """A history that holds only a summary of what was said before."""
    asked = f"This is a summary of our conversation until now; go on from it.\n\n{summary}"
    return [ModelRequest.user_text_prompt(asked), ModelResponse([TextPart("I have read the summary.")])]


def _lines(message: ModelMessage) -> Iterator[str]:
    for part in message.parts:
        match part:
            case UserPromptPart(content=content):
                yield f"PERSON: {_plain(content)}"
            case SystemPromptPart():
                pass
            case TextPart(content=content) if content:
                yield f"MODEL: {content}"
            case ToolCallPart():
                yield f"MODEL calls {part.tool_name} {part.args_as_json_str()[:_OF_A_RESULT]}"
            case ToolReturnPart():
                yield f"RESULT of {part.tool_name}: {_plain(part.content)[:_OF_A_RESULT]}"
            case _:
                pass


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list | tuple):
        return "\n".join(part if isinstance(part, str) else "(a picture)" for part in content)
    return str(content)

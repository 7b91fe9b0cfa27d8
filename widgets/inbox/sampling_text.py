"""What a server asks a model, as lines: limits, system prompt, every message, the tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.amounts import byte_size
from services.sampling import SampledText, SamplingMedia, ToolOutput, ToolUse
from widgets.inbox.approval_text import plain_name, shown_json, shown_text
from widgets.views.line import Line, plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from services.sampling import SamplingMessage, SamplingPart, SamplingRequest

__all__ = ("sampling_lines", "use_lines")

_LONGEST: Final = 50_000
"""Characters of one text that are shown."""
_ROLES: Final = {"user": "user says", "assistant": "model said"}


def sampling_lines(request: SamplingRequest) -> list[Line]:
    """All that a person should know before they answer."""
    lines = [Line.of((" · ".join(_limits(request)), "$text-muted"))]
    if request.system_prompt:
        lines += [Line(), Line.of(("system prompt", "bold $text-accent")), *_text(request.system_prompt)]
    for message in request.messages:
        lines += [Line(), *_message(message)]
    if request.tools:
        choice = {"required": ", one must be called", "none": ", none may be called"}
        title = f"tools it may have called{choice.get(request.tool_choice, '')}"
        lines += [Line(), Line.of((title, "bold $text-accent"))]
        for tool in request.tools:
            said = plain_name(tool.description)
            lines.append(Line.of("  ", plain_name(tool.name), (f"  {said}", "$text-muted"), indent=4))
    return lines


def use_lines(uses: Iterable[ToolUse]) -> list[Line]:
    """The calls that an answer asks the server for."""
    return [line for use in uses for line in _use(use)]


def _limits(request: SamplingRequest) -> Iterator[str]:
    yield f"at most {request.max_tokens:,} tokens"
    if request.temperature is not None:
        yield f"temperature {request.temperature:g}"
    if request.stop_sequences:
        yield f"ends at {', '.join(map(plain_name, map(repr, request.stop_sequences)))}"
    if request.hints:
        yield f"would like {', '.join(map(plain_name, request.hints))}"


def _message(message: SamplingMessage) -> Iterator[Line]:
    yield Line.of((_ROLES[message.role], "bold $text-accent"))
    for part in message.parts:
        yield from _part(part)


def _part(part: SamplingPart) -> Iterable[Line]:
    match part:
        case SampledText(text):
            return _text(text)
        case SamplingMedia(kind, mime_type, data):
            what = "picture" if kind == "image" else "sound"
            named = f"  {what}: {plain_name(mime_type)}, {byte_size(len(data))}"
            return [Line.of((named, "$text-warning"))]
        case ToolUse():
            return _use(part)
        case ToolOutput(_, text, is_error):
            head = Line.of(("  the tool failed:" if is_error else "  the tool brought:", "$text-muted"))
            return [head, *_text(text)]


def _use(use: ToolUse) -> list[Line]:
    head = Line.of("  wants the call ", (plain_name(use.name), "bold"))
    return [head, *_text(shown_json(dict(use.arguments)))]


def _text(text: str) -> list[Line]:
    lines = list(plain_lines(shown_text(text[:_LONGEST]), indent=2))
    if more := max(len(text) - _LONGEST, 0):
        lines.append(Line.of((f"  … and {more:,} more characters", "$text-warning"), indent=2))
    return lines

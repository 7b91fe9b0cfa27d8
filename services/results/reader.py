"""Results as they stand on the wire, read into values to draw. Nothing a server sends raises here.

The functions named `read_…` do the work at once; the coroutines do it in a thread, with the
pictures, and are what a connection calls. Small results without pictures are read in place:
a thread would cost them more than the reading.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from services.results.blocks import Faults, json_text, read_block, read_contents
from services.results.content import (
    EmbeddedResource,
    ImageBlock,
    PromptMessage,
    PromptResult,
    ResourceResult,
    TextBlock,
    ToolResult,
    UnknownBlock,
)
from services.results.endings import in_thread
from services.results.found_pictures import decode_all
from services.schemas.output import misfits
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.results.content import Block
    from services.results.pictures import Picture

__all__ = (
    "prompt_result",
    "read_prompt_result",
    "read_resource_result",
    "read_tool_result",
    "resource_result",
    "tool_result",
)

_SMALL_VALUES: Final = 200
_SMALL_TEXT: Final = 1 << 14
"""Up to so many values with so many characters are read on the event loop: below 1 ms."""
_MOST_ITEMS: Final = 10_000
"""Items that become values of their own; a million would cost the garbage collector 0.3 s at a time."""

_B = TypeVar("_B", bound="Block")


class _Tool(Protocol):
    """What a result is checked against."""

    @property
    def output_schema(self) -> dict[str, Any] | None: ...


async def tool_result(
    raw: dict[str, Any], tool: _Tool | None, duration: float, fault: str = ""
) -> ToolResult:
    """The result of `tools/call` with its pictures; `fault` is what somebody else found wrong."""
    if (tool is None or tool.output_schema is None) and _is_small(raw):
        return read_tool_result(raw, tool, duration, fault)
    return await in_thread(_whole_tool_result, raw, tool, duration, fault)


async def resource_result(
    server: str, uri: str, raw: dict[str, Any], duration: float, fault: str = ""
) -> ResourceResult:
    """The result of `resources/read` with its pictures; see `tool_result`."""
    if _is_small(raw):
        return read_resource_result(server, uri, raw, duration, fault)
    return await in_thread(_whole_resource_result, server, uri, raw, duration, fault)


async def prompt_result(raw: dict[str, Any], duration: float, fault: str = "") -> PromptResult:
    """The result of `prompts/get` with its pictures; see `tool_result`."""
    if _is_small(raw):
        return read_prompt_result(raw, duration, fault)
    return await in_thread(_whole_prompt_result, raw, duration, fault)


def read_tool_result(raw: dict[str, Any], tool: _Tool | None, duration: float, fault: str = "") -> ToolResult:
    """The result of `tools/call`, without pictures."""
    faults = Faults()
    if not isinstance(raw, dict):
        faults.add("the result is not an object")
        return ToolResult(
            (UnknownBlock("", json_text(raw, "result", faults)),), faults=faults.lines, duration=duration
        )
    _check_complete(raw, faults)
    is_error = _is_error(raw, faults)
    return ToolResult(
        blocks=tuple(read_block(*each) for each in _listed(raw, "content", faults)),
        structured=_structured(raw, tool, is_error, faults),
        is_error=is_error,
        faults=_lines(faults, fault),
        raw=raw,
        duration=duration,
    )


def read_resource_result(
    server: str, uri: str, raw: dict[str, Any], duration: float, fault: str = ""
) -> ResourceResult:
    """The result of `resources/read`, without pictures; `uri` is the one that was asked for."""
    faults = Faults()
    if not isinstance(raw, dict):
        contents = (read_contents(raw, "result", faults, uri),)
        return ResourceResult(server, printable(uri), contents, faults=faults.lines, duration=duration)
    _check_complete(raw, faults)
    return ResourceResult(
        server=server,
        uri=printable(uri),
        contents=tuple(read_contents(*each, uri) for each in _listed(raw, "contents", faults)),
        faults=_lines(faults, fault),
        raw=raw,
        duration=duration,
    )


def read_prompt_result(raw: dict[str, Any], duration: float, fault: str = "") -> PromptResult:
    """The result of `prompts/get`, without pictures."""
    faults = Faults()
    if not isinstance(raw, dict):
        faults.add("the result is not an object")
        message = PromptMessage("", UnknownBlock("", json_text(raw, "result", faults)))
        return PromptResult(messages=(message,), faults=faults.lines, duration=duration)
    _check_complete(raw, faults)
    description = raw.get("description")
    if description is not None and not isinstance(description, str):
        faults.add("description is not a string")
    messages = [message for each in _listed(raw, "messages", faults) for message in _messages(*each)]
    return PromptResult(
        description=printable(description) if isinstance(description, str) else "",
        messages=tuple(messages),
        faults=_lines(faults, fault),
        raw=raw,
        duration=duration,
    )


def _listed(raw: dict[str, Any], name: str, faults: Faults) -> list[tuple[Any, str, Faults]]:
    """The items of a list that must be there, each with its place; what is no list is one item."""
    value = raw.get(name)
    if isinstance(value, list):
        if len(value) > _MOST_ITEMS:
            faults.add(
                f"{name} has {len(value)} items: the first {_MOST_ITEMS} are shown, the raw JSON has them all"
            )
        return [(item, f"{name}[{index}]", faults) for index, item in enumerate(value[:_MOST_ITEMS])]
    if value is None:
        faults.add(f"{name} is missing")
        return []
    faults.add(f"{name} is not a list")
    return [(value, name, faults)]


def _messages(raw: Any, where: str, faults: Faults) -> list[PromptMessage]:
    """One message; two and more where a server puts a list in place of one block."""
    if not isinstance(raw, dict):
        faults.add(f"{where}: not an object")
        return [PromptMessage("", UnknownBlock("", json_text(raw, where, faults)))]
    role = raw.get("role")
    if role not in ("user", "assistant"):
        faults.add(f"{where}: role is neither 'user' nor 'assistant'")
    shown = one_line(role, 40) if isinstance(role, str) else ""
    content = raw.get("content")
    if isinstance(content, str):
        faults.add(f"{where}: content is a string, not a block")
        return [PromptMessage(shown, TextBlock(printable(content)))]
    if isinstance(content, list):
        faults.add(f"{where}: content is a list, not a block")
        return [
            PromptMessage(shown, read_block(item, f"{where}.content[{index}]", faults))
            for index, item in enumerate(content)
        ]
    return [PromptMessage(shown, read_block(content, f"{where}.content", faults))]


def _structured(raw: dict[str, Any], tool: _Tool | None, is_error: bool, faults: Faults) -> str | None:
    """`structuredContent` as JSON, checked where the tool says what it must be.

    Any JSON value since 2026-07-28. A null counts only where a schema was declared: without one
    it is how some servers say that there is none.
    """
    schema = None if tool is None else tool.output_schema
    value = raw.get("structuredContent")
    if "structuredContent" not in raw or (value is None and schema is None):
        if schema is not None and not is_error:
            faults.add("structuredContent is missing, though the tool declares an output schema")
        return None
    if schema is not None and not is_error:
        for fault in misfits(value, schema):
            faults.add(fault)
    return json_text(value, "structuredContent", faults)


def _is_error(raw: dict[str, Any], faults: Faults) -> bool:
    value = raw.get("isError")
    if value is not None and not isinstance(value, bool):
        faults.add("isError is neither true nor false")
    return value is True


def _check_complete(raw: dict[str, Any], faults: Faults) -> None:
    kind = raw.get("resultType", "complete")
    if kind != "complete":
        shown = repr(one_line(kind, 60)) if isinstance(kind, str) else "not a string"
        faults.add(f"resultType is {shown}: not a final result")


def _lines(faults: Faults, fault: str) -> tuple[str, ...]:
    """Our own faults; another's only when we found none, for it says the same in other words."""
    if fault and not faults.lines:
        faults.add(fault)
    return faults.lines


def _is_small(raw: Any) -> bool:
    """Whether a result is read in well under a millisecond: few values, short texts, no bytes."""
    waiting, values, characters = [raw], 0, 0
    while waiting:
        value = waiting.pop()
        values += 1
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, dict):
            if "data" in value or "blob" in value:
                return False
            waiting.extend(islice(value.values(), _SMALL_VALUES))
        elif isinstance(value, list):
            waiting.extend(value[:_SMALL_VALUES])
        if values + len(waiting) > _SMALL_VALUES or characters > _SMALL_TEXT:
            return False
    return True


# With pictures: in a thread.


def _whole_tool_result(raw: dict[str, Any], tool: _Tool | None, duration: float, fault: str) -> ToolResult:
    result = read_tool_result(raw, tool, duration, fault)
    pictures, blocks = _pictures(result.blocks)
    return replace(result, pictures=pictures, blocks=tuple(blocks))


def _whole_resource_result(
    server: str, uri: str, raw: dict[str, Any], duration: float, fault: str
) -> ResourceResult:
    result = read_resource_result(server, uri, raw, duration, fault)
    pictures, contents = _pictures(result.contents)
    return replace(result, pictures=pictures, contents=tuple(contents))


def _whole_prompt_result(raw: dict[str, Any], duration: float, fault: str) -> PromptResult:
    result = read_prompt_result(raw, duration, fault)
    pictures, blocks = _pictures([message.block for message in result.messages])
    messages = [replace(message, block=block) for message, block in zip(result.messages, blocks, strict=True)]
    return replace(result, pictures=pictures, messages=tuple(messages))


def _pictures(blocks: Sequence[_B]) -> tuple[tuple[Picture, ...], list[_B]]:
    """The pictures, and the blocks with the reason added to those that are none."""
    pictures, refused = decode_all(blocks)
    changed = list(blocks)
    for index, reason in refused.items():
        block = changed[index]
        if isinstance(block, ImageBlock | EmbeddedResource):
            changed[index] = replace(block, problem=reason)
    return pictures, changed

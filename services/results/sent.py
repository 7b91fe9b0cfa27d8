"""Blocks beside what they were on the wire: the text as it was sent, and what is said of a block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.results.content import (
    EmbeddedResource,
    PromptResult,
    ResourceLink,
    ResourceResult,
    TextBlock,
    ToolResult,
)
from services.text import one_line, printable

if TYPE_CHECKING:
    from services.results.content import Block

__all__ = ("Result", "harmless", "items", "remark", "result_text", "result_value", "sent_text")

Result = ToolResult | ResourceResult | PromptResult

_MOST_NAMES: Final = 4
_MEMBERS: Final = {ToolResult: "content", ResourceResult: "contents", PromptResult: "messages"}


def items(result: Result) -> list[tuple[Block, Any]]:
    """The blocks of a result, each with what it was on the wire where that is known."""
    blocks: tuple[Block, ...]
    match result:
        case ToolResult():
            blocks = result.blocks
        case ResourceResult():
            blocks = result.contents
        case PromptResult():
            blocks = tuple(message.block for message in result.messages)
    raws = result.raw.get(_MEMBERS[type(result)])
    if not isinstance(raws, list) or len(raws) != len(blocks):
        return [(block, None) for block in blocks]
    return list(zip(blocks, raws, strict=True))


def sent_text(block: TextBlock | EmbeddedResource, raw: Any) -> str:
    """The text of a block as it stood on the wire."""
    raw = _block(raw)
    if isinstance(raw, dict) and isinstance(raw.get("resource"), dict):
        raw = raw["resource"]
    text = raw.get("text") if isinstance(raw, dict) else None
    return text if isinstance(text, str) else block.text or ""


def result_text(result: Result) -> str:
    """What a result says, for the clipboard: its texts as they were sent, else its structured content.

    A text with characters that could act where it is pasted comes without them. Empty for pictures and
    the like.
    """
    from services.results.repeated import repeats

    said: list[str] = []
    for block, raw in items(result):
        match block:
            case TextBlock() | EmbeddedResource(text=str()):
                said.append(harmless(sent_text(block, raw)))
            case ResourceLink(uri=uri):
                said.append(uri)
            case _:
                pass
    if isinstance(result, ToolResult) and result.structured is not None:
        if not said:
            return result.structured
        if not repeats(said, result.raw.get("structuredContent")):
            said.append(result.structured)
    return "\n".join(said)


def result_value(result: Result) -> Any:
    """What a result brought back as one JSON value, else what it says as a text: for a thread."""
    from services.results.repeated import parsed

    if isinstance(result, ToolResult) and result.structured is not None:
        return result.raw.get("structuredContent")
    texts = [text for block, raw in items(result) if (text := _own_text(block, raw)) is not None]
    value = parsed(texts[0]) if len(texts) == 1 else ...
    return value if isinstance(value, dict | list) else printable(result_text(result))


def _own_text(block: Block, raw: Any) -> str | None:
    if isinstance(block, TextBlock | EmbeddedResource) and block.text is not None:
        return sent_text(block, raw)
    return None


def remark(raw: Any) -> str:
    """What annotations, icons and `_meta` of a block say, in a few words; empty where there are none.

    Source: specification, schema `Annotations` and `Icon`.
    """
    raw = _block(raw)
    if not isinstance(raw, dict):
        return ""
    annotations = raw.get("annotations")
    words = list(_annotations(annotations)) if isinstance(annotations, dict) else []
    icons = raw.get("icons")
    if isinstance(icons, list) and icons:
        words.append(f"{len(icons)} icon{'s' * (len(icons) != 1)}")
    meta = raw.get("_meta")
    if isinstance(meta, dict) and meta:
        names = [one_line(str(name), 40) for name in list(meta)[:_MOST_NAMES]]
        words.append(f"_meta {', '.join(names)}{', …' if len(meta) > _MOST_NAMES else ''}")
    return " · ".join(words)


def _annotations(annotations: dict[str, Any]) -> list[str]:
    words: list[str] = []
    audience = annotations.get("audience")
    if isinstance(audience, list) and audience and all(isinstance(who, str) for who in audience):
        words.append(f"for {' and '.join(one_line(who, 20) for who in audience[:_MOST_NAMES])}")
    priority = annotations.get("priority")
    if isinstance(priority, int | float) and not isinstance(priority, bool):
        words.append(f"priority {priority:g}")
    modified = annotations.get("lastModified")
    if isinstance(modified, str) and modified:
        words.append(f"modified {one_line(modified, 40)}")
    return words


def _block(raw: Any) -> Any:
    """The block itself, out of a message of a prompt."""
    is_message = isinstance(raw, dict) and "role" in raw and isinstance(raw.get("content"), dict)
    return raw["content"] if is_message else raw


def harmless(text: str) -> str:
    """A text for the clipboard: as it is, unless something in it could act where it is pasted."""
    shown = printable(text)
    return text if shown == text.replace("\t", "    ").replace("\r\n", "\n") else shown

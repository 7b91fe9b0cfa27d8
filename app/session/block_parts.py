"""What came back from servers, block by block, as parts of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.amounts import byte_size
from services.text import one_line
from widgets.history.cells import JsonPart, LinkPart, MarkdownPart, NotePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.results.content import Block, EmbeddedResource, PromptResult, ResourceResult, ToolResult

    PictureOf = Callable[[int], Part | None]
    """The picture of the block at a place, as a part."""

__all__ = ("fault_parts", "is_large", "prompt_parts", "resource_parts", "tool_parts")

_LARGE: Final = 20_000
"""Characters of a result whose parts are made in a thread."""
_A_BLOCK: Final = 500
_LONGEST_MARKDOWN: Final = 100_000
_SAVES: Final = "s saves, o opens"
_ONLY_SAVES: Final = "s saves"


def is_large(result: Any) -> bool:
    """Whether making the parts of a result would hold up the screen."""
    from services.results.sent import items

    texts = [getattr(block, "text", None) or getattr(block, "json", "") for block, _ in items(result)]
    size = sum(len(text or "") for text in texts) + len(getattr(result, "structured", None) or "")
    return size + _A_BLOCK * len(texts) > _LARGE


def tool_parts(result: ToolResult, picture: PictureOf) -> list[Part]:
    """A tool's answer: every block, the structured content once, and what is wrong with it."""
    from services.results.content import TextBlock
    from services.results.repeated import repeats
    from services.results.sent import items, sent_text

    blocks = items(result)
    texts = {
        place: sent_text(block, raw)
        for place, (block, raw) in enumerate(blocks)
        if isinstance(block, TextBlock)
    }
    same: set[int] = set()
    if result.structured is not None and texts:
        places = list(texts)
        same = {places[at] for at in repeats(list(texts.values()), result.raw.get("structuredContent"))}
    as_text = _is_one_text(result, same, texts)
    parts: list[Part] = []
    for place, (block, raw) in enumerate(blocks):
        if place not in same or as_text:
            parts += _block_parts(block, raw, picture(place))
    if as_text:
        parts.append(NotePart("the structured content is the same text"))
    elif result.structured is not None:
        parts += _structured_parts(result, len(same), headed=len(blocks) > len(same))
    return [*parts, *fault_parts(result)]


def _is_one_text(result: ToolResult, same: set[int], texts: dict[int, str]) -> bool:
    """Whether the structured content is nothing but a text in a wrapper: it reads better as the text."""
    structured = result.raw.get("structuredContent")
    return (
        bool(same) and isinstance(structured, dict) and structured.get("result") == next(iter(texts.values()))
    )


def _structured_parts(result: ToolResult, same: int, *, headed: bool) -> list[Part]:
    parts: list[Part] = [TextPart("structured content", "heading")] if headed else []
    parts.append(JsonPart(_json(result.raw.get("structuredContent"), result.structured or "")))
    if same:
        parts.append(
            NotePart("the text is the same JSON" if same == 1 else f"the {same} texts are the same JSON")
        )
    return parts


def resource_parts(result: ResourceResult, picture: PictureOf) -> list[Part]:
    """What a resource contains, and what is wrong with it."""
    from services.results.sent import items

    parts = [
        part
        for place, (block, raw) in enumerate(items(result))
        for part in _block_parts(block, raw, picture(place))
    ]
    return [*parts, *fault_parts(result)]


def prompt_parts(result: PromptResult, picture: PictureOf) -> list[Part]:
    """The messages of a prompt, each under its role."""
    from services.results.sent import items

    parts: list[Part] = [TextPart(result.description, "dim")] if result.description else []
    for place, (message, (block, raw)) in enumerate(zip(result.messages, items(result), strict=True)):
        parts.append(TextPart(one_line(message.role, 40), "heading"))
        parts += _block_parts(block, raw, picture(place))
    return [*parts, *fault_parts(result)]


def fault_parts(result: Any) -> list[Part]:
    """What is wrong with a result, one remark each."""
    return [NotePart(fault, "warning") for fault in result.faults]


# One block.


def _block_parts(block: Block, raw: Any, picture: Part | None) -> list[Part]:
    from services.results.sent import remark

    parts = [picture] if picture is not None else _plain_parts(block)
    return [*parts, NotePart(said)] if (said := remark(raw)) else parts


def _plain_parts(block: Block) -> list[Part]:
    """A block without a picture."""
    from services.results import content as c

    match block:
        case c.TextBlock(text):
            return [_text_part(text)] if text else [NotePart("an empty text")]
        case c.ImageBlock():
            return [_undrawn(block)]
        case c.AudioBlock():
            if block.problem:
                return [NotePart(f"audio {block.mime_type or '?'}: {block.problem}", "warning")]
            return [
                NotePart(f"audio  {_kind(block)} · {byte_size(len(block.data))} · {_ways(block)}", "plain")
            ]
        case c.ResourceLink():
            size = f" · {byte_size(block.size)}" if block.size is not None else ""
            about = " · ".join(filter(None, (block.description, block.mime_type))) + size
            return [LinkPart(block.uri, block.title or block.name, one_line(about))]
        case c.EmbeddedResource():
            return _embedded(block)
        case c.UnknownBlock(type, text):
            return [NotePart(f"a block of type {one_line(type, 60)}"), JsonPart(text)]


def _text_part(text: str, mime_type: str = "") -> Part:
    """A text as what it is: JSON, Markdown, or itself."""
    from services.results.folded import folded_text
    from services.results.markdown import looks_like_markdown
    from services.results.repeated import parsed

    essence = mime_type.partition(";")[0].strip().lower()
    if essence in ("", "text/plain") or "json" in essence:
        value = parsed(text)
        if isinstance(value, dict | list) and value:
            return JsonPart(_json(value, text))
        if "json" in essence:
            return JsonPart(folded_text(text))
    shown = folded_text(text)
    is_markdown = essence == "text/markdown" or (essence in ("", "text/plain") and looks_like_markdown(shown))
    if is_markdown and len(shown) <= _LONGEST_MARKDOWN:
        from widgets.views.markdown_blocks import markdown_blocks

        return MarkdownPart(markdown_blocks(shown))
    return TextPart(shown)


def _json(value: Any, otherwise: str) -> str:
    """A value as indented JSON with its base64 folded; what it was indented to before where there is none."""
    from services.results.folded import folded
    from services.results.indented import indented

    try:
        shown = folded(value)
        return otherwise if shown is value and "\n" in otherwise else indented(shown)
    except RecursionError:
        return otherwise


def _undrawn(block: Any) -> NotePart:
    from services.results.kinds import kind_of

    kind = kind_of(block.data)
    if kind is not None and kind.name == "SVG":
        size = byte_size(len(block.data))
        return NotePart(f"image  SVG · {size} · a drawing that no terminal shows · {_ONLY_SAVES}", "plain")
    why = f": {block.problem}" if block.problem else ""
    return NotePart(f"image  {block.mime_type or 'type unknown'} · cannot be shown{why}", "warning")


def _kind(block: Any) -> str:
    """What the bytes are: what the server says, else what the first of them tell."""
    from services.results.kinds import kind_of

    kind = kind_of(block.data or b"") if not block.mime_type else None
    return kind.mime_type if kind is not None else str(block.mime_type)


def _ways(block: Any) -> str:
    """The keys that take the bytes elsewhere: what may run something is only saved."""
    from services.results.kinds import kind_of, suffix_for
    from services.results.opening import refusal

    kind = kind_of(block.data or b"")
    suffix = kind.suffix if kind is not None else suffix_for(block.mime_type)
    return _ONLY_SAVES if refusal(f"name{suffix}", block.data or b"") else _SAVES


def _embedded(block: EmbeddedResource) -> list[Part]:
    about = "  ".join(filter(None, (one_line(block.uri, 200), _kind(block))))
    if block.problem and not _is_svg(block):
        return [NotePart(f"{about}: {block.problem}", "warning")]
    if block.is_app:
        return [NotePart(f"{about} · page of an MCP App, {byte_size(block.size)} · {_ONLY_SAVES}", "plain")]
    if block.text is not None:
        return [NotePart(about), _text_part(block.text, block.mime_type)]
    return [NotePart(f"{about} · {byte_size(len(block.data or b''))} · {_ways(block)}", "plain")]


def _is_svg(block: EmbeddedResource) -> bool:
    from services.results.kinds import kind_of

    kind = kind_of(block.data or b"")
    return kind is not None and kind.name == "SVG"

"""Content to and fro: what a person says in an editor, and what tools bring back."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Annotated, Any, Final

from acp import schema
from pydantic import Field, TypeAdapter, ValidationError

from services.amounts import byte_size
from services.errors import InvalidArguments
from services.json_size import json_size
from services.model.answers import IMAGE_TYPES, Image, bounded
from services.model.attaching import resource_content
from services.results.kinds import kind_of
from services.text import one_line, printable
from services.threads.items import ImageInput, TextInput
from services.threads.pictures import picture_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from services.model.place import Place
    from services.threads.items import Input, McpToolCall

    Block = (
        schema.TextContentBlock
        | schema.ImageContentBlock
        | schema.AudioContentBlock
        | schema.ResourceContentBlock
        | schema.EmbeddedResourceContentBlock
    )
    ReadFile = Callable[[str], Awaitable[str | None]]

__all__ = ("outcome", "said", "shown", "text_block")

_LIMIT: Final = 20_000
"""Tokens of one embedded resource that the model is given; the rest is in a file."""
_MOST: Final = 16 << 20
"""Characters of JSON of one result that an editor is sent; of a larger one it has what the model has."""
_BYTES: Final = ("data", "blob")
"""Keys of base64."""
_LINK_KEYS: Final = ("uri", "name", "title", "description", "mime_type", "size")
_BLOCKS: Final[TypeAdapter[Any]] = TypeAdapter(
    Annotated[
        schema.TextContentBlock
        | schema.ImageContentBlock
        | schema.AudioContentBlock
        | schema.ResourceContentBlock
        | schema.EmbeddedResourceContentBlock,
        Field(discriminator="type"),
    ]
)


# What a person says.


async def said(blocks: Sequence[Block], place: Place, read: ReadFile) -> list[str | Image]:
    """What the model is told, in the order it was said; `read` has the text of a file, where it can be had.

    Raises InvalidArguments, JackfieldError.
    """
    content: list[str | Image] = []
    for block in blocks:
        match block:
            case schema.TextContentBlock():
                content.append(block.text)
            case schema.ImageContentBlock():
                content.append(picture_in(block.data))
            case schema.ResourceContentBlock():
                content += await _linked(block, place, read)
            case schema.EmbeddedResourceContentBlock():
                content.append(await _embedded(block.resource, place.folder))
            case _:
                raise InvalidArguments("audio is not supported", hint="Text, images and resources are.")
    return content


def shown(blocks: Sequence[Block]) -> list[Input]:
    """The same as it is kept: what is attached goes by its name."""
    found: list[Input] = []
    for block in blocks:
        match block:
            case schema.TextContentBlock():
                found.append(TextInput(type="text", text=block.text))
            case schema.ImageContentBlock():
                url = f"data:{block.mime_type};base64,{block.data}"
                found.append(ImageInput(type="image", url=url))
            case schema.ResourceContentBlock():
                found.append(TextInput(type="text", text=f"[{block.name}]({block.uri})"))
            case schema.EmbeddedResourceContentBlock():
                uri = block.resource.uri
                name = uri.rstrip("/").rpartition("/")[2] or uri
                found.append(TextInput(type="text", text=f"[{name}]({uri})"))
    return found


async def _linked(block: schema.ResourceContentBlock, place: Place, read: ReadFile) -> Sequence[str | Image]:
    """A resource of a server is read, and a file by the editor; of any other it is said where it is."""
    manager = place.manager
    for server in manager.ready:
        if any(one.raw_uri == block.uri for one in manager.catalog(server).resources):
            return await resource_content(place, server, block.uri)
    if (text := await read(block.uri)) is not None:
        return (await _attached(block.uri, text, place.folder),)
    told = {key: value for key in _LINK_KEYS if (value := getattr(block, key)) is not None}
    return (f"[resource link: {json.dumps(told, ensure_ascii=False)}]",)


async def _embedded(
    resource: schema.TextResourceContents | schema.BlobResourceContents, folder: Path
) -> str | Image:
    if isinstance(resource, schema.TextResourceContents):
        return await _attached(resource.uri, resource.text, folder)
    try:
        data = base64.b64decode(resource.blob, validate=True)
    except binascii.Error as error:
        raise InvalidArguments(f"{one_line(resource.uri, 200)} is not base64") from error
    kind = kind_of(data)
    if kind is not None and kind.mime_type in IMAGE_TYPES:
        return Image(kind.mime_type, data)
    what = resource.mime_type or "binary"
    return f"[resource {resource.uri}: {what}, {byte_size(len(data))}, which a model cannot read]"


async def _attached(uri: str, text: str, folder: Path) -> str:
    text, _ = await bounded(text, folder, "attached", _LIMIT)
    return f"[resource {uri}]\n{text}"


# What tools bring back.


def text_block(text: str) -> schema.TextContentBlock:
    """A text."""
    return schema.TextContentBlock(type="text", text=text)


def outcome(call: McpToolCall) -> list[schema.ContentToolCallContent]:
    """What a call that ended brought back, pictures as pictures; without a result why there is none."""
    content = call.result.content if call.result is not None else []
    small = json_size(content, _MOST) <= _MOST
    blocks = [found for one in content if (found := _block(one)) is not None] if small else []
    if not blocks:
        said = call.error.message if call.error is not None else call.answer or ""
        blocks = [_shown(text_block(printable(said)))] if said else []
    return blocks


def _block(raw: Any) -> schema.ContentToolCallContent | None:
    """A block as MCP has it, which is how ACP has it too; None for one that it does not know."""
    try:
        return _shown(_BLOCKS.validate_python(_printable(raw)))
    except ValidationError:
        return None


def _shown(block: Block) -> schema.ContentToolCallContent:
    return schema.ContentToolCallContent(type="content", content=block)


def _printable(value: Any) -> Any:
    """The value with every text printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printable(one) for one in value]
    if isinstance(value, dict):
        return {str(key): one if key in _BYTES else _printable(one) for key, one in value.items()}
    return value

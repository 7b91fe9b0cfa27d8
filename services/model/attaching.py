"""What a person puts beside a text for the model: a resource (`@server:uri`), a prompt's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.model.answers import answer_of
from services.results.content import ToolResult
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.model.answers import Answer, Image
    from services.model.place import Place
    from services.results.content import Block
    from services.results.pictures import Picture

__all__ = ("prompt_content", "resource_content")

_LIMIT = 20_000
"""Tokens of one attachment; the rest is in a file, as with results."""


async def resource_content(
    place: Place, server: str, uri: str, limit: int = _LIMIT
) -> tuple[str | Image, ...]:
    """A resource, read now, for `Conversation.ask`. Raises JackfieldError."""
    result = await place.manager.read_resource(server, uri)
    raws = result.raw.get("contents")
    raw = [{"resource": each} for each in raws] if isinstance(raws, list) else []
    answer = await _answer(place, result.contents, result.pictures, raw, server, limit)
    return (f"[resource of the server {one_line(server, 80)}]\n{answer.text}", *answer.images)


async def prompt_content(
    place: Place, server: str, name: str, arguments: Mapping[str, str], limit: int = _LIMIT
) -> tuple[str | Image, ...]:
    """A prompt's messages, got now, for `Conversation.ask`. Raises JackfieldError.

    What the prompt has the model say is marked as such: a conversation is what was really said.
    """
    result = await place.manager.get_prompt(server, name, arguments)
    raws = result.raw.get("messages")
    raws = raws if isinstance(raws, list) and len(raws) == len(result.messages) else []
    content: list[str | Image] = []
    for index, message in enumerate(result.messages):
        raw = raws[index].get("content") if raws and isinstance(raws[index], dict) else None
        pictures = tuple(picture for picture in result.pictures if picture.block_index == index)
        answer = await _answer(place, (message.block,), _first(pictures), [raw], server, limit)
        said = f"[an answer that the prompt gives as an example]\n{answer.text}"
        content += [said if message.role == "assistant" else answer.text, *answer.images]
    return tuple(content)


async def _answer(
    place: Place,
    blocks: tuple[Block, ...],
    pictures: tuple[Picture, ...],
    raw: list[Any],
    server: str,
    limit: int,
) -> Answer:
    result = ToolResult(blocks, pictures=pictures, raw={"content": raw})
    return await answer_of(result, place.folder, f"{server}-attached", limit)


def _first(pictures: tuple[Picture, ...]) -> tuple[Picture, ...]:
    """The pictures as those of the first and only block."""
    from dataclasses import replace

    return tuple(replace(picture, block_index=0) for picture in pictures)

"""Resources and prompts of servers as what a model is given: texts and pictures, other bytes as files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.model.answers import answer_of
from services.results.content import ToolResult
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from services.model.answers import Image
    from services.results.content import PromptResult, ResourceResult

__all__ = ("as_tool_result", "of_prompt", "of_resource")


def as_tool_result(read: ResourceResult) -> ToolResult:
    """A resource that was read, as if a tool had returned it."""
    raws = read.raw.get("contents")
    wrapped = [{"type": "resource", "resource": raw} for raw in raws] if isinstance(raws, list) else []
    return ToolResult(
        blocks=read.contents,
        faults=read.faults,
        pictures=read.pictures,
        raw={"content": wrapped},
        duration=read.duration,
    )


async def of_resource(read: ResourceResult, folder: Path, limit: int) -> Sequence[str | Image]:
    """What `@server:uri` puts into a question: the resource, marked as data with where it is from.

    Text of more than `limit` tokens, and bytes that no model reads, go into files of the folder.
    """
    answer = await answer_of(as_tool_result(read), folder, f"{read.server}-resource", limit)
    head = f'<resource server="{one_line(read.server, 80)}" uri="{one_line(read.uri, 500)}">'
    return (f"{head}\n{answer.text}\n</resource>", *answer.images)


async def of_prompt(prompt: PromptResult, folder: Path, limit: int) -> Sequence[str | Image]:
    """What `/server:prompt` puts into a question: its messages in their order, as one question.

    Those that speak for the model are marked as such; bounds are those of `of_resource`.
    """
    parts: list[str | Image] = []
    pictures = {picture.block_index: replace(picture, block_index=0) for picture in prompt.pictures}
    raws = prompt.raw.get("messages")
    raws = raws if isinstance(raws, list) and len(raws) == len(prompt.messages) else []
    for index, message in enumerate(prompt.messages):
        raw = raws[index].get("content") if raws and isinstance(raws[index], dict) else None
        result = ToolResult(
            blocks=(message.block,),
            pictures=(pictures[index],) if index in pictures else (),
            raw={"content": [raw]} if raw is not None else {},
        )
        answer = await answer_of(result, folder, "prompt", limit)
        parts.append(
            answer.text if message.role == "user" else f"({one_line(message.role, 40)}:) {answer.text}"
        )
        parts.extend(answer.images)
    return tuple(parts)

"""The life of a running cell: progress, and at its end what came back or why nothing did."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from app.session.block_parts import is_large, prompt_parts, resource_parts, tool_parts
from app.session.skill_parts import file_links, skill_parts
from services.amounts import seconds_text
from services.errors import ServerError
from widgets.history.cells import NotePart, Part, PicturePart, TextPart
from widgets.remedies import advice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.worker import Worker

    from app.session.block_parts import PictureOf
    from app.session.cell_source import Source
    from app.session.transcript import Transcript
    from services.connections.calls import Progress
    from services.errors import JackfieldError
    from services.results.content import PromptResult, ResourceResult, ToolResult
    from services.skills.entries import SkillContent, SkillFile
    from widgets.history.cells import Cell, Kind, Tone

__all__ = ("RunningCell",)


class RunningCell:
    """A call under way: its cell, its source, and the worker that can be cancelled."""

    def __init__(self, transcript: Transcript, cell: Cell, source: Source, done: Kind = "done") -> None:
        self._transcript = transcript
        self._cell = cell
        self._done: Kind = done
        self._heading = "tool result (image output)" if done == "done" else "image"
        self.source = source
        self.worker: Worker[None] | None = None
        self.stop: Callable[[], bool] | None = None
        """Ends what the call belongs to, where it has no worker of its own."""
        self.id = transcript.add(cell, source)
        transcript.running[self.id] = self
        transcript.running_changed()

    def cancel(self) -> bool:
        """Cancel the call at the server; False when it has ended already."""
        if self.stop is not None:
            return self.stop()
        if self.worker is None or self.worker.is_finished:
            return False
        self.worker.cancel()
        return True

    def progress(self, news: Progress) -> None:
        """A progress message came."""
        self._put(progress=news)

    def say(self, text: str) -> None:
        """How it stands, in one line below its head."""
        self._put(parts=(NotePart(text),))

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.id in self._transcript.running

    def cancelled(self) -> None:
        """The person cancelled it."""
        self._end("cancelled", ())

    def fail(self, error: JackfieldError) -> None:
        """It failed: why, and what to do next."""
        parts: list[Part] = [TextPart(error.message, "error")]
        if isinstance(error, ServerError):
            self.source.raw = {"code": error.code, "message": error.message, "data": error.data}
        beside = error.facts if isinstance(error, ServerError) else (error.detail,)
        parts += [TextPart(text, "dim") for text in beside if text]
        if then := advice(error.hint, error.remedy):
            parts.append(NotePart(then))
        self._end("failed", tuple(parts))

    async def show_tool_result(self, result: ToolResult, *more: Part, failed: bool | None = None) -> None:
        """The answer of a tool: every block, the structured content, what is wrong with it, and `more`.

        `failed` says whether the cell is one that failed; without it that is as the tool reports it.
        """
        self.source.result, self.source.raw = result, result.raw
        parts = [*await self._parts(tool_parts, result), *more] or [NotePart("an empty result")]
        failed = result.is_error if failed is None else failed
        self._end("failed" if failed else self._done, tuple(parts), seconds_text(result.duration))

    async def show_resource(self, result: ResourceResult) -> None:
        """What a resource contains."""
        self.source.result, self.source.raw = result, result.raw
        parts = await self._parts(resource_parts, result) or [NotePart("the resource is empty")]
        self._end(self._done, tuple(parts), seconds_text(result.duration))

    async def show_skill(self, content: SkillContent) -> None:
        """A file of a skill; with its SKILL.md go the names of the others."""
        self.source.result, self.source.raw = content.result, content.result.raw
        has_text = content.text is not None
        parts = skill_parts(content) if has_text else await self._parts(resource_parts, content.result)
        self._end(self._done, tuple(parts), seconds_text(content.result.duration))

    def show_files(self, files: Sequence[SkillFile]) -> None:
        """What is in a directory of a skill."""
        self._end(self._done, tuple(file_links(files)) or (NotePart("an empty directory"),))

    async def show_prompt(self, result: PromptResult) -> None:
        """The messages of a prompt, each under its role."""
        self.source.result, self.source.raw = result, result.raw
        parts = await self._parts(prompt_parts, result) or [NotePart("a prompt without messages")]
        self._end(self._done, tuple(parts), seconds_text(result.duration))

    def show_text(self, kind: Kind, text: str, style: Tone = "plain") -> None:
        """It ended, and a text of ours says how."""
        self._end(kind, (TextPart(text, style),) if text else ())

    async def _parts(self, make: Callable[[Any, PictureOf], list[Part]], result: Any) -> list[Part]:
        """The parts of a result; of a large one they are made in a thread."""
        picture = partial(self._picture, result)
        return await asyncio.to_thread(make, result, picture) if is_large(result) else make(result, picture)

    def _picture(self, result: Any, index: int) -> Part | None:
        picture = next((p for p in result.pictures if p.block_index == index), None)
        if picture is None:
            return None
        first = picture is result.pictures[0]
        heading = "another picture" if not first else self._heading
        return PicturePart(picture, heading, drawn=first and self._transcript.images)

    def _end(self, kind: Kind, parts: tuple[Part, ...], right: str = "") -> None:
        self._transcript.running.pop(self.id, None)
        self._transcript.running_changed()
        self._put(kind=kind, parts=parts, progress=None, right=right or self._elapsed())

    def _elapsed(self) -> str:
        started = self._cell.started
        return "" if started is None else seconds_text(self._transcript.clock() - started)

    def _put(self, **changes: Any) -> None:
        self._cell = replace(self._cell, **changes)
        self._transcript.replace(self.id, self._cell)

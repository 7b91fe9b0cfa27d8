"""Writing the history: from values of the service layer to cells, and a running cell's life."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from app.session.block_parts import is_large, prompt_parts, resource_parts, tool_parts
from app.session.skill_parts import file_links, skill_parts
from services.amounts import seconds_text
from services.arguments.shell import ShellReach
from services.errors import ServerError
from services.text import one_line, printable
from widgets.history.cells import (
    Cell,
    NotePart,
    Part,
    PicturePart,
    TextPart,
)
from widgets.remedies import advice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from textual.worker import Worker

    from app.session.block_parts import PictureOf
    from services.connections.calls import Progress
    from services.errors import JackfieldError
    from services.results.content import PromptResult, ResourceResult, ToolResult
    from services.skills.entries import SkillContent, SkillFile
    from services.tasks.task import Task
    from widgets.history.cells import Kind, Tone
    from widgets.history.history import History

__all__ = ("RunningCell", "Source", "Transcript", "shown_arguments")


class Source:
    """Where a cell came from: what calls it again, and what it brought back whole."""

    __slots__ = ("again", "call", "copied", "open", "raw", "result", "server", "shell", "stem")

    def __init__(self, server: str = "", again: str = "", shell: str = "", stem: str = "") -> None:
        self.server = server
        self.again = again
        """The slash command that does the same again."""
        self.shell = shell
        """The same as a command for a shell; empty where there is none."""
        self.stem = stem
        """What saved files are called."""
        self.call: tuple[str, str, Mapping[str, Any]] | None = None
        """The server, the tool and the arguments, where it is a call that can be kept."""
        self.copied = ""
        """What copying the cell copies, where that is not its text: an address."""
        self.open: Callable[[str], None] | None = None
        """What one of its links opens, where that is no resource to read."""
        self.result: ToolResult | ResourceResult | PromptResult | None = None
        self.raw: Mapping[str, Any] | None = None


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


class Transcript:
    """The history as the app writes it."""

    def __init__(self, history: History, clock: Callable[[], float]) -> None:
        self._history = history
        self.clock = clock
        self.images = True
        self.reach = ShellReach()
        """How a shell reaches the same servers."""
        self.sources: dict[int, Source] = {}
        self.running: dict[int, RunningCell] = {}
        self.on_cell: Callable[[int, Cell, Source | None, bool], None] | None = None
        """Told of every cell that came (True) or changed (False)."""
        self.on_clear: Callable[[], None] | None = None
        self.on_call: Callable[[Cell, Source], None] | None = None
        """Told of every tool call that begins and can be made again."""

    def add(self, cell: Cell, source: Source | None = None) -> int:
        """Append a cell; its number."""
        number = self._history.append(cell)
        if source is not None:
            self.sources[number] = source
            if source.call is not None and self.on_call is not None:
                self.on_call(cell, source)
        if self.on_cell is not None:
            self.on_cell(number, cell, source, True)
        return number

    def replace(self, number: int, cell: Cell) -> None:
        """Put another cell in a cell's place; nothing when the history was cleared meanwhile."""
        try:
            self._history.replace(number, cell)
        except KeyError:
            return
        if self.on_cell is not None:
            self.on_cell(number, cell, self.sources.get(number), False)

    def clear(self, room: int = 0) -> None:
        """Forget everything; `room` is left for cells that are added before the next one."""
        self._history.clear(room)
        if self.on_clear is not None:
            self.on_clear()
        self.sources.clear()
        for cell in list(self.running.values()):
            cell.cancel()
        self.running.clear()
        self.running_changed()

    def running_changed(self) -> None:
        """There is one more or one less to cancel: another key may be on offer."""
        self._history.refresh_bindings()

    def entry(self, text: str) -> None:
        """What the person entered."""
        from app.slash.masking import masked_line

        self.add(Cell("entry", parts=(TextPart(printable(masked_line(text))),)), Source(again=text))
        self._history.action_newest()

    def notice(self, text: str, detail: str = "") -> None:
        self.add(Cell("notice", parts=_lines(text, detail)))

    def warning(self, text: str, detail: str = "") -> None:
        self.add(Cell("warning", parts=_lines(text, detail)))

    def error(self, text: str, detail: str = "") -> None:
        """A failure and, dim below it, what to do next."""
        first, *more = _lines(text, detail)
        self.add(Cell("error", parts=(TextPart(first.text, "error"), *more)))

    def failure(self, error: JackfieldError, what: str = "") -> None:
        """What went wrong, perhaps with what, and what to do about it."""
        said = f"{what}: {error.message}" if what else error.message
        facts = error.facts if isinstance(error, ServerError) else ()
        self.error(said, "\n".join(filter(None, (*facts, advice(error.hint, error.remedy)))))

    def text(self, title: str, lines: Iterable[str]) -> None:
        """A titled text of ours."""
        self.add(Cell("text", name=title, parts=(TextPart("\n".join(lines)),)))

    def listing(self, title: str, groups: Mapping[str, Iterable[tuple[str, str]]]) -> None:
        """Names and what they are, under a heading for each server."""
        parts: list[Part] = []
        total = 0
        for server, rows in groups.items():
            table = list(rows)
            total += len(table)
            width = min(max((len(name) for name, _ in table), default=0), 36)
            parts.append(TextPart(one_line(server, 80), "heading"))
            parts.append(
                TextPart("\n".join(f"{name.ljust(width)}  {about}".rstrip() for name, about in table))
            )
        self.add(Cell("text", name=title, right=str(total), parts=tuple(parts)))

    def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> RunningCell:
        """A tool call begins."""
        source = self.source_of(server, tool, arguments)
        cell = Cell(
            "running", f"{_name(server)}.{_name(tool)}", shown_arguments(arguments), started=self.clock()
        )
        return RunningCell(self, cell, source)

    def source_of(self, server: str, tool: str, arguments: Mapping[str, Any]) -> Source:
        """Where the cell of a tool call comes from; a tool of no server cannot be called again by hand."""
        from services.arguments.words import quote

        if not server:
            return Source(stem=tool)
        again = " ".join(["/call", quote(server), quote(tool), *_words(arguments)])
        source = Source(server, again, self.reach.call(server, tool, arguments), f"{server}-{tool}")
        source.call = (server, tool, arguments)
        return source

    def task(self, task: Task) -> RunningCell:
        """A task that an earlier call became is waited for again."""
        cell = Cell(
            "running",
            f"{_name(task.server)}.{task.tool or 'task'}",
            task.arguments,
            started=self.clock() - max(time.time() - task.created, 0.0),
        )
        return RunningCell(self, cell, Source(task.server, stem=f"{task.server}-{task.tool or 'task'}"))

    def reading(self, server: str, uri: str) -> RunningCell:
        """A resource is being read."""
        from services.arguments.words import quote

        stem = uri.rpartition("/")[2] or server
        source = Source(server, f"/read {quote(server)} {quote(uri)}", self.reach.read(server, uri), stem)
        cell = Cell("running", _name(server), one_line(uri, 300), started=self.clock())
        return RunningCell(self, cell, source, done="resource")

    def opening(self, server: str, skill: str, path: str = "") -> RunningCell:
        """A skill is being opened, or one of its files read."""
        from services.arguments.words import quote

        again = " ".join(["/skills", *(quote(word) for word in (server, skill, path) if word)])
        stem = path.rpartition("/")[2] or f"{skill}-SKILL.md"
        source = Source(server, again, self.reach.skill(server, skill, path), stem)
        detail = one_line(" ".join(filter(None, (skill, path))), 300)
        cell = Cell("running", f"{_name(server)} · skill", detail, started=self.clock())
        return RunningCell(self, cell, source, done="resource")

    def prompting(self, server: str, name: str, arguments: Mapping[str, str]) -> RunningCell:
        """A prompt is being got."""
        from services.arguments.words import quote

        again = " ".join(["/prompt", quote(server), quote(name), *_words(arguments)])
        cell = Cell(
            "running", f"{_name(server)} · {_name(name)}", shown_arguments(arguments), started=self.clock()
        )
        return RunningCell(
            self, cell, Source(server, again, self.reach.prompt(server, name, arguments), name), done="prompt"
        )


def _lines(text: str, detail: str) -> tuple[TextPart, ...]:
    return (TextPart(text), TextPart(detail, "dim")) if detail else (TextPart(text),)


def _name(text: str) -> str:
    return one_line(text, 100)


def _words(arguments: Mapping[str, Any]) -> list[str]:
    if not arguments:
        return []
    from services.numbers import exact_json  # late: the first paint needs none of it

    return [exact_json(dict(arguments), ensure_ascii=False)]


def shown_arguments(arguments: Mapping[str, Any]) -> str:
    """Arguments in one line, for the head of a cell."""
    from services.numbers import exact_json

    return one_line(" ".join(f"{k}={exact_json(v, ensure_ascii=False)}" for k, v in arguments.items()), 2_000)

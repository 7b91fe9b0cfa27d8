"""Saved calls in the session: a call kept by name, the list of them, one or all run again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.session.begun_cells import call_cell
from services.amounts import plural
from services.arguments.words import quote
from services.errors import InvalidArguments, JackfieldError
from services.finder.items import Item
from services.text import one_line
from widgets.history.cells import NotePart, TextPart

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from app.session.context import SessionContext
    from app.session.running_cell import RunningCell
    from services.saved_calls.running import Runner
    from services.saved_calls.values import CallOutcome, CallsFile, SavedCall
    from services.saved_calls.variables import Variables
    from widgets.history.cells import Part

    Chosen = list[tuple[CallsFile, tuple[SavedCall, ...]]]

__all__ = ("KIND", "Saved")

KIND = "saved call"
"""What the finder calls them."""


class Saved:
    """What is kept in `calls.toml` of the project and of the home directory."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._known: tuple[CallsFile, ...] = ()
        """The files as they were read last, for the finder."""

    async def look(self) -> None:
        """Read the files for the finder; what is wrong with them is told where they are used."""
        self._known, _ = await asyncio.to_thread(_read)

    def parts(self) -> Mapping[Hashable, object]:
        """What the finder finds (`services.finder.items.Provider`)."""
        return {file.path: file.calls for file in self._known}

    def items(self, key: Hashable, content: object) -> Iterable[Item]:
        """The saved calls of one file."""
        calls: tuple[SavedCall, ...] = content  # type: ignore[assignment]
        for call in calls:
            yield Item(KIND, call.server, one_line(call.name, 80), call, description=_about(call))

    def names(self) -> Mapping[str, str]:
        """The names of the saved calls, with what each calls."""
        return {call.name: _about(call) for file in reversed(self._known) for call in file.calls}

    def open(self, item: Item) -> None:
        """One was chosen in the finder: Enter runs it."""
        self._context.give_way()
        self._context.fill_composer(f"/saved run {quote(item.name)}")

    def keep(self, server: str, tool: str, arguments: Mapping[str, Any], *, is_error: bool) -> None:
        """Ask for a name, and keep a call under it."""
        from app.session.screens.paste import PasteScreen

        async def write(name: str) -> None:
            try:
                path = await asyncio.to_thread(_keep, name, server, tool, arguments, is_error)
            except JackfieldError as error:
                self._context.transcript.failure(error, "Not kept")
                return
            await self.look()
            told = f"Kept as {one_line(name, 80)} in {one_line(str(path), 300)}"
            self._context.transcript.notice(told, f"/saved run {one_line(name, 80)} runs it again.")

        def named(name: str | None) -> None:
            if name is not None:
                self._context.run(write(name), "saving")

        what = f"{one_line(server, 80)}.{one_line(tool, 80)}"
        about = "Give it a name. jackfield test runs it too; add checks in calls.toml."
        screen = PasteScreen(f"Keep {what}", about, "a name", value=one_line(tool, 80), hidden=False)
        self._context.open(screen, named)

    def show(self) -> None:
        """`/saved`: every saved call, by file."""
        self._context.run(self._show(), "saved calls")

    async def _show(self) -> None:
        files = await self._files()
        groups = {str(file.path): [(call.name, _about(call)) for call in file.calls] for file in files}
        if groups:
            self._context.transcript.listing("Saved calls", groups)
        else:
            self._none()

    def _none(self) -> None:
        self._context.transcript.notice("There are no saved calls.", "k on a call keeps it.")

    def run(self, given: Mapping[str, str]) -> None:
        """`/saved run [NAME]`: one call with those it needs, or all."""
        name = given.get("name", "").strip()

        async def work() -> None:
            try:
                chosen = _chosen(await self._files(), name)
            except JackfieldError as error:
                self._context.transcript.failure(error)
                return
            if any(calls for _, calls in chosen):
                await self._run(chosen)
            else:
                self._none()

        self._context.run(work(), "calls")

    async def _run(self, chosen: Chosen) -> None:
        from services.saved_calls.running import Runner
        from services.saved_calls.variables import Variables

        runner, outcomes = Runner(self._context.connected()), []
        for file, calls in chosen:
            variables = Variables(os.environ)
            outcomes += [await self._run_one(runner, file, call, variables) for call in calls]
        if len(outcomes) > 1:
            passed = sum(outcome.status == "passed" for outcome in outcomes)
            told = f"{passed} of {plural(len(outcomes), 'saved call')} passed"
            tell = (
                self._context.transcript.notice
                if passed == len(outcomes)
                else self._context.transcript.warning
            )
            tell(told)

    async def _run_one(
        self, runner: Runner, file: CallsFile, call: SavedCall, variables: Variables
    ) -> CallOutcome:
        cell = call_cell(self._context.transcript, call.server, call.tool, call.arguments)
        running = asyncio.ensure_future(runner.run_one(file, call, variables))
        cell.stop = running.cancel
        try:
            outcome = await running
        except asyncio.CancelledError:
            cell.cancelled()
            running.cancel()
            raise
        await _show_outcome(cell, outcome)
        return outcome

    async def _files(self) -> tuple[CallsFile, ...]:
        """The files that can be read; what is wrong with one is told."""
        files, problems = await asyncio.to_thread(_read)
        self._known = files
        for problem in problems:
            self._context.transcript.warning(problem)
        return files


async def _show_outcome(cell: RunningCell, outcome: CallOutcome) -> None:
    failed = outcome.status != "passed"
    if outcome.result is None:
        cell.fail(outcome.error or JackfieldError(outcome.message, hint=outcome.hint))
        return
    name, count = one_line(outcome.call.name, 80), plural(len(outcome.checks), "check")
    parts: list[Part] = [] if failed else [NotePart(f"✓ {name}: {count} passed")]
    for check in outcome.failures:
        parts.append(NotePart(f"✗ {name}: {one_line(check.check.shown, 120)}: {check.message}", "error"))
        if check.difference:
            parts.append(TextPart("\n".join(check.difference), "dim"))
    await cell.show_tool_result(outcome.result, *parts, failed=failed)


def _about(call: SavedCall) -> str:
    what = f"{one_line(call.server, 80)}.{one_line(call.tool, 80)}"
    return one_line("  ".join(filter(None, (what, call.description, call.invalid))), 300)


def _chosen(files: tuple[CallsFile, ...], name: str) -> Chosen:
    from services.ranking import did_you_mean
    from services.saved_calls.running import needed

    if not name:
        return [(file, file.calls) for file in files]
    chosen = [(file, needed(file.calls, {name})) for file in files]
    if not any(calls for _, calls in chosen):
        known = [call.name for file in files for call in file.calls]
        raise InvalidArguments(f"no saved call is named {one_line(name, 80)}", hint=did_you_mean(name, known))
    return chosen


def _keep(name: str, server: str, tool: str, arguments: Mapping[str, Any], is_error: bool) -> Path:
    from services.config.paths import home
    from services.saved_calls.editing import keep_call, kept_at

    path = kept_at(Path(), home())
    keep_call(path, name, server, tool, arguments, is_error=is_error)
    return path


def _read() -> tuple[tuple[CallsFile, ...], list[str]]:
    from services.config.complaints import describe
    from services.config.paths import home
    from services.saved_calls.file import calls_files, read_calls

    files, problems = [], []
    for path in calls_files(Path(), home()):
        try:
            files.append(read_calls(path))
        except JackfieldError as error:
            problems.append(error.message)
    problems += [f"{describe(one)}: {one_line(one.source, 200)}" for file in files for one in file.problems]
    return tuple(files), problems

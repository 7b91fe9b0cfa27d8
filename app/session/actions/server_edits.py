"""Changing the configuration from the session: adding, removing, bringing over, agreeing to a project's file.

Each does what the command of the shell does, by the same functions, and the servers follow at once.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from services.arguments.words import words
from services.config import edit
from services.config.tables import SERVERS
from services.config.toml.splice import appended
from services.error_translation import translating
from services.errors import ConfigurationError, JackfieldError
from services.secrecy.secrets import masked_table
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from app.session.actions.configuration import Configurations
    from app.session.context import SessionContext
    from app.session.screens.import_choice import Group
    from services.config.import_plan import Step
    from services.config.imports.files import ForeignFile, Program
    from services.config.source import Source

__all__ = ("ServerEdits",)

_ADD_USAGE = (
    "/mcp add NAME [--env KEY=VALUE]… -- CMD ARGS…\n"
    "/mcp add NAME --url URL [--header KEY=VALUE]… [--bearer-token-env-var NAME]"
)
_NOTHING_THERE = "no .mcp.json and no .jackfield/config.toml count here"


class ServerEdits:
    """`/mcp add`, `/mcp remove`, `/mcp restore`, `/mcp trust` and `/import`."""

    def __init__(self, context: SessionContext, configurations: Configurations) -> None:
        self._context = context
        self._configurations = configurations
        self._removed: list[tuple[str, Mapping[str, Any]]] = []

    def add(self, given: Mapping[str, str]) -> None:
        """Add a server as `jackfield mcp add` does; it starts at once."""
        self._begin(self._add(given["words"]))

    def remove(self, given: Mapping[str, str]) -> None:
        """Take a server out of the file; its table is shown and kept, so that it can be put back."""
        self._begin(self._remove(given["server"]))

    def restore(self, _given: Mapping[str, str]) -> None:
        """Put back the server that was removed last."""
        self._begin(self._restore())

    def trust(self, _given: Mapping[str, str]) -> None:
        """Show what the project's files would start, and ask."""
        self._begin(self._trust())

    def bring_over(self, given: Mapping[str, str]) -> None:
        """Show the servers of other programs, and add those that are chosen."""
        self._begin(self._import(given.get("program", "")))

    def _begin(self, edit: Coroutine[Any, Any, None]) -> None:
        self._context.run(self._told(edit), "configuration")

    async def _told(self, edit: Coroutine[Any, Any, None]) -> None:
        """Carry it out; what goes wrong becomes an error cell."""
        try:
            with translating():
                await edit
        except JackfieldError as error:
            self._context.transcript.failure(error)

    async def _add(self, line: str) -> None:
        import click

        from app.command_line.servers.add import table_of
        from app.command_line.servers.commands import wanted_of
        from services.config.editing import write_server

        given = list(words(line))
        if given and given[-1].unclosed:
            raise ConfigurationError(f"the quote {given[-1].unclosed} is not closed")
        configurations = self._configurations
        async with configurations.changing:
            try:
                wanted = wanted_of([word.text for word in given])
                table = table_of(wanted)
            except click.UsageError as error:
                raise ConfigurationError(printable(error.format_message()), hint=_ADD_USAGE) from error
            name, source = wanted.name, configurations.source
            added = await asyncio.to_thread(write_server, source, name, table, force=wanted.force)
            notes = [problem.message for problem in added.problems.problems] + list(added.notes)
            said = f"Added MCP server '{one_line(added.name)}'."
            self._context.transcript.notice(said, "\n".join(notes))
            await configurations.follow(own={added.name})

    async def _remove(self, server: str) -> None:
        from services.config.editing import take_out
        from services.oauth.forgetting import forget_login

        configurations = self._configurations
        async with configurations.changing:
            table = await asyncio.to_thread(take_out, configurations.source, server)
            said = [f"Removed MCP server '{one_line(server)}'."]
            said.append(await asyncio.to_thread(forget_login, configurations.source, server, table))
            detail = ""
            if isinstance(table, dict):
                self._removed.append((server, table))
                text = next(appended("", (SERVERS, server), masked_table(table)))
                detail = printable(text.strip()) + "\n/mcp restore puts it back, until this session ends."
            self._context.transcript.notice(" ".join(filter(None, said)), detail)
            await configurations.follow(own={server})

    async def _restore(self) -> None:
        if not self._removed:
            raise ConfigurationError("no server was removed in this session")
        configurations, (name, table) = self._configurations, self._removed[-1]
        async with configurations.changing:
            await asyncio.to_thread(edit.add_server, configurations.source.editable(), name, table)
            self._removed.pop()
            self._context.transcript.notice(f"MCP server '{one_line(name)}' is back.")
            await configurations.follow(own={name})

    # Other programs' servers.

    async def _import(self, what: str) -> None:
        from app.session.screens.import_choice import ImportScreen

        source = self._configurations.source
        path = source.editable()
        groups, unreadable, remarks = await asyncio.to_thread(_found, what, source)
        for error in unreadable:
            self._context.transcript.warning(error.message, error.hint)
        for remark in remarks:
            self._context.transcript.warning(one_line(remark, 300))
        if not any(step.deed == "add" for group in groups for step in group.steps):
            self._nothing_to_add(groups)
            return
        chosen = await self._context.answer_of(ImportScreen(groups, path.name))
        if not chosen:
            self._context.transcript.notice("Nothing was added.")
            return
        async with self._configurations.changing:
            added, failed = await asyncio.to_thread(_put, path, chosen)
            if added:
                names = ", ".join(one_line(name, 80) for name in added)
                count = f"{len(added)} MCP server{'s' * (len(added) != 1)}"
                self._context.transcript.notice(f"Added {count}: {names}")
            for name, error in failed:
                self._context.transcript.failure(error, one_line(name, 80))
            await self._configurations.follow(own=set(added))

    def _nothing_to_add(self, groups: Sequence[Group]) -> None:
        lines = [
            f"{one_line(step.name, 80)} {one_line(step.text, 300)}"
            for group in groups
            for step in group.steps
        ]
        self._context.transcript.notice("There is nothing to add.", "\n".join(lines))

    # A project's files.

    async def _trust(self) -> None:
        from app.session.screens.trust import TrustScreen
        from services.config.projects.consent import record_consent

        source = self._configurations.source
        if source.home is None:
            raise ConfigurationError("with --config FILE no file of a project counts")
        files = await asyncio.to_thread(source.project_files)
        if not files:
            raise ConfigurationError(_NOTHING_THERE)
        for file in [file for file in files if file.consent in ("unasked", "changed")] or files:
            answer = await self._context.answer_of(TrustScreen(file))
            if answer == "later":
                continue
            async with self._configurations.changing:
                await asyncio.to_thread(record_consent, source.home, file, answer == "yes")
                said = "its servers are used until it changes" if answer == "yes" else "nothing of it is used"
                self._context.transcript.notice(f"{file.shown}: {said}.")
                await self._configurations.follow(own={server.name for server in file.servers})


def _found(what: str, source: Source) -> tuple[list[Group], list[JackfieldError], list[str]]:
    """What becomes of the servers of a program, a file, or all that is found; unreadable ones; remarks."""
    from app.session.screens.import_choice import Group
    from services.config.import_plan import CALLED, found_files, steps
    from services.config.imports import files as foreign

    unreadable: list[JackfieldError] = []
    named = bool(what) and what not in get_args(foreign.Program)
    if named:
        files = [foreign.read(Path(what).expanduser(), project=Path.cwd())]
    else:
        program = cast("Program | None", what or None)
        files = found_files(program, unreadable)
        if not files and not unreadable:
            whose = CALLED[program] if program else "another program"
            raise ConfigurationError(
                f"no configuration file of {whose} was found", hint="Name one: /import FILE"
            )
    taken, groups = dict(source.tables()), []
    for file in files:
        found = tuple(steps(file, taken))
        groups.append(Group(CALLED[file.program], str(file.path), found, chosen=named or not _brought(file)))
    return groups, unreadable, [remark for file in files for remark in file.remarks]


def _brought(file: ForeignFile) -> bool:
    """Whether the project we stand in brought the file along."""
    here = Path.cwd()
    return here != Path.home() and file.path.is_relative_to(here)


def _put(path: Path, steps: Sequence[Step]) -> tuple[list[str], list[tuple[str, JackfieldError]]]:
    """Write the servers one by one; the names that were added, and what went wrong with others."""
    added: list[str] = []
    failed: list[tuple[str, JackfieldError]] = []
    for step in steps:
        try:
            edit.add_server(path, step.name, step.table or {})
        except JackfieldError as error:
            failed.append((step.name, error))
        else:
            added.append(step.name)
    return added, failed

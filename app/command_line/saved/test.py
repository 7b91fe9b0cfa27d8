"""`jackfield test`: which files and calls are run, over which servers, and what that means to a shell."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.command_line.configured import load_configuration
from app.command_line.connect.run import Desk, run
from app.command_line.connect.targets import Wish, is_url, reached_at, started_by, with_times
from app.command_line.saved.report import call_lines, report_value, summary
from app.command_line.terminal.output import (
    FAILED,
    LOGIN,
    OK,
    UNREACHABLE,
    USAGE,
    answer,
    note,
    note_problems,
    paint,
    print_json,
    warn,
)
from app.command_line.terminal.prepared import GivenAnswers
from services.config import builtin
from services.config.paths import home
from services.config.source import unknown
from services.errors import ConfigurationError, InvalidArguments, LoginNeeded, MissingVariable, UnknownServer
from services.files import write_whole
from services.ranking import did_you_mean
from services.saved_calls.editing import write_seen
from services.saved_calls.file import calls_files, read_calls
from services.saved_calls.junit import junit
from services.saved_calls.running import Runner, needed
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from services.errors import JackfieldError
    from services.saved_calls.values import CallOutcome, CallsFile, SavedCall
    from services.settings import Problem, ServerSettings

__all__ = ("run_tests",)

Chosen = tuple["CallsFile", tuple["SavedCall", ...]]
"""A file, and the calls of it that are run."""


def run_tests(
    context: click.Context,
    words: Sequence[str],
    *,
    junit: str | None,
    as_json: bool,
    given: tuple[str, ...],
    update: bool,
    startup_timeout: float | None,
    verbose: bool,
    trace: str | None,
    answers: Sequence[str],
    accept_defaults: bool,
    decline: bool,
) -> int:
    """Run the calls and report; the exit status says how they went."""
    strict = bool(context.find_root().params.get("strict"))
    files, broken = _files(words)
    chosen = _chosen(files, [word for word in words if not _is_file(word)])
    problems = [problem for file, _ in chosen for problem in file.problems]
    for problem in problems:
        _note(problem)
    called = {call.server for _, calls in chosen for call in calls if not call.invalid}
    servers, missing = _servers(context, called, given)
    wish = Wish(
        tuple(with_times(server, startup_timeout) for server in servers),
        single=False,
        configured=True,
        optional=True,
        verbose=verbose,
        trace=trace,
        answers=GivenAnswers.of(context, answers, accept_defaults=accept_defaults, decline=decline),
    )

    async def work() -> int:
        outcomes: list[CallOutcome] = []
        async with Desk(wish) as desk:
            runner = Runner(desk.manager, {**desk.failures, **missing}, updates=update)

            def ended(outcome: CallOutcome) -> None:
                desk.line.hide()
                if not as_json:
                    answer("\n".join(call_lines(outcome, verbose)))

            for file, calls in chosen:
                if len(chosen) > 1 and not as_json:
                    answer(paint(one_line(str(file.path), 500), "dim"))
                found, variables = await runner.run(
                    file, calls, begins=lambda call: desk.line.show(one_line(call.name, 200)), ended=ended
                )
                outcomes += found
                if update:
                    await asyncio.to_thread(write_seen, found, variables.secrets)
        if junit is not None:
            await asyncio.to_thread(_write_junit, junit, outcomes)
        wrong_file = broken or (strict and bool(problems))
        status = USAGE if wrong_file else _status(outcomes)
        if as_json:
            print_json(report_value(outcomes, ok=status == OK))
        else:
            answer(summary(outcomes))
        return status

    return run(work)


# Which calls.


def _is_file(word: str) -> bool:
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    return word.endswith(".toml") or any(sign in word for sign in separators) or Path(word).is_file()


def _files(words: Iterable[str]) -> tuple[list[CallsFile], bool]:
    """The files that are named, else those that count here; and whether one of them cannot be read."""
    named = [Path(word) for word in words if _is_file(word)]
    paths = named or calls_files(Path(), home())
    if not paths:
        hint = "Keep a call with k in the session, or write .jackfield/calls.toml: see docs/testing.md."
        raise ConfigurationError("there are no saved calls here", hint=hint)
    files, wrong = [], []
    for path in paths:
        try:
            files.append(read_calls(path))
        except ConfigurationError as error:
            wrong.append(error)
    if wrong and not files:
        raise wrong[0]
    for one in wrong:
        note(f"{paint('Error:', 'red', sys.stderr)} {printable(str(one))}")
    return files, bool(wrong)


def _chosen(files: Iterable[CallsFile], names: Collection[str]) -> list[Chosen]:
    files = list(files)
    known = [call.name for file in files for call in file.calls]
    for name in names:
        if name not in known:
            raise InvalidArguments(
                f"no saved call is named {one_line(name, 80)}", hint=did_you_mean(name, known)
            )
    if not known:
        raise ConfigurationError(
            f"{one_line(str(files[0].path), 200)} holds no calls", hint="See docs/testing.md."
        )
    if not names:
        return [(file, file.calls) for file in files]
    chosen = [(file, needed(file.calls, names)) for file in files]
    return [(file, calls) for file, calls in chosen if calls]


def _note(problem: Problem) -> None:
    style = "red" if problem.severity == "error" else "yellow"
    where = f"{problem.source}:{problem.line}" if problem.line else problem.source
    text = " ".join(part for part in (f"{where}: {problem.message}.", problem.hint) if part)
    note(f"{paint(f'{problem.severity.capitalize()}:', style, sys.stderr)} {printable(text)}")


# Which servers.


def _servers(
    context: click.Context, called: Collection[str], given: Iterable[str]
) -> tuple[tuple[ServerSettings, ...], dict[str, JackfieldError]]:
    """The servers that are called, and an error for each that there is not."""
    servers = {server.name: server for server in map(_given, given)}
    for name in servers:
        if name not in called:
            warn(f"--server {name}: no call that is run uses it")
    wanted = [name for name in called if name not in servers]
    if wanted:
        configuration = load_configuration(context, only=wanted[0] if len(wanted) == 1 else None)
        note_problems(configuration, wanted)
        known = {server.name: server for server in configuration.servers}
        known = {server.name: server for server in builtin.demo().servers} | known
        servers |= {name: known[name] for name in wanted if name in known}
        missing = {name: _unknown(name, known) for name in wanted if name not in known}
    else:
        missing = {}
    return tuple(servers[name] for name in servers if name in called), missing


def _unknown(name: str, known: Iterable[str]) -> JackfieldError:
    error = unknown(name, list(known))
    return error.with_hint(f"{error.hint} --server {shlex.quote(f'{name}=COMMAND')} names a program for it.")


def _given(text: str) -> ServerSettings:
    """`NAME=COMMAND|URL`; the command sees our whole environment, as one typed by hand does."""
    name, sign, command = text.partition("=")
    if not (sign and name.strip() and command.strip()):
        raise click.UsageError("--server must be in NAME=COMMAND or NAME=URL form.")
    if is_url(command):
        return replace(reached_at(command, None), name=name)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise click.UsageError(f"--server {name}: {error}.") from None
    return replace(started_by(words, (), tuple(os.environ)), name=name)


# How it went.


def _status(outcomes: Iterable[CallOutcome]) -> int:
    statuses = {_status_of(outcome) for outcome in outcomes} - {OK}
    for status in (USAGE, FAILED, LOGIN):
        if status in statuses:
            return status
    return UNREACHABLE if statuses else OK


def _status_of(outcome: CallOutcome) -> int:
    error = outcome.error
    if outcome.status == "passed":
        return OK
    if outcome.call.invalid or isinstance(error, ConfigurationError | MissingVariable | UnknownServer):
        return USAGE
    if isinstance(error, LoginNeeded):
        return LOGIN
    if outcome.unreachable:
        return UNREACHABLE
    return FAILED


def _write_junit(path: str, outcomes: Sequence[CallOutcome]) -> None:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    write_whole(Path(path), junit(outcomes, at), 0o644)

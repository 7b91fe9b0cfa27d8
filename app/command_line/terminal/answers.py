"""Asking for inputs on the terminal: once each, and kept."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from app.command_line.terminal.output import note, paint
from services.config.inputs import Answers
from services.config.paths import home
from services.text import one_line

if TYPE_CHECKING:
    from services.config.imports.files import Input
    from services.config.inputs import Missing
    from services.config.projects.project_file import ProjectFile
    from services.config.source import Source
    from services.settings import Configuration

__all__ = ("answered", "ask", "is_person", "tell")


def answered(
    chosen: Source, files: tuple[ProjectFile, ...], only: str | None, *, silent: bool = False
) -> Configuration:
    """The configuration with the answers to its inputs; a person at the terminal gives those that lack.

    A server whose input stays without an answer is invalid and says how to answer it.
    """
    answers = Answers(home(), tell=tell)
    given_up: set[Missing] = set()
    while True:
        configuration = chosen.load(expand=True, files=files, answers=answers, only=only)
        enabled = {server.name for server in configuration.servers if server.enabled or server.name == only}
        wanted = [one for one in answers.missing() if one.server in enabled and one not in given_up]
        if not wanted or silent or not is_person():
            return configuration
        for one in wanted:
            # Another server may have asked for the same a moment ago.
            if answers.get(one.identifier, one.source) is None:
                value = ask(_described(chosen, one), one.server)
                if value is not None:
                    answers.put(one.identifier, one.source, value)
        given_up.update(wanted)


def ask(asked: Input, server: str = "") -> str | None:
    """Ask for one input on standard error; None when nothing is entered. Raises click.Abort."""
    whose = f" of MCP server '{one_line(server, 80)}'" if server else ""
    note(f"{paint('Input', 'bold', sys.stderr)} {one_line(asked.identifier, 80)}{whose}")
    if asked.description:
        note(f"  {one_line(asked.description)}")
    if asked.options:
        return _chosen(asked)
    default = (
        "" if not asked.default else " (Enter for the default)" if asked.secret else f" [{asked.default}]"
    )
    return _line(f"  value{one_line(default, 200) and ' ' + one_line(default, 200)}: ", asked.secret) or (
        asked.default or None
    )


def is_person() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def tell(line: str) -> None:
    """Say on standard error what there is to say about the store."""
    note(f"{paint('Note:', 'yellow', sys.stderr)} {line}.")


def _chosen(asked: Input) -> str | None:
    """One of the options, by its number or as it is written."""
    for number, option in enumerate(asked.options, 1):
        note(f"  {number}  {one_line(option)}{'  (default)' if option == asked.default else ''}")
    while True:
        entered = _line(f"  1 to {len(asked.options)}: ", hidden=False)
        if not entered:
            return asked.default if asked.default in asked.options else None
        if entered in asked.options:
            return entered
        if entered.isdecimal() and 1 <= int(entered) <= len(asked.options):
            return asked.options[int(entered) - 1]
        note("  That is none of them.")


def _line(prompt: str, hidden: bool) -> str:
    if hidden:
        from getpass import getpass

        try:
            return getpass(prompt, sys.stderr)
        except EOFError:
            raise click.Abort from None
    sys.stderr.write(prompt)
    sys.stderr.flush()
    entered = sys.stdin.readline()
    if not entered:
        raise click.Abort
    return entered.strip()


def _described(chosen: Source, missing: Missing) -> Input:
    """What the file says about the input; one it says nothing about is not to be seen."""
    from services.config.imports import files as foreign

    inputs: tuple[Input, ...] = ()
    if chosen.foreign and missing.source == str(chosen.path):
        inputs = foreign.read(chosen.path).inputs
    declared = (one for one in inputs if one.identifier == missing.identifier)
    return next(declared, foreign.Input(missing.identifier))

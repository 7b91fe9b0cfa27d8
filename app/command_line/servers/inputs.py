"""`jackfield mcp input …`: the answers to the inputs that a file names as `${input:ID}`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.config.imports.files import Input
    from services.config.inputs import Answers

__all__ = ("inputs",)

_identifier = click.argument("identifier", metavar="ID")


@click.group("input", no_args_is_help=True)
def inputs() -> None:
    """Answer the inputs of servers: values that a file names as `${input:ID}`.

    Answers are kept with the credentials, never in the file. With --config FILE they are those of that
    file.
    """


@inputs.command("set")
@_identifier
@click.pass_context
def set_input(context: click.Context, identifier: str) -> int:
    """Answer an input: asked for on a terminal, else the first line of standard input."""
    import sys

    from app.command_line.configured import source
    from app.command_line.terminal import answers as mcp_answers
    from app.command_line.terminal.output import FAILED, OK, answer, fail, note, paint
    from services.config.imports.files import Input
    from services.text import one_line

    chosen = source(context)
    used = _used(context)
    name = one_line(identifier, 80)
    if sys.stdin.isatty():
        declared = {one.identifier: one for one in _declared(context)}
        value = mcp_answers.ask(declared.get(identifier, Input(identifier)))
    else:
        value = sys.stdin.readline().rstrip("\r\n") or None
    if value is None:
        fail(f"input {name} was given no answer", FAILED)
    _answers().put(identifier, str(chosen.path), value)
    answer(f"Stored the answer to input {name}.")
    if identifier not in used:
        from services.ranking import did_you_mean

        note(f"{paint('Note:', 'yellow', sys.stderr)} no server uses it. {did_you_mean(identifier, used)}")
    return OK


@inputs.command("list")
@click.pass_context
def list_inputs(context: click.Context) -> int:
    """List the inputs that servers use, and whether they have answers."""
    from app.command_line.configured import source
    from app.command_line.terminal.output import OK, Cell, answer, table

    chosen, answers, used = source(context), _answers(), _used(context)
    if not used:
        answer("No server uses an input.")
        return OK
    rows = []
    for identifier, servers in used.items():
        known = answers.get(identifier, str(chosen.path)) is not None
        state = Cell("answered", "green") if known else Cell("no answer", "yellow")
        rows.append((identifier, state, ", ".join(servers)))
    answer(table(rows, ("Input", "State", "Servers")))
    return OK


@inputs.command("forget")
@_identifier
@click.pass_context
def forget(context: click.Context, identifier: str) -> int:
    """Forget the answer to an input."""
    from app.command_line.configured import source
    from app.command_line.terminal.output import OK, answer
    from services.text import one_line

    name = one_line(identifier, 80)
    forgotten = _answers().forget(identifier, str(source(context).path))
    answer(f"Deleted the answer to input {name}." if forgotten else f"Input {name} has no answer.")
    return OK


def _answers() -> Answers:
    from app.command_line.terminal.answers import tell
    from services.config.inputs import Answers
    from services.config.paths import home

    return Answers(home(), tell=tell)


def _used(context: click.Context) -> dict[str, list[str]]:
    """The inputs of the file, each with the servers that use it."""
    from app.command_line.configured import source
    from services.config.inputs import needed

    used: dict[str, list[str]] = {}
    for server in source(context).load(expand=False).servers:
        for identifier in needed(server):
            used.setdefault(identifier, []).append(server.name)
    return used


def _declared(context: click.Context) -> tuple[Input, ...]:
    from app.command_line.configured import source
    from services.config.imports import files as foreign

    chosen = source(context)
    return foreign.read(chosen.path).inputs if chosen.foreign else ()

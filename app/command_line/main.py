"""The command line: what `jackfield` understands besides opening the session."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import click

from app.command_line.lazy import LazyGroup
from app.command_line.terminal import documents
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from services.errors import JackfieldError

__all__ = ("cli", "run")

INTERRUPTED: Final = 130
"""The exit status that shells expect of a program ended by Ctrl+C."""

_HERE: Final = "app.command_line"

_COMMANDS: Final = {
    "demo": (f"{_HERE}.main:open_demo", "Open the session on the built-in demo server."),
    "run": (f"{_HERE}.main:open_one", "Open the session on one server without configuring it."),
    "mcp": (f"{_HERE}.main:mcp", "Configure and check MCP servers."),
    "tools": (f"{_HERE}.connect.commands:tools", "List the tools of servers."),
    "resources": (f"{_HERE}.connect.commands:resources", "List the resources of servers."),
    "templates": (f"{_HERE}.connect.commands:templates", "List the resource templates of servers."),
    "prompts": (f"{_HERE}.connect.commands:prompts", "List the prompts of servers."),
    "skills": (f"{_HERE}.connect.commands:skills", "List and read the skills of servers."),
    "call": (f"{_HERE}.connect.commands:call", "Call a tool."),
    "read": (f"{_HERE}.connect.commands:read", "Read a resource."),
    "prompt": (f"{_HERE}.connect.commands:prompt", "Get a prompt."),
    "tasks": (f"{_HERE}.main:tasks", "Show tasks, and wait for their results."),
    "test": (f"{_HERE}.saved.commands:test", "Run saved calls and check their results."),
    "bench": (f"{_HERE}.saved.commands:bench", "Measure how fast a tool answers."),
    "record": (f"{_HERE}.recording.commands:record", "Record what a client and a server send each other."),
    "replay": (
        f"{_HERE}.recording.commands:replay",
        "Serve a recording: answer requests as they were answered then.",
    ),
    "serve": (f"{_HERE}.gateway.commands:serve", "Serve all servers as one MCP server."),
    "app-server": (
        f"{_HERE}.app_server.commands:app_server",
        "Serve a driver: JSON-RPC for editors and scripts.",
    ),
    "acp": (f"{_HERE}.acp.commands:acp", "Serve an editor as its agent: the Agent Client Protocol."),
    "ask": (f"{_HERE}.model.commands:ask", "Ask a model that uses the tools of servers."),
    "resident": (f"{_HERE}.main:resident", "Keep servers running between commands."),
    "history": (f"{_HERE}.main:history", "List and export earlier sessions."),
    "model": (f"{_HERE}.main:model", "Configure and check models."),
    "doctor": (f"{_HERE}.doctor:doctor", "Show the terminal, where the configuration lies, and versions."),
    "completion": (f"{_HERE}.shell_completion:completion", "Print the completion script of a shell."),
}

_MCP_COMMANDS: Final = {
    "list": (f"{_HERE}.servers.commands:list_servers", "List the configured servers."),
    "get": (f"{_HERE}.servers.commands:get", "Show one server."),
    "add": (f"{_HERE}.servers.commands:add", "Add a server."),
    "remove": (f"{_HERE}.servers.commands:remove", "Remove a server."),
    "enable": (f"{_HERE}.servers.commands:enable", "Enable a server."),
    "disable": (f"{_HERE}.servers.commands:disable", "Disable a server."),
    "login": (f"{_HERE}.servers.commands:login", "Log in to a server."),
    "logout": (f"{_HERE}.servers.commands:logout", "Log out of a server and delete its credentials."),
    "check": (f"{_HERE}.connect.commands:check", "Connect to servers and report what is wrong, and why."),
    "import": (f"{_HERE}.servers.commands:import_servers", "Import the servers of another program."),
    "trust": (f"{_HERE}.servers.commands:trust", "Allow or refuse the servers of a project."),
    "input": (f"{_HERE}.servers.inputs:inputs", "Answer the inputs that servers need."),
}

_MODEL_COMMANDS: Final = {
    "list": (f"{_HERE}.model.commands:list_models", "List the configured models."),
    "login": (f"{_HERE}.model.commands:login", "Store the key of a model."),
    "logout": (f"{_HERE}.model.commands:logout", "Delete the key of a model."),
    "check": (f"{_HERE}.model.commands:check", "Send each model a short request and report what is wrong."),
}

_HISTORY_COMMANDS: Final = {
    "list": (f"{_HERE}.history:list_sessions", "List the sessions that were kept."),
    "export": (f"{_HERE}.history:export_session", "Write a session to a Markdown, JSON lines or shell file."),
}

_TASK_COMMANDS: Final = {
    "list": (f"{_HERE}.connect.task_commands:list_tasks", "List the tasks that may still be open."),
    "get": (f"{_HERE}.connect.task_commands:get", "Show the state of a task."),
    "wait": (f"{_HERE}.connect.task_commands:wait", "Wait for a task and print its result."),
    "cancel": (f"{_HERE}.connect.task_commands:cancel", "Cancel a task at its server."),
}

_RESIDENT_COMMANDS: Final = {
    "start": (f"{_HERE}.resident:start", "Keep every server that a command uses, until nothing is used."),
    "stop": (f"{_HERE}.resident:stop", "End the resident and the servers it keeps."),
    "status": (f"{_HERE}.resident:status", "Show the resident and the servers it keeps."),
}

_HELP: Final = {"help_option_names": ["-h", "--help"]}


def _reopening(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that reopen an earlier session."""
    resume = click.option(
        "--resume",
        metavar="[ID]",
        is_flag=False,
        flag_value="",
        default=None,
        help="Reopen an earlier session; without ID choose one from a list.",
    )
    go_on = click.option(
        "--continue", "go_on", is_flag=True, help="Reopen the latest session of this directory."
    )
    return resume(go_on(function))


@click.group(cls=LazyGroup, table=_COMMANDS, invoke_without_command=True, context_settings=_HELP)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Use this file instead of config.toml of the home directory: another config.toml, or the file of "
    "Codex, Claude, Cursor, VS Code, Windsurf, Gemini CLI, opencode or goose.",
)
@click.option("--strict", is_flag=True, help="Treat warnings about the configuration as errors.")
@_reopening
@click.version_option(VERSION, "-V", "--version", prog_name="jackfield")
@click.pass_context
def cli(context: click.Context, config: str | None, strict: bool, resume: str | None, go_on: bool) -> None:
    """Plug into many MCP servers at once: see their state, call their tools, answer their questions.

    Without a command the session opens.
    """
    if context.invoked_subcommand is None:
        _open(context, [], resume, go_on=go_on)
    elif resume is not None or go_on:
        context.fail("--resume and --continue stand behind demo and run, and with no other command.")


@click.group(cls=LazyGroup, table=_MCP_COMMANDS, no_args_is_help=True)
def mcp() -> None:
    """Configure and check MCP servers."""


@click.group(cls=LazyGroup, table=_MODEL_COMMANDS, no_args_is_help=True)
def model() -> None:
    """Configure and check models."""


@click.group(cls=LazyGroup, table=_TASK_COMMANDS, no_args_is_help=True)
def tasks() -> None:
    """Show and control tasks: calls that go on at their servers."""


@click.command("demo")
@_reopening
@click.pass_context
def open_demo(context: click.Context, resume: str | None, go_on: bool) -> None:
    """Open the session on the built-in demo server: no configuration, no network."""
    _open(context, ["demo"], resume, go_on=go_on)


@click.command("run", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@_reopening
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- CMD ARGS… | URL")
@click.pass_context
def open_one(context: click.Context, words: tuple[str, ...], resume: str | None, go_on: bool) -> None:
    """Open the session on one server without configuring it."""
    _open(context, ["run", *words], resume, go_on=go_on)


@click.group(cls=LazyGroup, table=_HISTORY_COMMANDS, no_args_is_help=True)
def history() -> None:
    """List and export earlier sessions."""


@click.group(cls=LazyGroup, table=_RESIDENT_COMMANDS, no_args_is_help=True)
def resident() -> None:
    """Keep servers running between commands, so that commands answer at once.

    A server with keep_alive = true in its table is kept from its first command on, by itself.
    """


def run(words: Sequence[str]) -> int:
    """Run the command line and return its exit status; whatever goes wrong ends in plain lines."""
    _open_streams()
    documents.begin(words)
    try:
        # On Windows click would expand `*` and `$VAR` in the words by itself.
        status = cli.main(
            list(words), prog_name="jackfield", standalone_mode=False, windows_expand_args=False
        )
        sys.stdout.flush()
    except SystemExit:
        raise  # here, so that the last clause need not be looked at: it imports
    except click.ClickException as error:
        return _refused(error)
    except (click.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    except OSError as error:
        return _broken(error)
    except _our_error() as error:
        from app.command_line.terminal.output import fail

        fail(error)
    status = status if isinstance(status, int) else 0
    documents.ended(status)
    return status


def _open_streams() -> None:
    """Standard output and error that take every character, also when they were closed or know only ASCII."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        else:
            stream.reconfigure(errors="backslashreplace")


def _our_error() -> type[JackfieldError]:
    """JackfieldError; Python asks for it only when something was raised."""
    from services.errors import JackfieldError

    return JackfieldError


def _refused(error: click.ClickException) -> int:
    """Wrong usage, in two lines: what is wrong, and where the right usage is."""
    from app.command_line.terminal.output import note, paint
    from services.text import printable

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    note(f"{paint('Error:', 'red', sys.stderr)} {printable(error.format_message())}")
    documents.refuse(printable(error.format_message()), "usage")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        note(f"See {error.ctx.command_path} --help")
    return error.exit_code


def _broken(error: OSError) -> int:
    """Nobody reads our output any more (end quietly), or the disk is full, or the like."""
    if not isinstance(error, BrokenPipeError):
        from app.command_line.terminal.output import note
        from services.text import one_line

        where = f"{error.filename}: " if error.filename else ""
        note(f"Error: {one_line(where + (error.strerror or str(error)))}")
        with suppress(OSError, ValueError):
            documents.refuse(one_line(where + (error.strerror or str(error))))
    # Python flushes once more at its end.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _open(context: click.Context, words: Sequence[str], resume: str | None, *, go_on: bool) -> None:
    from app.command_line import session

    if not words and (context.params["config"] or context.params["strict"]):
        _open_file(context, resume, go_on=go_on)
    session.open_session(words, resume=resume, go_on=go_on)


def _open_file(context: click.Context, resume: str | None, *, go_on: bool) -> None:
    """Open the session on what `--config` and `--strict` ask for."""
    from app.command_line.configured import load_configuration, source
    from app.command_line.session import open_session

    # What is missing is said, and what is needed is asked, before the screen opens.
    chosen = source(context)
    if chosen.has_inputs():
        load_configuration(context)
    open_session([], lambda: chosen, resume=resume, go_on=go_on)

"""Every slash command, declared once: parsing, completion, `/help` and the palette read this table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.slash.command import Argument, Command, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("COMMANDS", "SAY_PROMPT", "find", "help_rows", "walk")

_SERVER = Argument("server", Kind.SERVER, "SERVER")
_ANY_SERVER = Argument("server", Kind.SERVER, "SERVER", required=False)
_NAME = Argument("server", Kind.SERVER, "NAME")
_ANY_MODEL = Argument("model", Kind.MODEL, "NAME", required=False)
_DIRECTORY = Argument("directory", Kind.TEXT, "DIRECTORY")
_TASK = Argument("task", Kind.WORD, "ID")
_NEW_SERVER = Argument("words", Kind.NEW_SERVER, "NAME -- CMD | --url URL")

_SERVERS, _USE, _MODEL, _SESSION = "Servers", "Tools, resources, prompts", "Model", "Session"

COMMANDS: tuple[Command, ...] = (
    Command(
        "mcp",
        "Show the state of the servers",
        "State of {server}",
        _SERVERS,
        (Argument("server", Kind.SERVER, "NAME", required=False),),
        (
            Command("verbose", "Show the servers with all they offer", "State of all servers, in full"),
            Command(
                "login",
                "Log in to a server",
                "Log in to {server}",
                arguments=(_NAME, Argument("scopes", Kind.TEXT, "scopes", required=False)),
            ),
            Command(
                "logout",
                "Log out of a server, delete its credentials",
                "Log out of {server}",
                arguments=(_NAME,),
            ),
            Command("reconnect", "Connect a server again", "Reconnect {server}", arguments=(_NAME,)),
            Command("enable", "Enable and connect a server", "Enable {server}", arguments=(_NAME,)),
            Command("disable", "Disconnect and disable a server", "Disable {server}", arguments=(_NAME,)),
            Command("add", "Add a server to config.toml", "Add a server", arguments=(_NEW_SERVER,)),
            Command("remove", "Remove a server from config.toml", "Remove {server}", arguments=(_NAME,)),
            Command("restore", "Put back the server that was removed last", "Put back the removed server"),
            Command("trust", "Allow or refuse a project's servers", "Trust the project's servers"),
        ),
    ),
    Command(
        "import",
        "Import the servers of other programs",
        "Import servers of other programs",
        _SERVERS,
        (Argument("program", Kind.PROGRAM, "PROGRAM | FILE", required=False),),
    ),
    Command(
        "trace",
        "Show every message to and from a server",
        "Trace of {server}",
        _SERVERS,
        (_ANY_SERVER,),
        (Command("model", "Show every request to the model and its answers", "Trace of the model"),),
        fits_all="the server that spoke last",
    ),
    Command(
        "log",
        "Show the log of a server, or ask it for messages from a level on",
        "Log of {server}",
        _SERVERS,
        (_SERVER, Argument("level", Kind.LEVEL, "LEVEL", required=False)),
    ),
    Command(
        "roots",
        "List the directories servers are told of",
        "Roots of {server}",
        _SERVERS,
        (_ANY_SERVER,),
        (
            Command(
                "add",
                "Tell a server of a directory, for this session",
                "Tell {server} of a directory",
                arguments=(_SERVER, _DIRECTORY),
            ),
            Command(
                "remove",
                "Tell a server no more of a directory, for this session",
                "Tell {server} no more of a directory",
                arguments=(_SERVER, _DIRECTORY),
            ),
        ),
    ),
    Command(
        "tools",
        "List tools, with words those that fit, best first",
        "Tools of {server}",
        _USE,
        (_ANY_SERVER, Argument("filter", Kind.TEXT, "filter", required=False)),
    ),
    Command(
        "call",
        "Call a tool, also SERVER.TOOL; without arguments a form asks for them",
        "Call a tool of {server}",
        _USE,
        (
            _SERVER,
            Argument("tool", Kind.TOOL, "TOOL"),
            Argument("arguments", Kind.TOOL_ARGUMENTS, "arguments", required=False),
        ),
    ),
    Command("resources", "List resources and templates", "Resources of {server}", _USE, (_ANY_SERVER,)),
    Command(
        "read",
        "Read a resource",
        "Read a resource of {server}",
        _USE,
        (_SERVER, Argument("uri", Kind.URI, "URI")),
    ),
    Command(
        "follow",
        "Follow a resource: tell when it changes; again to stop",
        "Follow a resource of {server}",
        _USE,
        (_SERVER, Argument("uri", Kind.URI, "URI")),
    ),
    Command("prompts", "List prompts", "Prompts of {server}", _USE, (_ANY_SERVER,)),
    Command(
        "prompt",
        "Get a prompt",
        "Get a prompt of {server}",
        _USE,
        (
            _SERVER,
            Argument("prompt", Kind.PROMPT, "NAME"),
            Argument("arguments", Kind.PROMPT_ARGUMENTS, "key=value…", required=False),
        ),
    ),
    Command(
        "tasks",
        "List the calls that go on at their servers",
        "Open tasks",
        _USE,
        subcommands=(
            Command(
                "open",
                "Wait for a task again; without an ID for all",
                "Wait for all open tasks",
                arguments=(replace(_TASK, required=False),),
            ),
            Command("get", "Ask how a task is", "How a task is", arguments=(_TASK,)),
            Command("cancel", "Cancel a task at its server", "Cancel a task", arguments=(_TASK,)),
        ),
    ),
    Command(
        "skills",
        "List skills, open one, or read one of its files",
        "Skills of {server}",
        _USE,
        (
            _ANY_SERVER,
            Argument("skill", Kind.SKILL, "NAME", required=False),
            Argument("file", Kind.FILE, "FILE", required=False),
        ),
    ),
    Command(
        "saved",
        "List the saved calls",
        "Saved calls",
        _USE,
        subcommands=(
            Command(
                "run",
                "Run one saved call, or all, and check the results",
                "Run all saved calls",
                arguments=(Argument("name", Kind.SAVED, "NAME", required=False),),
            ),
        ),
    ),
    Command(
        "model",
        "List the models, or switch to another one",
        "Choose the model",
        _MODEL,
        (Argument("model", Kind.MODEL, "NAME", required=False),),
        (
            Command("login", "Store the key of a model", "Store the key of a model", arguments=(_ANY_MODEL,)),
            Command(
                "logout", "Delete the key of a model", "Delete the key of a model", arguments=(_ANY_MODEL,)
            ),
        ),
    ),
    Command("retry", "Ask the model the last question again", "Ask the model again", _MODEL),
    Command("undo", "Remove the last turn", "Remove the last turn", _MODEL),
    Command("compact", "Have the model summarize the conversation", "Summarize the conversation", _MODEL),
    Command(
        "approvals",
        "List what the model may do without asking, or revoke one",
        "What the model may do without asking",
        _MODEL,
        (_ANY_SERVER, Argument("tool", Kind.TOOL, "TOOL", required=False)),
    ),
    Command("history", "List earlier sessions, and reopen one", "Reopen an earlier session", _SESSION),
    Command(
        "export",
        "Write this session to a .md, .jsonl or .sh file; --force overwrites one",
        "Export this session",
        _SESSION,
        (Argument("file", Kind.WORD, "FILE"), Argument("force", Kind.WORD, "--force", required=False)),
    ),
    Command("clear", "Clear the history and start over", "Clear the history, start over", _SESSION),
    Command(
        "theme",
        "Choose the theme",
        "Choose the theme",
        _SESSION,
        (Argument("theme", Kind.THEME, "NAME", required=False),),
    ),
    Command(
        "terminal",
        "Show how this terminal draws pictures, and why",
        "How this terminal draws pictures",
        _SESSION,
    ),
    Command("help", "Show commands and keys", "Help: commands and keys", _SESSION),
    Command("quit", "Leave", "Quit", _SESSION),
)

SAY_PROMPT = Command(
    "SERVER:PROMPT",
    "Give a prompt to the model",
    "Give a prompt of {server} to the model",
    _USE,
    (Argument("arguments", Kind.PROMPT_ARGUMENTS, "key=value…", required=False),),
)
"""The command that every prompt of every server is: found by the names of both, so not in the table."""


def find(name: str, commands: Sequence[Command] = COMMANDS) -> Command | None:
    """The command of that name, whatever its case."""
    name = name.casefold()
    return next((command for command in commands if command.name == name), None)


def walk(commands: Sequence[Command] = COMMANDS) -> Iterator[tuple[Command, ...]]:
    """The way to every command and sub-command, in the order of the table."""
    for command in commands:
        yield (command,)
        for sub in command.subcommands:
            yield (command, sub)


def help_rows(commands: Sequence[Command] = COMMANDS) -> dict[str, tuple[tuple[str, str], ...]]:
    """For `/help`: by group, each usage line with what it does."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for command in _with_prompts(commands):
        rows = groups.setdefault(command.group, [])
        rows.append((command.usage, command.summary))
        rows.extend((sub.usage_in((command,)), sub.summary) for sub in command.subcommands)
    return {group: tuple(rows) for group, rows in groups.items()}


def _with_prompts(commands: Sequence[Command]) -> Iterator[Command]:
    """The commands, and behind the one that gets a prompt the one that gives it to the model."""
    for command in commands:
        yield command
        if command.name == "prompt":
            yield SAY_PROMPT

from __future__ import annotations

import subprocess
import sys

from app.slash.command import Argument, Command, Kind
from app.slash.completion import candidates
from app.slash.parse import Invocation, parse
from app.slash.table import COMMANDS, find, help_rows, walk
from tests.app.slash.world import World


def test_usage_lines_read_as_in_the_manual() -> None:
    usages = [usage for command in COMMANDS for usage in command.usages]
    assert usages == [
        "/mcp [verbose | restore | trust | NAME]",
        "/mcp login NAME [scopes]",
        "/mcp logout|reconnect|enable|disable|remove NAME",
        "/mcp add NAME -- CMD | --url URL",
        "/import [PROGRAM | FILE]",
        "/trace [model | SERVER]",
        "/log SERVER [LEVEL]",
        "/roots [SERVER]",
        "/roots add|remove SERVER DIRECTORY",
        "/tools [SERVER] [filter]",
        "/call SERVER TOOL [arguments]",
        "/resources [SERVER]",
        "/read SERVER URI",
        "/follow SERVER URI",
        "/prompts [SERVER]",
        "/prompt SERVER NAME [key=value…]",
        "/tasks",
        "/tasks open [ID]",
        "/tasks get|cancel ID",
        "/skills [SERVER] [NAME] [FILE]",
        "/saved",
        "/saved run [NAME]",
        "/model [NAME]",
        "/model login|logout [NAME]",
        "/retry",
        "/undo",
        "/compact",
        "/approvals [SERVER] [TOOL]",
        "/history",
        "/export FILE [--force]",
        "/clear",
        "/theme [NAME]",
        "/terminal",
        "/help",
        "/quit",
    ]


def test_help_groups_every_usage_with_what_it_does() -> None:
    rows = help_rows()
    assert list(rows) == ["Servers", "Tools, resources, prompts", "Model", "Session"]
    assert ("/mcp reconnect NAME", "Connect a server again") in rows["Servers"]
    assert ("/mcp trust", "Allow or refuse a project's servers") in rows["Servers"]
    assert ("/SERVER:PROMPT [key=value…]", "Give a prompt to the model") in rows["Tools, resources, prompts"]
    assert ("/quit", "Leave") in rows["Session"]


def test_summaries_are_plain_text_even_where_markup_is_read() -> None:
    # The palette takes the summary for markup.
    assert not [path[-1].name for path in walk() if "[" in path[-1].summary]


async def test_a_new_command_is_one_row_in_the_table() -> None:
    spool = Command(
        "spool", "Write the history", "Spool the history", arguments=(Argument("file", Kind.WORD, "FILE"),)
    )
    table = (*COMMANDS, spool)
    world = World()
    invocation = parse("/spool 'my log.md'", world, table)
    assert invocation == Invocation("spool", {"file": "my log.md"}, "/spool 'my log.md'")
    assert [each.label for each in await candidates("/sp", 3, world, table)] == ["/spool FILE"]
    assert find("SPOOL", table) is spool


def test_slash_commands_need_neither_a_screen_nor_the_sdk() -> None:
    code = (
        "import sys, services.arguments.line, app.slash.completion, app.slash.parse;"
        "sys.exit(any(name in sys.modules for name in ('textual', 'rich', 'mcp', 'pydantic', 'jsonschema')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The pages on configuration and commands say what the program does.

`python -m tests.app.command_line.test_command_line_config_docs` writes the key tables again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import click
import pytest

from app.command_line.main import cli, mcp
from app.command_line.servers import commands as mcp_config
from app.command_line.terminal import output
from services.config.gateway_table import GATEWAY
from services.config.models import CONFIG_FILE, MODEL, RESIDENT, SANDBOX, UI
from services.config.schema import key_table
from services.config.server_models import OAUTH, TOOL
from services.processes.environment import UNIX_VARIABLES, WINDOWS_VARIABLES
from services.secrecy import secrets
from tests.support.places import ROOT

if TYPE_CHECKING:
    from services.config.kinds import Table

CONFIGURATION = ROOT / "docs" / "configuration.md"
COMMANDS = ROOT / "docs" / "commands.md"
MARKED = re.compile(r"(<!-- keys of (.+?)(?::.*?)? -->\n).*?(<!-- end -->)", re.DOTALL)


def rows(table: Table) -> str:
    """The keys of a table that is not a server's."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for name, key in table.keys.items():
        default = "–" if key.default in (None, [], {}) else f"`{json.dumps(key.default)}`"
        lines.append(f"| `{name}` | {default} | {key.meaning} |")
    return "\n".join(lines) + "\n"


def written(page: str) -> str:
    """The page with the key tables that the models make."""
    tables = {
        "servers": key_table(),
        "oauth": rows(OAUTH),
        "tools": rows(TOOL),
        "the file": rows(CONFIG_FILE),
        "ui": rows(UI),
        "resident": rows(RESIDENT),
        "gateway": rows(GATEWAY),
        "model": rows(MODEL),
        "sandbox": rows(SANDBOX),
    }
    return MARKED.sub(lambda match: f"{match[1]}{tables[match[2]]}{match[3]}", page)


def test_the_key_tables_are_those_of_the_models() -> None:
    page = CONFIGURATION.read_text(encoding="utf-8")
    assert len(MARKED.findall(page)) == 9
    assert page == written(page), "run: python -m tests.app.command_line.test_command_line_config_docs"


def test_the_childs_variables_are_named() -> None:
    words = set(re.findall(r"[A-Z_][A-Z_0-9]+(?:\(X86\))?", CONFIGURATION.read_text(encoding="utf-8")))
    assert {*UNIX_VARIABLES, *WINDOWS_VARIABLES} <= words


NAMES = [one for one in mcp_config.__all__ if isinstance(getattr(mcp_config, one), click.Command)]


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_on_the_page(name: str) -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    command: click.Command = getattr(mcp_config, name)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in page
    assert f"jackfield mcp {command.name}" in page


@pytest.mark.parametrize("group", [cli, mcp], ids=["jackfield", "jackfield mcp"])
def test_every_command_is_there_and_on_the_page(group: click.Group) -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert command.help
        assert f"`{name}`" in page or f"`jackfield {name}" in page or f"jackfield mcp {name}" in page


def test_every_exit_status_is_on_the_page() -> None:
    page = COMMANDS.read_text(encoding="utf-8")
    for status in (
        output.OK,
        output.FAILED,
        output.USAGE,
        output.LOGIN,
        output.UNREACHABLE,
        output.TOOL_ERROR,
        output.DECLINED,
    ):
        assert f"\n| {status} | " in page


def test_there_is_one_mask() -> None:
    assert output.MASK == secrets.MASK


if __name__ == "__main__":
    CONFIGURATION.write_text(written(CONFIGURATION.read_text(encoding="utf-8")), encoding="utf-8")

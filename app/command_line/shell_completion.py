"""Completion in bash, zsh and fish: the scripts, and the names of configured servers.

A completion runs at every press of Tab: it imports neither pathlib nor tomllib unless it must.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ("COMPLETE_VARIABLE", "complete_servers", "completion", "server_names")

COMPLETE_VARIABLE: Final = "_JACKFIELD_COMPLETE"
"""By this variable the shell's script tells the program that it wants a completion."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    bash   echo 'eval "$(jackfield completion bash)"' >> ~/.bashrc
    zsh    echo 'eval "$(jackfield completion zsh)"' >> ~/.zshrc
    fish   jackfield completion fish > ~/.config/fish/completions/jackfield.fish
    """
    from pathlib import Path

    import assets
    from app.command_line.terminal.output import answer

    script = Path(assets.__path__[0]) / f"completion.{shell}"
    answer(script.read_text(encoding="utf-8").strip("\n"))


def complete_servers(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The configured servers whose names begin so; nothing rather than an error."""
    from click.shell_completion import CompletionItem

    names = server_names(context.find_root().params.get("config"))
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def server_names(file: str | None = None) -> list[str]:
    """The names in `file`, else in config.toml of the home directory, without checking anything."""
    try:
        with open(file or _config_file(), encoding="utf-8-sig") as lines:  # noqa: PTH123 - no pathlib here
            text = lines.read()
    except (OSError, ValueError):
        return []
    found = [name for line in text.splitlines() if (name := _headed(line))] or _parsed(text)
    return [name for name in dict.fromkeys(found) if name.isprintable()]


def _headed(line: str) -> str:
    """The server whose table begins at this line: `[mcp_servers.NAME…`; empty for any other line."""
    before, begins, rest = line.partition("mcp_servers.")
    if not begins or before.strip(" \t") != "[":
        return ""
    quote = rest[:1]
    if quote not in ("'", '"'):
        return rest.partition("]")[0].partition(".")[0].strip()
    name = rest[1:].partition(quote)[0]
    return "" if quote == '"' and "\\" in name else name


def _parsed(text: str) -> list[str]:
    """The same for a file that is written in another way: inline, or dotted keys."""
    if "mcp_servers" not in text:
        return []
    import tomllib

    try:
        tables = tomllib.loads(text).get("mcp_servers")
    except (ValueError, RecursionError):
        return []
    return list(tables) if isinstance(tables, dict) else []


def _config_file() -> str:
    """As `services.config.paths` has it, whose imports would cost as much as all the rest."""
    named = os.environ.get("JACKFIELD_HOME")
    if not named and sys.platform == "linux":
        configuration = os.environ.get("XDG_CONFIG_HOME", "").strip() or os.path.expanduser("~/.config")  # noqa: PTH111
        named = f"{configuration}/jackfield"
    if named:
        return f"{named}/config.toml"
    from services.config.paths import config_file, home

    return str(config_file(home()))

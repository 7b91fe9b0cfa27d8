"""Completion in bash, zsh and fish: the scripts, and the names of configured servers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    from click.shell_completion import get_completion_class

    from app.command_line.main import cli
    from app.command_line.output import answer

    script = get_completion_class(shell)
    if script is not None:
        answer(script(cli, {}, "jackfield", COMPLETE_VARIABLE).source().rstrip("\n"))


def complete_servers(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The configured servers whose names begin so; nothing rather than an error."""
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name)
        for name in server_names(context.find_root().params.get("config"))
        if name.startswith(incomplete)
    ]


def server_names(file: str | None = None) -> Iterable[str]:
    """The names in `file`, else in config.toml of the home directory, without checking anything."""
    import tomllib

    try:
        path = Path(file) if file else _config_file()
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("mcp_servers")
    except (OSError, ValueError, RecursionError):
        return []
    return [name for name in tables if name.isprintable()] if isinstance(tables, dict) else []


def _config_file() -> Path:
    """As `services.config.paths` has it; its imports would cost more than the rest of a completion."""
    named = os.environ.get("JACKFIELD_HOME")
    if named:
        return Path(named, "config.toml")
    from services.config.paths import config_file, home

    return config_file(home())

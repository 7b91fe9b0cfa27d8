"""`jackfield mcp remove`, `enable` and `disable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.command_line.configured import source
from app.command_line.terminal.output import OK, answer, warn
from services.config import edit
from services.config.editing import take_out
from services.config.source import refuse_project, unknown
from services.text import one_line

if TYPE_CHECKING:
    import click


__all__ = ("remove", "switch")


def remove(context: click.Context, name: str) -> int:
    """Take the server out of the file; raises UnknownServer."""
    from services.oauth.forgetting import forget_login

    chosen = source(context)
    table = take_out(chosen, name)
    said = (f"Removed MCP server '{one_line(name)}'.", forget_login(chosen, name, table, warn))
    answer(" ".join(filter(None, said)))
    return OK


def switch(context: click.Context, name: str, *, enabled: bool) -> int:
    """Enable or disable the server; raises UnknownServer."""
    chosen = source(context)
    path, tables = chosen.editable(), chosen.tables()
    if name not in tables:
        refuse_project(chosen, name)
        raise unknown(name, list(tables))
    table = tables[name]
    word = "enabled" if enabled else "disabled"
    if isinstance(table, dict) and table.get("enabled", True) is enabled:
        answer(f"MCP server '{one_line(name)}' is {word} already.")
        return OK
    edit.set_enabled(path, name, enabled)
    answer(f"{word.capitalize()} MCP server '{one_line(name)}'.")
    return OK

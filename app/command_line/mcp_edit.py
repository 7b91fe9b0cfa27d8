"""`jackfield mcp remove`, `enable` and `disable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.command_line.configured import source, unknown
from app.command_line.output import OK, answer
from services.config import edit
from services.text import one_line

if TYPE_CHECKING:
    import click

__all__ = ("remove", "switch")


def remove(context: click.Context, name: str) -> int:
    """Take the server out of the file; raises UnknownServer."""
    chosen = source(context)
    if not edit.remove_server(chosen.editable(), name):
        raise unknown(name, list(chosen.tables()))
    answer(f"Removed MCP server '{one_line(name)}'.")
    return OK


def switch(context: click.Context, name: str, *, enabled: bool) -> int:
    """Enable or disable the server; raises UnknownServer."""
    chosen = source(context)
    path, tables = chosen.editable(), chosen.tables()
    if name not in tables:
        raise unknown(name, list(tables))
    table = tables[name]
    word = "enabled" if enabled else "disabled"
    if isinstance(table, dict) and table.get("enabled", True) is enabled:
        answer(f"MCP server '{one_line(name)}' is {word} already.")
        return OK
    edit.set_enabled(path, name, enabled)
    answer(f"{word.capitalize()} MCP server '{one_line(name)}'.")
    return OK

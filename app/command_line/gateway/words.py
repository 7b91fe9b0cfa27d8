"""The words of `jackfield serve`, kept for its workers: they read them again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.command_line.connect.program import ServerCommand

if TYPE_CHECKING:
    import click

__all__ = ("WORDS", "ServeCommand")

WORDS: Final = "jackfield.serve"
"""Under this key of `Context.meta` they stand."""


class ServeCommand(ServerCommand):
    """Keeps its words as they came."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[WORDS] = tuple(args)
        return super().parse_args(ctx, args)

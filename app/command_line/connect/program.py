"""`-- CMD ARGS…` at the end of a command: a program in the place of a configured server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("ServerCommand", "program_of", "split_server")

_COMMAND: Final = "jackfield.command"
"""Under this key of `Context.meta` stands the command that followed `--`."""


class ServerCommand(click.Command):
    """A command that takes `-- CMD ARGS…` at its end in the place of SERVER."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click has it, with what follows `--` kept apart: it belongs to the other program."""
        if "--" in args:
            at = args.index("--")
            ctx.meta[_COMMAND] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What SERVER may be, after the options."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(_SERVER_HELP)
        super().format_epilog(ctx, formatter)


_SERVER_HELP: Final = (
    "SERVER is a configured name or a URL. To use a program that is not configured leave SERVER out "
    "and put the program at the end, after --."
)


def program_of(context: click.Context) -> tuple[str, ...] | None:
    """The program and its arguments that stand after `--`; None when there is no `--`."""
    program: tuple[str, ...] | None = context.meta.get(_COMMAND)
    if program == ():
        raise click.UsageError("A program must follow --.", context)
    return program


def split_server(
    context: click.Context, words: Sequence[str], wanted: str
) -> tuple[str | None, str, tuple[str, ...]]:
    """SERVER (None where a program follows `--`), the word after it, called `wanted`, and the rest."""
    needed = ([] if program_of(context) else ["SERVER"]) + [wanted]
    if len(words) < len(needed):
        raise click.UsageError(f"Missing argument '{needed[len(words)]}'.", context)
    server = words[0] if len(needed) > 1 else None
    return server, words[len(needed) - 1], tuple(words[len(needed) :])

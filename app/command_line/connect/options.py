"""The options that commands which connect to servers share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

import click

from services.resident.client import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Seconds", "answering", "behind", "cold", "of_servers", "trace")

_COLD: Final = "jackfield.cold"
"""Under this key of `Context.meta` stands whether `--cold` was given."""

_LONGEST: Final = 1e7
"""Seconds: four months."""


class Seconds(click.ParamType[float]):
    """A number of seconds above 0."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises click.BadParameter."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds <= _LONGEST:
            self.fail(f"{value} is not a number of seconds.", param, ctx)
        return seconds


def of_servers(function: Callable[..., Any]) -> Callable[..., Any]:
    """How servers that are not configured are reached, and how long a server may take."""
    options = (
        click.option(
            "--env", multiple=True, metavar="KEY=VALUE", help="A variable to set for the program after --."
        ),
        click.option(
            "--env-var", multiple=True, metavar="NAME", help="A variable of ours to pass on to that program."
        ),
        click.option(
            "--bearer-token-env-var", metavar="NAME", help="The variable that holds the token for a URL."
        ),
        click.option(
            "--startup-timeout",
            metavar="S",
            type=Seconds(),
            help="Seconds a server may take to start, instead of its startup_timeout_sec.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def answering(function: Callable[..., Any]) -> Callable[..., Any]:
    """How questions of servers are answered without asking the person."""
    options = (
        click.option(
            "--answer",
            "answers",
            multiple=True,
            metavar="FIELD=VALUE",
            help="Answer this field where a server asks for it; may be repeated.",
        ),
        click.option(
            "--accept-defaults", is_flag=True, help="Answer fields without --answer with their defaults."
        ),
        click.option("--decline", is_flag=True, help="Decline whatever a server asks."),
    )
    for option in reversed(options):
        function = option(function)
    return function


def trace(whose: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--trace`: the file for every message to and from `whose`."""
    return click.option(
        "--trace",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help=f"Write every message to and from {whose} into this file, as JSON lines, secrets masked.",
    )


def cold(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--cold`: do without a resident and an open session, and leave none behind."""
    return click.option(
        "--cold",
        is_flag=True,
        expose_value=False,
        callback=_remember,
        help="Open a new connection: use no server of a resident or an open session, and leave none running.",
    )(function)


def _remember(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[_COLD] = value


def behind(context: click.Context) -> tuple[str, ...] | None:
    """The options of all commands as words, for a resident left behind this one; None where none may be."""
    root = context.find_root()
    if context.meta.get(_COLD) or root.invoked_subcommand not in COMMANDS:
        return None
    named = root.params.get("config")
    words = ("--config", os.path.abspath(named)) if named is not None else ()  # noqa: PTH100
    return (*words, "--strict") if root.params.get("strict") else words

"""The commands about models; only what is needed to read the command line is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.command_line.connect.options import answering, cold, of_servers, trace
from app.command_line.connect.program import ServerCommand
from app.command_line.shell_completion import complete_servers

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("ask", "check", "list_models", "login", "logout")

_name = click.argument("name", required=False, metavar="[NAME]")
_json = click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON document.")


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `ask` can be told."""
    options = (
        click.option(
            "--server",
            "servers",
            multiple=True,
            metavar="SERVER",
            shell_complete=complete_servers,
            help="Use only this server, a configured name or a URL; may be repeated.",
        ),
        click.option("--model", "name", metavar="NAME", help="Ask [models.NAME] instead of [model]."),
        click.option(
            "--approve",
            type=click.Choice(["none", "reads", "all"]),
            default="none",
            help="Calls that are made without a question: none, those that say they only read, or all.",
        ),
        click.option(
            "--max-turns", type=click.IntRange(1, 1_000), default=50, metavar="N", help="At most N requests."
        ),
        click.option(
            "--image",
            "images",
            multiple=True,
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Show it this picture; may be repeated.",
        ),
        _json,
        click.option("--stream-json", is_flag=True, help="Print what happens as JSON, one line each."),
        answering,
        trace("the servers and the model"),
        of_servers,
        cold,
        click.option("-v", "--verbose", is_flag=True, help="Show more: the servers' logs."),
        click.pass_context,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("ask", cls=ServerCommand)
@click.argument("words", nargs=-1, required=True, metavar="TEXT | -")
@_options
def ask(context: click.Context, words: tuple[str, ...], **options: Any) -> int:
    """Ask a model that may use the tools of servers, and print its answer.

    A TEXT of - is read from standard input; beside other text it is put below that. A call that needs
    approval is asked about on a terminal; where there is none it is denied, and the model told so.

    \b
    jackfield ask "What time is it in Vienna?"
    git diff | jackfield ask "Review this:" -
    jackfield ask --image chart.png --approve reads --json "What does it show?"
    jackfield ask "What is in this folder?" -- npx -y some-server

    Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 a key or a login is needed,
    4 not reachable, 6 a call was denied, or a question declined, because nobody could answer.
    """
    from app.command_line.model.ask import ask_model

    return ask_model(context, words, **options)


@click.command("list")
@_json
@click.pass_context
def list_models(context: click.Context, as_json: bool) -> int:
    """List the configured models, where each is asked, and where its key is."""
    from app.command_line.model.manage import show_models

    return show_models(context, as_json=as_json)


@click.command("login")
@_name
@click.pass_context
def login(context: click.Context, name: str | None) -> int:
    """Store the key of a model in the keyring, or where mcp_oauth_credentials_store says.

    It is asked for on a terminal, and not shown; else it is read from standard input.
    """
    from app.command_line.model.manage import keep_key

    return keep_key(context, name)


@click.command("logout")
@_name
@click.pass_context
def logout(context: click.Context, name: str | None) -> int:
    """Forget the kept key of a model."""
    from app.command_line.model.manage import forget_key

    return forget_key(context, name)


@click.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@_json
@click.pass_context
def check(context: click.Context, names: tuple[str, ...], as_json: bool) -> int:
    """Ask models for one word, and report what is wrong; without a name all that are configured.

    Exit status: 0 all answered, else that of the first that did not: 2 configuration, 3 key, 4 not reachable.
    """
    from app.command_line.model.manage import check_models

    return check_models(context, names, as_json=as_json)

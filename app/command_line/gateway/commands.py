"""The command `serve`: only what is needed to read the command line is imported here."""

from __future__ import annotations

from typing import Any, Final

import click

from app.command_line.connect.options import of_servers
from app.command_line.gateway.words import ServeCommand
from app.command_line.shell_completion import complete_servers

__all__ = ("serve",)

_ADDRESS: Final = "127.0.0.1:8940"


@click.command("serve", cls=ServeCommand)
@click.argument("server", required=False, metavar="[SERVER]", shell_complete=complete_servers)
@click.option(
    "--http",
    metavar="[HOST:PORT]",
    is_flag=False,
    flag_value=_ADDRESS,
    help=f"Serve Streamable HTTP here, at /mcp; {_ADDRESS} where no address is given.",
)
@click.option("--only", multiple=True, metavar="SERVER", help="Offer only this server; may be repeated.")
@click.option("--group", metavar="NAME", help="Offer the servers of [gateway.groups.NAME].")
@click.option("--read-only", is_flag=True, help="Offer only tools that say they change nothing.")
@click.option("--search", is_flag=True, help="Offer three tools that find and call the others.")
@click.option("--pin", "pinned", multiple=True, metavar="TOOL", help="With --search: offer this tool too.")
@click.option(
    "--questions",
    type=click.Choice(["client", "here", "decline"]),
    help="Who answers what servers ask: the calling client, you at this terminal, nobody.",
)
@click.option("--token-env", metavar="NAME", help="The variable that holds the token clients must send.")
@click.option("--no-token", is_flag=True, help="Ask for no token; only on loopback addresses.")
@click.option(
    "--state",
    metavar="URL",
    help="With --http: share limits, news, tasks and rounds with other processes by a Redis or Valkey "
    "server, redis://HOST:PORT/N.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="With --http: serve in N processes; needs --state.",
)
@of_servers
@click.option("-v", "--verbose", is_flag=True, help="Show more: the servers' logs.")
@click.pass_context
def serve(context: click.Context, /, server: str | None, **options: Any) -> int:
    """Serve all configured servers as one MCP server.

    Clients start it as a program, or reach it with --http: at /mcp all servers, their tools called
    SERVER__TOOL; at /mcp/SERVER one of them, at /mcp/group/NAME a group. With SERVER that one alone is
    offered, under the names of its own.

    \b
    jackfield serve
    jackfield serve --http
    codex mcp add all -- jackfield serve
    """
    from app.command_line.gateway.serve import run_serve

    return run_serve(context, server, **options)

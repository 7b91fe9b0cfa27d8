"""The command `acp`: only what is needed to read the command line is imported here."""

from __future__ import annotations

import click

__all__ = ("acp",)


@click.command()
@click.option("-v", "--verbose", is_flag=True, help="Show more on standard error: the servers' logs.")
@click.pass_context
def acp(context: click.Context, /, *, verbose: bool) -> int:
    """Serve an editor as its agent: the Agent Client Protocol, for Zed and others.

    The editor starts this command; the configured model answers, with the tools of all servers.
    It reads standard input and answers on standard output, until its input ends.

    \b
    In Zed's settings:
      "agent_servers": {"Jackfield": {"type": "custom", "command": "jackfield", "args": ["acp"]}}
    """
    from app.command_line.acp.serve import serve

    return serve(context, verbose=verbose)

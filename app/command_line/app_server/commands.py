"""The command `app-server`: only what is needed to read the command line is imported here."""

from __future__ import annotations

import click

__all__ = ("app_server",)


@click.command("app-server")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of all methods and leave.")
@click.option("-v", "--verbose", is_flag=True, help="Show more on standard error: the servers' logs.")
@click.pass_context
def app_server(context: click.Context, /, *, schema: bool, verbose: bool) -> int:
    """Let another program drive servers and models: JSON-RPC 2.0, a message a line.

    It reads standard input and answers on standard output, until its input ends.

    \b
    jackfield app-server
    jackfield app-server --schema
    """
    from app.command_line.app_server.serve import print_schema, serve

    return print_schema() if schema else serve(context, verbose=verbose)

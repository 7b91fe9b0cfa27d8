"""The commands `record` and `replay`: only what is needed to read the command line is imported here."""

from __future__ import annotations

from typing import Any

import click

from app.command_line.connect.options import Seconds
from app.command_line.connect.program import ServerCommand

__all__ = ("record", "replay")


class _Record(ServerCommand):
    """`record` takes a program after `--`, and no SERVER."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Nothing about SERVER."""
        click.Command.format_epilog(self, ctx, formatter)


@click.command("record", cls=_Record)
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False))
@click.option("--url", metavar="URL", help="Record a server over Streamable HTTP instead of a program.")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help="Where clients reach it, with --url; by default a free port of 127.0.0.1.",
)
@click.option("--with-secrets", is_flag=True, help="Write secrets as they are.")
@click.pass_context
def record(context: click.Context, /, file: str, **options: Any) -> int:
    """Record what a client and a server send each other: every frame goes into FILE as JSON lines.

    Put it in the place of the server's command in the client's configuration: what the client and the server
    send goes through as it is, and it ends when the server ends. With --url it serves at an address of its
    own, which it prints, until Ctrl+C. A FILE that is there is added to. Secrets are masked.

    \b
    jackfield record bug.jsonl -- npx -y some-server
    jackfield record bug.jsonl --url https://example.com/mcp --listen 127.0.0.1:8931
    """
    from app.command_line.recording.record import run_record

    return run_record(context, file, **options)


@click.command("replay")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False))
@click.option("--http", metavar="HOST:PORT", help="Serve Streamable HTTP here, at /mcp, instead of stdio.")
@click.option("--server", metavar="NAME", help="Which server, where the file holds several.")
@click.option("--pace", is_flag=True, help="Wait before each message as long as the server did.")
@click.option(
    "--longest-wait",
    metavar="S",
    type=Seconds(),
    default=30.0,
    show_default=True,
    help="Seconds that --pace waits before a message at most.",
)
def replay(file: str, **options: Any) -> int:
    """Serve a recording: answer requests as they were answered then.

    FILE is what `jackfield record` wrote, a saved trace (--trace, or s in the trace), or a recording of
    mcporter. A request gets the answer of the recorded one with the same method and params, else with the
    same method and name; any other gets the error -32601. Answers come at once, or with --pace as slowly as
    they were recorded.

    \b
    jackfield call add a=1 b=2 -- jackfield replay bug.jsonl
    """
    from app.command_line.recording.replay import run_replay

    return run_replay(file, **options)

"""The commands `test` and `bench`: only what is needed to read the command line is imported here."""

from __future__ import annotations

from typing import Any

import click

from app.command_line.connect.options import Seconds, answering, of_servers, trace
from app.command_line.connect.program import ServerCommand

__all__ = ("bench", "test")


@click.command("test")
@click.argument("words", nargs=-1, metavar="[FILE]... [NAME]...")
@click.option("--junit", metavar="FILE", type=click.Path(dir_okay=False), help="Write a report as JUnit XML.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--server",
    "given",
    multiple=True,
    metavar="NAME=COMMAND|URL",
    help="Use this program or URL for the server NAME; may be repeated.",
)
@click.option("--update", is_flag=True, help="Write what was seen into the file where a check failed.")
@click.option(
    "--startup-timeout",
    metavar="S",
    type=Seconds(),
    help="Seconds a server may take to start, instead of its startup_timeout_sec.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more: checks that passed, the servers' logs.")
@answering
@trace("the servers")
@click.pass_context
def test(context: click.Context, /, words: tuple[str, ...], **options: Any) -> int:
    """Run saved calls and check their results.

    FILE is a calls.toml; without one those of the project (.jackfield/calls.toml) and of the home directory
    are run. NAME runs the calls of that name alone, and those whose values they use. Only the servers that
    are called are connected.

    \b
    jackfield test
    jackfield test smoke.toml --junit report.xml
    jackfield test smoke.toml add --server 'db=npx -y some-server'

    Exit status: 0 all passed, 1 a check failed or a call had no result, 2 wrong usage or a wrong file,
    3 a login is all that is missing, 4 servers that cannot be reached are all that is wrong.
    """
    from app.command_line.saved.test import run_tests

    return run_tests(context, words, **options)


class Numbers(click.ParamType[tuple[int, ...]]):
    """Whole numbers between 1 and a limit, set apart by commas."""

    name = "numbers"

    def __init__(self, most: int) -> None:
        self._most = most

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """The numbers. Raises click.BadParameter."""
        parts = str(value).split(",")
        if not all(part.isdecimal() and 1 <= int(part) <= self._most for part in parts):
            self.fail(f"{value} is not one or more numbers from 1 to {self._most:,}.", param, ctx)
        return tuple(map(int, parts))


@click.command("bench", cls=ServerCommand)
@click.argument("words", nargs=-1, metavar="SERVER TOOL [KEY=VALUE | KEY:=JSON]...")
@click.option("--args", "given", metavar="JSON|@FILE|-", help="The arguments as one JSON object.")
@click.option(
    "--calls", metavar="N", type=click.IntRange(1, 1_000_000), default=200, help="Calls of each round."
)
@click.option(
    "--concurrency",
    metavar="N[,N]...",
    type=Numbers(1_000),
    default="1,4,16",
    help="Calls side by side; a round for each number.",
)
@click.option("--duration", metavar="S", type=Seconds(), default=10.0, help="Seconds of each round at most.")
@click.option("--timeout", metavar="S", type=Seconds(), help="Seconds to wait, instead of tool_timeout_sec.")
@click.option("--no-check", is_flag=True, help="Send the arguments without checking them first.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@of_servers
@click.option("-v", "--verbose", is_flag=True, help="Show more: the servers' logs.")
@click.pass_context
def bench(context: click.Context, /, words: tuple[str, ...], **options: Any) -> int:
    """Call a tool again and again, and print how fast it answers.

    A round ends with its --calls or after its --duration, whichever comes first. One call before the first
    round is not counted.

    \b
    jackfield bench time get_current_time timezone=Europe/Vienna
    jackfield bench demo add a=1 b=2 --concurrency 1,8,64 --calls 1000

    Exit status: 0 every call succeeded, 1 some failed, 2 wrong usage or configuration, 3 login needed,
    4 server unreachable.
    """
    from app.command_line.saved.bench import run_bench

    return run_bench(context, words, **options)

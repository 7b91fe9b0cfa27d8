"""`jackfield tasks …`: calls that were left at their servers.

Only what is needed to read the command line is imported here; the work is imported late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.command_line.connect.options import Seconds, answering, of_servers, trace
from app.command_line.shell_completion import complete_servers

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

__all__ = ("cancel", "get", "list_tasks", "wait")

_trace = trace("the server")


def _complete_ids(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from services.connections.task_book import home_tasks

    ids = [kept.task.id for kept in home_tasks().all()]
    return [CompletionItem(one) for one in ids if one.startswith(incomplete) and one.isprintable()]


def _of_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """What names one task, and how its server is reached."""
    options = (
        click.argument("task_id", metavar="ID", shell_complete=_complete_ids),
        click.option(
            "--server",
            metavar="SERVER",
            shell_complete=complete_servers,
            help="The configured server or the URL that has the task, where it was not left from here.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON."),
        _trace,
        of_servers,
        click.option("-v", "--verbose", is_flag=True, help="Say more: the server's log."),
        click.pass_context,
    )
    for option in reversed(options):
        function = option(function)
    return function


@click.command("list")
@click.argument("server", required=False, metavar="[SERVER]", shell_complete=complete_servers)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
@_trace
@of_servers
@click.option("-v", "--verbose", is_flag=True, help="Say more: the server's log.")
@click.pass_context
def list_tasks(context: click.Context, /, server: str | None, as_json: bool, **options: Any) -> int:
    """List the tasks that may still be open.

    With SERVER the server is asked how each of them is, and for those it lists by itself.
    """
    from app.command_line.connect.tasks import show_tasks

    return show_tasks(context, server, as_json=as_json, **options)


@click.command("get")
@_of_one
def get(context: click.Context, task_id: str, **options: Any) -> int:
    """Show the state of a task. ID may be its beginning."""
    from app.command_line.connect.tasks import show_task

    return show_task(context, task_id, **options)


@click.command("wait")
@_of_one
@click.option("--save", metavar="DIR", help="Write images, audio and enclosed files into this directory.")
@click.option("--timeout", metavar="S", type=Seconds(), help="Seconds to wait; then it is left running.")
@answering
def wait(context: click.Context, task_id: str, **options: Any) -> int:
    """Wait for a task and print its result, as `jackfield call` prints one. Ctrl+C leaves it.

    What it asks meanwhile is put to you on a terminal, or answered by the options.

    Exit status: as of `jackfield call`.
    """
    from app.command_line.connect.tasks import wait_for

    return wait_for(context, task_id, **options)


@click.command("cancel")
@_of_one
def cancel(context: click.Context, task_id: str, **options: Any) -> int:
    """Cancel a task at its server."""
    from app.command_line.connect.tasks import cancel_task

    return cancel_task(context, task_id, **options)

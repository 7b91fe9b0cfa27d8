"""The work of `jackfield tasks …`, and of `jackfield call --detach`."""

from __future__ import annotations

import asyncio
import shlex
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.command_line.configured import load_configuration
from app.command_line.connect.run import Desk, run
from app.command_line.connect.targets import Wish
from app.command_line.terminal.output import OK, TOOL_ERROR, answer, note, print_json, table, warn
from services.amounts import seconds_text
from services.catalog.entries import Tool
from services.connections.eras import server_mark
from services.connections.task_book import home_tasks
from services.errors import CallTimeout, ConfigurationError, InvalidArguments, NotOffered, TaskFailed
from services.ranking import did_you_mean
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    import click

    from services.catalog.entries import Catalog
    from services.connections.task_book import KeptTask
    from services.results.content import ToolResult
    from services.tasks.task import Task

__all__ = ("cancel_task", "print_left", "refuse_detached", "show_task", "show_tasks", "wait_for")

_HEADERS = ("ID", "Tool", "Status", "Age", "Arguments")


def show_tasks(context: click.Context, server: str | None, *, as_json: bool, **options: Any) -> int:
    """`tasks list`."""
    if server is None:
        _print([kept.task for kept in home_tasks().all()], as_json=as_json, asked=False)
        return OK
    wish = Wish.of(context, server, **options)

    async def work() -> int:
        async with Desk(wish) as desk:
            kept = await desk.manager.tasks(desk.server)
            looked = [await _looked(desk, task) for task in kept]
            with suppress(NotOffered):
                known = {task.id for task in kept}
                listed = await desk.manager.listed_tasks(desk.server)
                looked += [task for task in listed if task.id not in known]
            desk.line.hide()
            _print(looked, as_json=as_json, asked=True)
            return OK

    return run(work)


def show_task(
    context: click.Context, given: str, *, server: str | None, as_json: bool, **options: Any
) -> int:
    """`tasks get`."""

    async def look(desk: Desk, task_id: str) -> int:
        task = await desk.manager.look_at_task(desk.server, task_id)
        desk.line.hide()
        if as_json:
            print_json(_value(task, asked=True))
        else:
            answer("\n".join(_details(task)))
        return OK

    return _with_one(context, given, server, options, look)


def wait_for(
    context: click.Context,
    given: str,
    *,
    server: str | None,
    as_json: bool,
    save: str | None,
    timeout: float | None,
    **options: Any,
) -> int:
    """`tasks wait`."""

    async def wait(desk: Desk, task_id: str) -> int:
        name = ""

        def told(task: Task) -> None:
            nonlocal name
            name = task.tool
            desk.line.show(f"{desk.shown}.{task.tool or 'task'}  {task.shown_id}  {task.words}")

        try:
            async with asyncio.timeout(timeout):
                result = await _result(desk, task_id, told)
        except TimeoutError:
            shown = one_line(task_id, 100)
            late = f"task {shown} has no result within {timeout:g} s"
            raise CallTimeout(late, hint=f"To go on waiting: {_command('wait', task_id)}") from None
        desk.line.hide()
        return await _print_result(desk, result, name, as_json=as_json, save=save)

    return _with_one(context, given, server, options, wait)


def cancel_task(
    context: click.Context, given: str, *, server: str | None, as_json: bool, **options: Any
) -> int:
    """`tasks cancel`."""

    async def cancel(desk: Desk, task_id: str) -> int:
        await desk.manager.cancel_task(desk.server, task_id)
        desk.line.hide()
        if as_json:
            print_json({"id": task_id, "server": desk.server, "cancelled": True})
        else:
            note(f"{desk.shown} was told to cancel task {one_line(task_id, 100)}.")
        return OK

    return _with_one(context, given, server, options, cancel)


# What `jackfield call --detach` leaves.


def refuse_detached(wish: Wish) -> None:
    """A program that is not configured is gone with the command, and nobody finds it again."""
    if not wish.configured and wish.server.transport == "stdio":
        raise InvalidArguments(
            "--detach leaves a task at a configured server or a URL",
            hint="A program after -- ends with the command.",
        )


def print_left(desk: Desk, task: Task, *, as_json: bool) -> None:
    """The task of a call that is left at its server."""
    if desk.wish.server.transport == "stdio":
        warn(f"{desk.shown} ends with this command; whether it finds the task again is up to it.")
    if as_json:
        print_json(_value(task, asked=True))
    else:
        answer(task.shown_id)
        note(f"To wait for it: {_command('wait', task.id)}")


# One task, by its id.


def _with_one(
    context: click.Context,
    given: str,
    server: str | None,
    options: dict[str, Any],
    act: Callable[[Desk, str], Coroutine[None, None, int]],
) -> int:
    where, task_id = (server, given) if server is not None else _found(context, given)
    wish = Wish.of(context, where, **options)

    async def work() -> int:
        async with Desk(wish) as desk:
            return await act(desk, task_id)

    return run(work)


def _found(context: click.Context, given: str) -> tuple[str, str]:
    """The server of a task, as a name or a URL, and its whole id."""
    kept = home_tasks().all()
    exact = [one for one in kept if given in (one.task.id, one.task.shown_id)]
    found = exact or [one for one in kept if one.task.id.startswith(given)]
    shown = one_line(given, 80)
    if not found:
        near = did_you_mean(given, [one.task.shown_id for one in kept])
        hint = near or "jackfield tasks list shows them; --server names the server of one left elsewhere."
        raise InvalidArguments(f"no task {shown} was left from here", hint=hint)
    if len(found) > 1:
        ids = ", ".join(one.task.shown_id for one in found[:3])
        raise InvalidArguments(f"{len(found)} tasks begin with {shown}", hint=f"Among them: {ids}")
    return _place(context, found[0]), found[0].task.id


def _place(context: click.Context, kept: KeptTask) -> str:
    servers = load_configuration(context, silent=True).servers
    named = next((server.name for server in servers if server_mark(server) == kept.mark), None)
    if place := named or kept.url:
        return place
    name = one_line(kept.task.server, 80)
    raise ConfigurationError(
        f"{name}, which has the task, is not configured as it was",
        hint="--server names the server it has now.",
    )


async def _looked(desk: Desk, task: Task) -> Task:
    """How a task is; one that cannot be looked at as it was known, and why."""
    from dataclasses import replace

    from services.errors import JackfieldError

    try:
        return await desk.manager.look_at_task(desk.server, task.id)
    except JackfieldError as error:
        return replace(task, message=error.message)


async def _result(desk: Desk, task_id: str, told: Callable[[Task], None]) -> ToolResult:
    """The result of a task; of one that ended in another program too, where its server still has it."""
    try:
        return await desk.manager.wait_task(desk.server, task_id, told, leave_task=True)
    except TaskFailed as error:
        if error.reason != "task_elsewhere":
            raise
        return await desk.manager.wait_task(desk.server, task_id, told, leave_task=True)


async def _print_result(desk: Desk, result: ToolResult, name: str, *, as_json: bool, save: str | None) -> int:
    from app.command_line.connect.results import print_tool_result

    catalog: Catalog = desk.manager.catalog(desk.server)
    tool = catalog.tool(name) or Tool(desk.server, name or "task", name)
    await print_tool_result(result, tool, as_json=as_json, save=Path(save) if save is not None else None)
    return desk.status(TOOL_ERROR if result.is_error else OK)


def _print(tasks: Sequence[Task], *, as_json: bool, asked: bool) -> None:
    if as_json:
        print_json([_value(task, asked=asked) for task in tasks])
    elif not tasks:
        note("There are no open tasks.")
    else:
        headers = _HEADERS if asked else ("ID", "Server", *_HEADERS[1:2], *_HEADERS[3:])
        answer(table([_row(task, asked=asked) for task in tasks], headers))


def _row(task: Task, *, asked: bool) -> tuple[str, ...]:
    age = seconds_text(max(time.time() - task.created, 0.0))
    if asked:
        return task.shown_id, task.tool, task.words, age, task.arguments
    return task.shown_id, one_line(task.server, 80), task.tool, age, task.arguments


def _details(task: Task) -> Iterable[str]:
    yield f"{task.shown_id}"
    yield f"  server: {one_line(task.server, 80)}"
    if task.tool:
        yield f"  tool: {task.tool} {task.arguments}".rstrip()
    yield f"  status: {task.words}"
    yield f"  age: {seconds_text(max(time.time() - task.created, 0.0))}"
    if task.ttl is not None:
        yield f"  kept for: {seconds_text(task.ttl)}"


def _value(task: Task, *, asked: bool) -> dict[str, Any]:
    told = {"status": task.status, "status_message": task.message} if asked else {}
    return {
        "id": task.id,
        "server": task.server,
        "tool": task.tool,
        "arguments": task.arguments,
        "created": task.created,
        "ttl": task.ttl,
        **told,
    }


def _command(name: str, task_id: str) -> str:
    return f"jackfield tasks {name} {shlex.quote(one_line(task_id, 100))}"

"""`jackfield call`, `read` and `prompt`: one request to one server, and its answer."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.command_line.connect.arguments import read_given
from app.command_line.connect.program import program_of, split_server
from app.command_line.connect.run import Desk, run
from app.command_line.connect.targets import Wish
from app.command_line.connect.tasks import print_left, refuse_detached
from app.command_line.terminal.line import progress_text
from app.command_line.terminal.output import DECLINED, OK, TOOL_ERROR, fail, note, paint, warning
from services.arguments.call import check_arguments, prompt_arguments, tool_arguments
from services.arguments.uri_template import is_template, read_template, template_values
from services.errors import CallTimeout, ConnectionFailed, InvalidArguments, JackfieldError, ServerError
from services.ranking import did_you_mean
from services.tasks.task import Task
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

    from services.catalog.entries import Tool
    from services.connections.calls import Progress
    from services.results.content import PromptResult, ResourceResult, ToolResult

__all__ = ("call_tool", "get_prompt", "named", "read_resource", "tool_of")


def call_tool(
    context: click.Context,
    words: tuple[str, ...],
    *,
    given: str | None,
    save: str | None,
    timeout: float | None,
    no_check: bool,
    detach: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """`jackfield call`: the exit status is 5 when the tool itself reports an error."""
    server, name, rest = split_server(context, words, "TOOL")
    whole = read_given(given, rest)
    wish = Wish.of(context, server, timeout=timeout, **options)
    command = _command(context, "call", server, name)
    if detach:
        refuse_detached(wish)

    async def work() -> int:
        async with Desk(wish) as desk:
            if desk.manager.catalog(desk.server).tool(name) is None:
                await desk.manager.listed(desk.server)  # it may be among those still being listed
            tool = tool_of(desk, name, bool(program_of(context)))
            arguments = tool_arguments(tool, rest, check=not no_check) if whole is None else whole
            if not no_check:
                for remark in check_arguments(tool, arguments, command):
                    _warn(remark)
            result = await _called(desk, tool, arguments, timeout, detach=detach)
            desk.line.hide()
            if isinstance(result, Task):
                print_left(desk, result, as_json=as_json)
                return desk.status(OK)
            if detach:
                note(f"{desk.shown}.{tool.name} answered at once: there is no task.")
            from app.command_line.connect.results import print_tool_result

            await print_tool_result(result, tool, as_json=as_json, save=_directory(save))
            if result.is_error:
                note(f"{paint('Error:', 'red', sys.stderr)} {desk.shown}.{tool.name} reported an error.")
            return desk.status(TOOL_ERROR if result.is_error else OK)

    return run(work)


def read_resource(
    context: click.Context, words: tuple[str, ...], *, save: str | None, as_json: bool, **options: Any
) -> int:
    """`jackfield read`; the words after a template are its values."""
    server, given, rest = split_server(context, words, "URI")
    if not is_template(given):
        _nothing_more(rest)
    wish = Wish.of(context, server, **options)
    command = _command(context, "read", server, given)

    async def work() -> int:
        async with Desk(wish) as desk:
            uri = _uri(desk, given, rest, command)
            desk.line.show(f"reading {one_line(uri, 200)}")
            with named(desk):
                result: ResourceResult = await desk.manager.read_resource(desk.server, uri)
            desk.line.hide()
            from app.command_line.connect.results import print_resource

            await print_resource(result, as_json=as_json, save=_directory(save))
            return desk.status(OK)

    return run(work)


def get_prompt(context: click.Context, words: tuple[str, ...], *, as_json: bool, **options: Any) -> int:
    """`jackfield prompt`."""
    server, name, rest = split_server(context, words, "NAME")
    wish = Wish.of(context, server, **options)
    command = _command(context, "prompt", server, name)

    async def work() -> int:
        async with Desk(wish) as desk:
            catalog = desk.manager.catalog(desk.server)
            found = catalog.prompt(name)
            shown = one_line(name, 80)
            if found is None:
                near = did_you_mean(name, [prompt.name for prompt in catalog.prompts])
                raise InvalidArguments(f"{desk.shown} has no prompt {shown}", hint=near or "It offers none.")
            arguments = prompt_arguments(found, rest, shown, command)
            desk.line.show(f"{desk.shown} {shown}")
            with named(desk):
                result: PromptResult = await desk.manager.get_prompt(desk.server, found.raw_name, arguments)
            desk.line.hide()
            from app.command_line.connect.results import print_prompt

            print_prompt(result, as_json=as_json)
            return desk.status(OK)

    return run(work)


async def _called(
    desk: Desk, tool: Tool, arguments: dict[str, Any], timeout: float | None, *, detach: bool
) -> ToolResult | Task:
    what = f"{desk.shown}.{tool.name}"
    desk.line.show(what)

    def progress(news: Progress) -> None:
        desk.line.show(progress_text(what, news))

    def told(task: Task) -> None:
        desk.line.show(f"{what}  task {task.shown_id}  {task.words}")

    try:
        with named(desk):
            if detach:
                return await desk.manager.start_task(desk.server, tool.raw_name, arguments)
            return await desk.manager.call_tool(
                desk.server, tool.raw_name, arguments, on_progress=progress, on_task=told
            )
    except CallTimeout as error:
        if desk.wish.configured and timeout is None:
            raise
        again = CallTimeout(error.message, hint="--timeout S gives it more.")
        again.server = error.server
        raise again from error


def _uri(desk: Desk, given: str, rest: tuple[str, ...], command: str) -> str:
    """The URI itself, or what the values make of a template."""
    catalog = desk.manager.catalog(desk.server)
    if not is_template(given) or (catalog.resource(given) is not None and not rest):
        return given
    listed = catalog.template(given)
    template = read_template(listed.raw_uri_template if listed is not None else given)
    return template.expand(template_values(template, rest, command))


@contextmanager
def named(desk: Desk) -> Iterator[None]:
    """Let an error say which server it came from, and whether it came of a question nobody could answer."""
    try:
        yield
    except JackfieldError as error:
        error.server = desk.shown
        if isinstance(error, ServerError) and desk.declined:
            desk.line.hide()
            fail(error, DECLINED)
        raise


def tool_of(desk: Desk, name: str, given_program: bool) -> Tool:
    """The tool of that name; raises InvalidArguments with the nearest one, or with what hides it."""
    catalog = desk.manager.catalog(desk.server)
    if (tool := catalog.tool(name)) is not None:
        return tool
    settings, shown = desk.wish.server, one_line(name, 80)
    if name in settings.disabled_tools:
        hint = f"disabled_tools in [mcp_servers.{desk.shown}] hides it."
    elif settings.enabled_tools is not None and name not in settings.enabled_tools:
        hint = f"enabled_tools in [mcp_servers.{desk.shown}] does not list it."
    else:
        hint = did_you_mean(name, [tool.name for tool in catalog.tools]) or "It offers no tools."
        faults = desk.manager.status(desk.server).faults
        if fault := next((fault for fault in faults if fault.startswith("tools: ")), ""):
            raise ConnectionFailed(f"{desk.shown} could not list its {fault}", reason="list")
    if given_program and "=" not in name:
        hint += " With a program after -- no SERVER is named: jackfield call TOOL KEY=VALUE -- CMD."
    raise InvalidArguments(f"{desk.shown} has no tool {shown}", hint=hint)


def _command(context: click.Context, name: str, server: str | None, what: str) -> str:
    """The beginning of the command as it was typed, for a usage line."""
    words = [shlex.quote(one_line(word, 80)) for word in (server, what) if word is not None]
    return " ".join(["jackfield", name, *words])


def _directory(save: str | None) -> Path | None:
    return Path(save) if save is not None else None


def _nothing_more(rest: tuple[str, ...]) -> None:
    if rest:
        raise InvalidArguments(f"read takes one URI: {one_line(rest[0], 80)} is too many")


def _warn(text: str) -> None:
    note(warning(text))

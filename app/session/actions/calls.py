"""Calls, reads and prompts: each a worker with a cell that shows how it goes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from app.session.actions.argument_forms import ArgumentForms
from app.session.begun_cells import call_cell, prompt_cell, resource_cell
from services.errors import JackfieldError
from services.events import ServerState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from app.session.actions.argument_forms import UsePrompt
    from app.session.actions.tasks import Tasks
    from app.session.context import SessionContext
    from app.session.running_cell import RunningCell
    from services.catalog.entries import Prompt, Tool
    from services.results.content import PromptResult, ResourceResult, ToolResult
    from services.schemas.conditions import Dependent
    from services.tasks.task import Task

__all__ = ("Calls",)

_ASKING = ("properties", "patternProperties", "required", "$ref", "allOf", "anyOf", "oneOf")
"""Keywords by which a schema asks for arguments."""


class Calls:
    """What a person calls, reads and gets."""

    def __init__(self, context: SessionContext, tasks: Tasks) -> None:
        self._context = context
        self._tasks = tasks
        self._forms = ArgumentForms(context)
        self._dependent: Dependent | None = None

    def call(self, given: Mapping[str, str]) -> None:
        """`/call SERVER TOOL [arguments]`; a form when something required is missing."""
        from services.arguments.line import needs_form, parse_arguments, remarks

        server, name = given["server"], given["tool"]
        if self._wait_for(server, self.call, given):
            return
        tool = self._tool(server, name)
        schema = tool.input_schema if tool is not None else {}
        dependent = self._dependent_of(schema)
        if dependent.is_costly:
            prepared = asyncio.to_thread(dependent.prepare)
            self._context.run(self._then(prepared, self.call, given, time.monotonic()), "calls")
            return
        arguments = parse_arguments(given.get("arguments", ""), schema, dependent)
        if tool is not None and needs_form(schema, arguments, dependent):
            self._forms.ask_tool(tool, arguments, self.call_tool)
            return
        for remark in remarks(schema, arguments):
            self._context.transcript.warning(remark)
        self.call_tool(server, name, arguments)

    def ask(
        self, server: str, name: str, arguments: Mapping[str, Any] | None = None, *, always: bool = False
    ) -> None:
        """Call a tool after its form; unless `always`, at once when it takes no arguments."""
        tool = self._tool(server, name)
        if tool is not None and (always or any(tool.input_schema.get(keyword) for keyword in _ASKING)):
            self._forms.ask_tool(tool, arguments or {}, self.call_tool)
        else:
            self.call_tool(server, name, arguments or {})

    def fill_in(self, command: str, given: Mapping[str, str]) -> bool:
        """Open the form of a slash command with its arguments filled in; whether there is one."""
        from services.arguments.line import parse_arguments, parse_prompt_arguments

        text = given.get("arguments", "")
        try:
            if command == "call" and (tool := self._tool(given["server"], given["tool"])) is not None:
                if not tool.input_schema.get("properties"):
                    return False
                schema = tool.input_schema
                arguments = parse_arguments(text, schema, self._dependent_of(schema))
                self._forms.ask_tool(tool, arguments, self.call_tool)
                return True
            if command == "prompt" and (prompt := self._prompt(given["server"], given["prompt"])) is not None:
                if not prompt.arguments:
                    return False
                self._forms.ask_prompt(prompt, parse_prompt_arguments(text), self.get_prompt)
                return True
        except JackfieldError:
            return False  # the server has gone, or its schema changed
        return False

    def call_tool(self, server: str, name: str, arguments: Mapping[str, Any]) -> None:
        """Begin a call; its cell appears at once."""
        manager = self._context.connected()
        cell = call_cell(self._context.transcript, server, name, arguments)

        def wait(told: Callable[[Task], None]) -> Awaitable[ToolResult]:
            return manager.call_tool(
                server, name, arguments, on_progress=cell.progress, on_task=told, leave_task=True
            )

        async def work() -> None:
            await self._tasks.result(cell, server, wait)

        self.begin(cell, work)

    def read(self, given: Mapping[str, str]) -> None:
        """`/read SERVER URI`; of a template its form."""
        from services.arguments.uri_template import is_template

        server, uri = given["server"], given["uri"]
        if not is_template(uri):
            self.read_resource(server, uri)
        elif self._wait_for(server, self.read, given):
            return
        elif self._context.connected().catalog(server).resource(uri) is not None:
            self.read_resource(server, uri)  # the server itself writes braces
        else:
            self.fill_template(server, uri)

    def fill_template(self, server: str, text: str) -> None:
        """Read a resource after the form of its template; at once where nothing is to be filled in."""
        from services.arguments.uri_template import read_template

        catalog = self._context.connected().catalog(server)
        listed = catalog.template(text)
        template = read_template(listed.raw_uri_template if listed is not None else text)
        if not template.variables:
            self.read_resource(server, template.text)
            return
        self._forms.ask_template(server, text, template, listed, self.read_resource)

    def read_resource(self, server: str, uri: str) -> None:
        """Begin to read a resource."""
        from services.resource_tools import ResourceTools

        tools = ResourceTools(self._context.connected())
        cell = resource_cell(self._context.transcript, server, uri)

        async def work() -> None:
            result: ResourceResult = await tools.read(server, uri)
            await cell.show_resource(result)

        self.begin(cell, work)

    def prompt(self, given: Mapping[str, str]) -> None:
        """`/prompt SERVER NAME [key=value…]`; a form when something required is missing."""
        self._take_prompt(given, self.get_prompt)

    def say_prompt(self, given: Mapping[str, str]) -> None:
        """`/SERVER:PROMPT [key=value…]`: the same, and its messages go to the model."""
        self._take_prompt(given, self._context.talk.say_prompt)

    def _take_prompt(self, given: Mapping[str, str], use: UsePrompt) -> None:
        from services.arguments.line import parse_prompt_arguments

        server, name = given["server"], given["prompt"]
        if self._wait_for(server, lambda again: self._take_prompt(again, use), given):
            return
        arguments = parse_prompt_arguments(given.get("arguments", ""))
        prompt = self._prompt(server, name)
        if prompt is not None and any(a.required and a.name not in arguments for a in prompt.arguments):
            self._forms.ask_prompt(prompt, arguments, use)
            return
        use(server, name, arguments)

    def ask_prompt(self, server: str, name: str) -> None:
        """Get a prompt after its form, or at once when it takes no arguments."""
        prompt = self._prompt(server, name)
        if prompt is not None and prompt.arguments:
            self._forms.ask_prompt(prompt, {}, self.get_prompt)
        else:
            self.get_prompt(server, name, {})

    def get_prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> None:
        """Begin to get a prompt."""
        manager = self._context.connected()
        cell = prompt_cell(self._context.transcript, server, name, arguments)

        async def work() -> None:
            result: PromptResult = await manager.get_prompt(server, name, arguments)
            await cell.show_prompt(result)

        self.begin(cell, work)

    def _wait_for(
        self, server: str, then: Callable[[Mapping[str, str]], None], given: Mapping[str, str]
    ) -> bool:
        """A server that is just starting has no schemas yet: do it when it has; whether it has to wait."""
        manager = self._context.connected()
        if manager.status(server).state is not ServerState.STARTING:
            return False

        settled = manager.settled(server=server)
        self._context.run(self._then(settled, then, given, time.monotonic()), "calls")
        return True

    async def _then(
        self,
        before: Awaitable[None],
        then: Callable[[Mapping[str, str]], None],
        given: Mapping[str, str],
        asked: float,
    ) -> None:
        await before
        try:
            with self._forms.late(asked):
                then(given)
        except JackfieldError as error:
            self._context.transcript.failure(error)

    def _dependent_of(self, schema: Mapping[str, Any]) -> Dependent:
        """What of a schema depends on the arguments; that of the last one called may be read already."""
        from services.schemas.conditions import Dependent

        if self._dependent is None or self._dependent.root is not schema:
            self._dependent = Dependent(schema)
        return self._dependent

    def begin(self, cell: RunningCell, work: Callable[[], Awaitable[None]]) -> None:
        """Run what fills a cell, and end the cell with why where it fails."""

        async def run() -> None:
            try:
                await work()
            except JackfieldError as error:
                cell.fail(error)
            except asyncio.CancelledError:
                cell.cancelled()
                raise

        cell.worker = self._context.run(run(), "calls")
        self._context.give_way()

    def _tool(self, server: str, name: str) -> Tool | None:
        return self._context.connected().catalog(server).tool(name)

    def _prompt(self, server: str, name: str) -> Prompt | None:
        return self._context.connected().catalog(server).prompt(name)

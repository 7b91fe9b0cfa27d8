"""One session of an editor: servers of its own, a thread with a model, one turn at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from acp import schema

from services.acp.blocks import said, shown
from services.acp.commands import Commands, typed
from services.acp.dialect import READ_FILE
from services.acp.questions import CallApproval, Questions
from services.acp.updates import Teller, TurnUpdates
from services.driving.driver import DriverFailed
from services.errors import InvalidArguments, JackfieldError, ModelFailed
from services.events import CatalogChanged, ServerState, StatusChanged
from services.inbox.approving import InboxApprover
from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed
from services.model.choosing import choose, usable
from services.model.conversation import Conversation
from services.roots import Root, root_at
from services.text import one_line
from services.threads.shelf import place_at
from services.threads.thread import Thread

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from services.acp.blocks import Block
    from services.acp.surroundings import Surroundings
    from services.approval import ApprovalRequest
    from services.driving.driver import Driver
    from services.events import Event, ServerStatus
    from services.model.answers import Image
    from services.model.place import Place
    from services.settings import Configuration

__all__ = ("MODEL", "Session")

MODEL: Final = "model"
"""The option that says which model answers."""
_TROUBLE: Final = (ServerState.FAILED, ServerState.INVALID, ServerState.RECONNECTING)
_PATIENCE: Final = 10.0
"""Seconds that a text waits for servers that are starting; then the model does without their tools."""


class Session:
    """Opened by `open`; its servers start with it, and end with `close`."""

    place: Place
    """Where the calls of the model are made."""

    def __init__(
        self,
        driver: Driver,
        surroundings: Surroundings,
        configuration: Configuration,
        directories: Sequence[str],
        editor: schema.ClientCapabilities,
        lasting: frozenset[str],
    ) -> None:
        """`directories`: the one it works in, then others; `lasting`: servers whose "always" is written."""
        self._driver = driver
        self._editor = editor
        self._surroundings = surroundings
        self._configuration = configuration
        self._lasting = lasting
        self.manager = surroundings.manager(configuration, self._happened)
        self.thread = Thread(directories[0])
        self.teller = Teller(driver, self.manager)
        roots = [Root(Path(directory)) for directory in directories]
        self._questions = Questions(driver, self.manager.inbox, self.teller, editor.elicitation, roots)
        self._commands = Commands(self.manager, self.teller, surroundings)
        self._tasks: set[asyncio.Task[object]] = set()
        self._working: asyncio.Task[schema.PromptResponse] | None = None
        self._turn: TurnUpdates | None = None
        self._cancelled = False
        self.remarks: list[str] = []
        """What the person is told before the next answer."""
        self._noted: set[str] = set()
        """Servers whose trouble was told."""

    async def open(self) -> None:
        """Make what answers. Raises JackfieldError where no model can."""
        model = usable(choose(self._configuration.models))
        keys = self._surroundings.keys(self._configuration)
        await asyncio.to_thread(keys.find, model)
        approver = InboxApprover(self.manager.inbox, self._question)
        home, file = self._surroundings.home, self._surroundings.config_file
        self.place = await place_at(home, self.manager, approver, file)
        self.thread.conversation = Conversation(self.place, model, keys)

    def begin(self) -> None:
        """Start the servers, and load what speaks to the model meanwhile."""
        self.teller.session = self.thread.id
        self._run(self.manager.start())
        self._run(self.thread.conversation.prepare())
        self._commands.tell()

    async def close(self) -> None:
        """End the turn under way, and every server."""
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self.thread, "conversation"):
            await self.thread.conversation.close()
        await self.manager.close()
        if self.thread.record is not None:
            await asyncio.to_thread(self.thread.record.close)

    # Turns.

    async def prompt(self, blocks: Sequence[Block]) -> schema.PromptResponse:
        """Say something, and tell what comes of it until it is done. Raises JackfieldError."""
        if self._working is not None:
            raise ModelFailed("the model is still answering", reason="refused", hint="Cancel it first.")
        self._cancelled = False
        self._working = asyncio.create_task(self._prompt(blocks), name=f"prompt {self.thread.id}")
        cancelled = schema.PromptResponse(stop_reason="cancelled")
        try:
            response = await self._working
        except (asyncio.CancelledError, JackfieldError):
            if not self._cancelled:
                raise
            return cancelled  # whatever it ended in, the editor wanted it to end
        finally:
            self._working = None
        return cancelled if self._cancelled else response

    def cancel(self) -> None:
        """End the turn under way and its calls; the prompt is answered when they have ended."""
        if self._working is None:
            return
        self._cancelled = True
        if self._turn is not None and self.thread.turn is not None:
            self.thread.turn.cancel()
        else:
            self._working.cancel()

    async def _prompt(self, blocks: Sequence[Block]) -> schema.PromptResponse:
        with suppress(TimeoutError):
            await self.manager.settled(_PATIENCE)
        self._tell_troubles()
        first = blocks[0].text if blocks and isinstance(blocks[0], schema.TextContentBlock) else ""
        command = typed(first)
        if command is not None and self._commands.is_login(command):
            await self._commands.log_in(command)
            return schema.PromptResponse(stop_reason="end_turn")
        content: list[str | Image] = []
        if command is not None and (prompt := self._commands.prompt(command)) is not None:
            content += await self._commands.content(prompt, command, self.place)
            content += await said(blocks[1:], self.place, self._read_file)
        else:
            content += await said(blocks, self.place, self._read_file)
        if not content:
            raise InvalidArguments("there is nothing to ask", hint="The prompt is empty.")
        return await self._ask(content, blocks)

    async def _ask(self, content: list[str | Image], blocks: Sequence[Block]) -> schema.PromptResponse:
        thread = self.thread
        turn, kept, is_new = thread.conversation.ask(content), shown(blocks), not thread.preview
        keep = thread.record.keep if thread.record is not None else (lambda _: None)
        self._turn = told = TurnUpdates(self.teller, thread.next_turn(), keep)
        thread.begun(turn, kept)
        if is_new:
            self.teller.update(
                schema.SessionInfoUpdate(session_update="session_info_update", title=thread.preview)
            )
        try:
            await thread.run(turn, told, kept)
        finally:
            self._turn = None
        if told.failure is not None and told.failure.reason != "turns":
            raise told.failure
        reason: schema.StopReason = "max_turn_requests" if told.failure is not None else "end_turn"
        return schema.PromptResponse(stop_reason="cancelled" if told.cancelled else reason)

    async def _read_file(self, uri: str) -> str | None:
        """The text of a file as the editor has it, saved or not; None where it gives none."""
        if self._editor.fs is None or not self._editor.fs.read_text_file:
            return None
        try:
            path = str(root_at(uri).path)
            asked = schema.ReadTextFileRequest(session_id=self.thread.id, path=path)
            return (await self._driver.ask(READ_FILE, asked, schema.ReadTextFileResponse)).content
        except (InvalidArguments, DriverFailed):
            return None

    def _question(self, request: ApprovalRequest) -> CallApproval:
        """The question whether a call of its turn may be made."""
        assert self._turn is not None
        lastings = tuple(
            one for one in request.lastings if one != "always" or request.call.server in self._lasting
        )
        item = self._turn.item_of(request.call)
        wanted = replace(request, lastings=lastings)
        return CallApproval(server=request.call.server, message="", request=wanted, item=item)

    # Models.

    def options(self) -> list[schema.SessionConfigOptionSelect | schema.SessionConfigOptionBoolean]:
        """What can be chosen in this session: the model, of those that can be used."""
        models = [model for model in self._configuration.models if not model.invalid]
        return [
            schema.SessionConfigOptionSelect(
                type="select",
                id=MODEL,
                name="Model",
                category="model",
                current_value=self.thread.conversation.model.shown,
                options=[
                    schema.SessionConfigSelectOption(
                        value=model.shown, name=model.shown, description=f"{model.provider} {model.name}"
                    )
                    for model in models
                ],
            )
        ]

    async def set_option(self, option: str, value: str) -> None:
        """Choose another model, from the next turn on. Raises JackfieldError."""
        if option != MODEL:
            raise InvalidArguments(f"there is no option {one_line(option, 80)}", hint=f"{MODEL} is one.")
        try:
            model = usable(choose(self._configuration.models, value))
        except ModelFailed as error:
            raise InvalidArguments(error.message, hint=error.hint) from error
        await self.thread.conversation.switch(model)

    # What happens below.

    def _happened(self, event: Event) -> None:
        match event:
            case QuestionAsked() | QuestionClosed() | LinkFinished():
                self._questions.hear(event)
            case StatusChanged(status=status):
                if status.state is ServerState.READY:
                    self._noted.discard(status.server)
                self._commands.tell()
            case CatalogChanged(kind="prompts"):
                self._commands.tell()
            case _:
                pass

    def _tell_troubles(self) -> None:
        """Which servers the model has to do without, and why; each once."""
        remarks, self.remarks = self.remarks, []
        for status in self.manager.statuses:
            if status.server not in self._noted and (trouble := _trouble(status)):
                self._noted.add(status.server)
                remarks.append(trouble)
        for remark in remarks:
            self.teller.say(remark)

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        """In the background; what fails of it fails the turn that needs it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()


def _trouble(status: ServerStatus) -> str:
    """Why the model has to do without a server; empty where it has not."""
    server = one_line(status.server, 80)
    if status.state is ServerState.LOGIN_NEEDED:
        return f"The {server} MCP server is not logged in. Say: /login {server}"
    return f"The {server} MCP server is {status.state}: {status.cause}" if status.state in _TROUBLE else ""

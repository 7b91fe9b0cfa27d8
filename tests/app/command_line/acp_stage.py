"""An editor that starts `jackfield acp`: the client half of the protocol's own library, over a pipe."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from acp import RequestError, connect_to_agent, schema

from tests.app.command_line.connect_stage import PYTHON, ROOT, configuration
from tests.services.model.wire import KEY, Provider
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from acp.client import ClientSideConnection

__all__ = ("FORMS", "SECONDS", "Editor", "editing", "home_with", "text")

SECONDS = 60.0
FORMS = schema.ElicitationCapabilities(
    form=schema.ElicitationFormCapabilities(), url=schema.ElicitationUrlCapabilities()
)


class Editor:
    """What the agent tells and asks; `chooses` and `fills` are the person."""

    agent: ClientSideConnection
    process: asyncio.subprocess.Process

    def __init__(self) -> None:
        self.updates: list[tuple[str, Any]] = []
        """Session and update, in order."""
        self.asked: list[tuple[schema.ToolCallUpdate, list[schema.PermissionOption]]] = []
        self.forms: list[tuple[str, Any, dict[str, Any]]] = []
        self.choice: str | None = "allow_once"
        """The kind, or else the id, of the option that is chosen; None: the turn was cancelled."""
        self.choices: dict[str, str] = {}
        """Other choices, by a word of what is asked."""
        self.fills: Any = None
        """How a form or a page is answered."""
        self.files: dict[str, str] = {}
        """What it has of files, by their paths."""

    # The client.

    async def request_permission(
        self, session_id: str, tool_call: Any, options: list[schema.PermissionOption], **_: Any
    ) -> schema.RequestPermissionResponse:
        self.asked.append((tool_call, options))
        choice = next(
            (one for word, one in self.choices.items() if word in (tool_call.title or "")), self.choice
        )
        if choice is None:
            return schema.RequestPermissionResponse(outcome=schema.DeniedOutcome(outcome="cancelled"))
        if choice == "wait":
            await asyncio.Event().wait()
        fitting = (one for one in options if choice in (one.kind, one.option_id))
        chosen = next(fitting, None)
        id = chosen.option_id if chosen is not None else str(choice)
        return schema.RequestPermissionResponse(
            outcome=schema.AllowedOutcome(outcome="selected", option_id=id)
        )

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        self.updates.append((session_id, update))

    async def read_text_file(self, session_id: str, path: str, **_: Any) -> schema.ReadTextFileResponse:
        if path not in self.files:
            raise RequestError.resource_not_found(path)
        return schema.ReadTextFileResponse(content=self.files[path])

    async def create_elicitation(self, message: str, mode: Any, **given: Any) -> Any:
        self.forms.append((message, mode, given))
        return self.fills

    async def complete_elicitation(self, elicitation_id: str, **_: Any) -> None:
        self.forms.append((elicitation_id, None, {}))

    # What a test does.

    async def open(self, **capabilities: Any) -> schema.InitializeResponse:
        return await self.agent.initialize(
            protocol_version=1,
            client_capabilities=schema.ClientCapabilities(**capabilities),
            client_info=schema.Implementation(name="test", version="1"),
        )

    async def begin(self, directory: Path, *servers: Any) -> str:
        """A new session; its id."""
        return (await self.agent.new_session(cwd=str(directory), mcp_servers=list(servers))).session_id

    async def ask(self, session: str, *blocks: Any) -> str:
        """Why the turn stopped."""
        said = [text(one) if isinstance(one, str) else one for one in blocks]
        async with asyncio.timeout(SECONDS):
            return (await self.agent.prompt(session_id=session, prompt=said)).stop_reason

    def of(self, session: str, kind: str) -> list[Any]:
        """The updates of a kind."""
        return [one for at, one in self.updates if at == session and one.session_update == kind]

    def said(self, session: str, kind: str = "agent_message_chunk") -> str:
        """The texts of a kind as one."""
        return "".join(one.content.text for one in self.of(session, kind) if one.content.type == "text")

    def updates_text(self, session: str | None = None) -> str:
        """What calls brought back, as one text."""
        return "".join(
            part.content.text
            for at, one in self.updates
            if one.session_update == "tool_call_update" and session in (None, at)
            for part in one.content or ()
            if part.content.type == "text"
        )

    async def commands(self, session: str, name: str) -> list[schema.AvailableCommand]:
        """The commands, once one of this name is there."""
        await until(lambda: any(one.name == name for one in self._commands(session)), SECONDS)
        return self._commands(session)

    def _commands(self, session: str) -> list[schema.AvailableCommand]:
        told = self.of(session, "available_commands_update")
        return list(told[-1].available_commands) if told else []

    async def leave(self) -> int:
        """Close the agent's input; its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        async with asyncio.timeout(SECONDS):
            return await self.process.wait()


def text(said: str) -> schema.TextContentBlock:
    return schema.TextContentBlock(type="text", text=said)


def home_with(home: Path, there: Provider, more: str = "", **servers: str) -> Path:
    """A home with a model, and these servers."""
    model = (
        f'provider = "openai-chat"\nname = "gpt-4o"\nbase_url = "{there.url}/v1"\napi_key_env_var = "KEY"\n'
    )
    written = configuration(**servers) + f"[model]\n{model}[models.second]\n{model}{more}"
    (home / "config.toml").write_text(written, encoding="utf-8")
    return home


@asynccontextmanager
async def editing(
    home: Path, *, environ: Mapping[str, str] | None = None, words: tuple[str, ...] = ()
) -> AsyncIterator[Editor]:
    """The program on a home, before `initialize`; ended at the end, without a traceback."""
    named = {"JACKFIELD_HOME": str(home), "KEY": KEY, "NO_COLOR": "", **(environ or {})}
    process = await asyncio.create_subprocess_exec(
        *(PYTHON, "-m", "app", *words, "acp"),
        cwd=ROOT,
        env=os.environ | named,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=64 << 20,
    )
    assert process.stderr is not None
    editor = Editor()
    editor.process = process
    reading = asyncio.create_task(process.stderr.read())
    editor.agent = connect_to_agent(editor, process.stdin, process.stdout, use_unstable_protocol=True)  # type: ignore[arg-type]
    try:
        yield editor
        if process.returncode is None:
            process.terminate()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await editor.agent.close()
        told = await reading
    assert b"Traceback" not in told, told.decode()
    assert KEY not in told.decode()

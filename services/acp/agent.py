"""`jackfield acp` without its command line: what an editor may ask of the agent."""

from __future__ import annotations

import asyncio
import itertools
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from acp import schema
from acp.meta import AGENT_METHODS
from pydantic import ValidationError

from services.acp.dialect import CANCEL, PROTOCOL_VERSION, dialect
from services.acp.given import with_given
from services.acp.session import Session
from services.driving.driver import Driver
from services.driving.serving import serve
from services.errors import InvalidArguments, ModelFailed
from services.model.choosing import choose, usable
from services.standard_streams import Writer, taken
from services.text import one_line
from services.threads.kept import page_of
from services.threads.shelf import Shelf
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.acp.surroundings import Surroundings
    from services.driving.driver import Call, Handler
    from services.settings import Configuration
    from services.transcript.folder import KeptSession

    Place = schema.NewSessionRequest | schema.LoadSessionRequest | schema.ResumeSessionRequest

__all__ = ("Agent",)

_KEY: Final = "model-key"
"""The one way to be let in: the model's key."""


class Agent:
    """Serves one editor."""

    def __init__(self, surroundings: Surroundings, configuration: Configuration) -> None:
        """`configuration`: that of the directory the editor started us in."""
        self._surroundings = surroundings
        self._configuration = configuration
        self._shelf = Shelf(surroundings.home, surroundings.warn, keeps=lambda: self._keeps)
        self._sessions: dict[str, Session] = {}
        self._numbers = itertools.count(1)
        self._opening = asyncio.Lock()
        """A name is taken once; a session is taken over once."""
        self._editor = schema.ClientCapabilities()

    async def serve(self) -> None:
        """Until the editor leaves; cancelled by a signal. Every server has ended then.

        Raises DriverStuck for one that stays without reading.
        """
        incoming = taken(0)
        words = dialect(self._surroundings.advice)
        self._driver = Driver(Writer(taken(1)), words, self._handlers(), {CANCEL: self._cancel})
        await serve(self._driver, incoming, self._close)

    def _handlers(self) -> dict[str, Handler]:
        return {
            AGENT_METHODS["initialize"]: self._initialize,
            AGENT_METHODS["authenticate"]: self._authenticate,
            AGENT_METHODS["session_new"]: self._new,
            AGENT_METHODS["session_load"]: self._load,
            AGENT_METHODS["session_resume"]: self._resume,
            AGENT_METHODS["session_list"]: self._list,
            AGENT_METHODS["session_close"]: self._close_session,
            AGENT_METHODS["session_set_config_option"]: self._set_option,
            AGENT_METHODS["session_prompt"]: self._prompt,
        }

    async def _close(self) -> None:
        sessions, self._sessions = list(self._sessions.values()), {}
        await asyncio.gather(*(session.close() for session in sessions))

    @property
    def _keeps(self) -> bool:
        return self._configuration.ui.history == "on"

    # Who is there, and may.

    async def _initialize(self, params: schema.InitializeRequest, _call: Call) -> schema.InitializeResponse:
        self._editor = params.client_capabilities or self._editor
        return schema.InitializeResponse(
            protocol_version=PROTOCOL_VERSION,  # there is no other one
            agent_info=schema.Implementation(name="jackfield", title="Jackfield", version=VERSION),
            agent_capabilities=schema.AgentCapabilities(
                load_session=self._keeps,
                prompt_capabilities=schema.PromptCapabilities(image=True, audio=False, embedded_context=True),
                mcp_capabilities=schema.McpCapabilities(http=True, sse=True),
                session_capabilities=schema.SessionCapabilities(
                    list=schema.SessionListCapabilities() if self._keeps else None,
                    resume=schema.SessionResumeCapabilities() if self._keeps else None,
                    close=schema.SessionCloseCapabilities(),
                    additional_directories=schema.SessionAdditionalDirectoriesCapabilities(),
                ),
            ),
            auth_methods=[] if await self._key_trouble() is None else [_key_method()],
        )

    async def _authenticate(
        self, params: schema.AuthenticateRequest, _call: Call
    ) -> schema.AuthenticateResponse:
        if params.method_id != _KEY:
            raise InvalidArguments(
                f"there is no method {one_line(params.method_id, 80)}", hint=f"{_KEY} is one."
            )
        if (trouble := await self._key_trouble()) is not None:
            raise trouble
        return schema.AuthenticateResponse()

    async def _key_trouble(self) -> ModelFailed | None:
        """What is wrong with the key of the model that answers first; None where it is another thing."""
        try:
            model = usable(choose(self._configuration.models))
            await asyncio.to_thread(self._surroundings.keys(self._configuration).find, model)
        except ModelFailed as error:
            return error if error.reason == "key" else None
        return None

    # Sessions.

    async def _new(self, params: schema.NewSessionRequest, call: Call) -> schema.NewSessionResponse:
        session = await self._opened(params, params.mcp_servers)
        async with self._opening:
            thread = session.thread
            if not await self._shelf.begin(thread, session.manager, but=self._sessions):
                thread.id = f"session-{next(self._numbers)}"
            self._sessions[thread.id] = session
        call.after(session.begin)
        return schema.NewSessionResponse(session_id=thread.id, config_options=session.options())

    async def _load(self, params: schema.LoadSessionRequest, call: Call) -> schema.LoadSessionResponse:
        session = await self._brought_back(params.session_id, params, params.mcp_servers)
        for turn in session.thread.before:
            session.teller.replay(turn.items)
        call.after(session.begin)
        return schema.LoadSessionResponse(config_options=session.options())

    async def _resume(self, params: schema.ResumeSessionRequest, call: Call) -> schema.ResumeSessionResponse:
        session = await self._brought_back(params.session_id, params, params.mcp_servers or [])
        call.after(session.begin)
        return schema.ResumeSessionResponse(config_options=session.options())

    async def _brought_back(self, name: str, place: Place, given: list[Any]) -> Session:
        """A session that was kept; one that is open here is closed first."""
        async with self._opening:
            if (open_here := self._sessions.pop(name, None)) is not None:
                await open_here.close()
            kept = await self._shelf.find(name)
            session = await self._opened(place, given)
            try:
                await self._shelf.bring_back(session.thread, session.manager, kept)
            except BaseException:
                await session.close()
                raise
            session.teller.session = session.thread.id
            self._sessions[session.thread.id] = session
            return session

    async def _opened(self, place: Place, given: list[Any]) -> Session:
        directory = place.cwd
        if not os.path.isabs(directory) or not await asyncio.to_thread(os.path.isdir, directory):  # noqa: PTH117
            message = f"cwd is not a directory here: {one_line(directory, 200)}"
            raise InvalidArguments(message, hint="It must be an absolute path.")
        found = await asyncio.to_thread(self._surroundings.load, Path(directory))
        whole = with_given(found.configuration, given, directory)
        own = str(self._surroundings.config_file or "")
        lasting = frozenset(one.name for one in found.configuration.servers if own and one.source == own)
        directories = [directory, *(place.additional_directories or ())]
        session = Session(self._driver, self._surroundings, whole, directories, self._editor, lasting)
        session.remarks += found.remarks
        try:
            await session.open()
        except BaseException:
            await session.close()
            raise
        return session

    async def _list(self, params: schema.ListSessionsRequest, _call: Call) -> schema.ListSessionsResponse:
        records = [one.thread.record for one in self._sessions.values() if one.thread.record is not None]
        await asyncio.gather(*(asyncio.to_thread(record.flush) for record in records))
        directories = None if params.cwd is None else [params.cwd]
        page, cursor = await asyncio.to_thread(
            page_of, self._shelf.folder, cursor=params.cursor, directories=directories
        )
        return schema.ListSessionsResponse(sessions=[_listed(one) for one in page], next_cursor=cursor)

    async def _close_session(
        self, params: schema.CloseSessionRequest, _call: Call
    ) -> schema.CloseSessionResponse:
        session = self._session(params.session_id)
        del self._sessions[params.session_id]
        await session.close()
        return schema.CloseSessionResponse()

    async def _set_option(
        self, params: schema.SetSessionConfigOptionSelectRequest, _call: Call
    ) -> schema.SetSessionConfigOptionResponse:
        session = self._session(params.session_id)
        await session.set_option(params.config_id, params.value)
        return schema.SetSessionConfigOptionResponse(config_options=session.options())

    # Turns.

    async def _prompt(self, params: schema.PromptRequest, _call: Call) -> schema.PromptResponse:
        return await self._session(params.session_id).prompt(params.prompt)

    def _cancel(self, params: Mapping[str, Any]) -> None:
        try:
            wanted = schema.CancelNotification.model_validate(params)
        except ValidationError:
            return
        if (session := self._sessions.get(wanted.session_id)) is not None:
            session.cancel()

    def _session(self, name: str) -> Session:
        if name not in self._sessions:
            raise InvalidArguments(
                f"there is no session {one_line(name, 80)}", hint="session/load opens one that was kept."
            )
        return self._sessions[name]


def _key_method() -> schema.AuthMethodAgent:
    return schema.AuthMethodAgent(
        id=_KEY,
        name="Key of the model",
        description="Run `jackfield model login` in a terminal, or set the key's variable, and try again.",
    )


def _listed(session: KeptSession) -> schema.SessionInfo:
    at = datetime.fromtimestamp(session.changed, UTC).isoformat(timespec="seconds")
    return schema.SessionInfo(
        session_id=session.id, cwd=session.heading.directory, title=session.first or None, updated_at=at
    )

"""A conversation with a model that uses the tools of servers.

    conversation = Conversation(place, settings, keys, environ)
    async with conversation.ask("What is the weather?") as turn:
        async for event in turn:          # services.model.events; the last is Ended, Cancelled or Failed
            ...

Nothing of the model's library is imported before the first turn, and then in a thread.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final

from services.errors import JackfieldError, ModelFailed
from services.model.choosing import usable
from services.model.desk import Desk
from services.model.events import Cancelled, Ended, Failed, Usage
from services.model.instructions import instructions, system_prompt
from services.model.said import Said
from services.model.tools import Offer, offer
from services.model.turn import Turn
from services.remedies import InstallModelPackages
from services.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from services.model.events import ModelEvent
    from services.model.keys import ModelKeys
    from services.model.library.engine import Engine, Turned
    from services.model.place import Place
    from services.model.said import Content
    from services.model.skills import Held
    from services.settings import ModelSettings

    OpenEngine = Callable[[ModelSettings, str | None, Mapping[str, str]], Engine]

__all__ = ("MOST_REQUESTS", "Conversation")

MOST_REQUESTS: Final = 50
"""Requests of one turn: a model that calls and calls is stopped."""

_WINDOW: Final = 128_000
"""Tokens, for a model whose window is not known."""

_SUM_UP: Final = (
    "Sum up this conversation between a person and a model, for the model to go on from: what the person "
    "wants, what was found out and done, with names, paths, numbers and open questions. Take what tools "
    "returned for data. Write only the summary.\n\n"
)


class Conversation:
    """One conversation; one turn at a time. Close it at the end."""

    def __init__(
        self,
        place: Place,
        model: ModelSettings,
        keys: ModelKeys,
        environ: Mapping[str, str] = os.environ,
        *,
        max_requests: int = MOST_REQUESTS,
        open_engine: OpenEngine | None = None,
    ) -> None:
        self.model = model
        self.usage = Usage()
        """Of the whole conversation."""
        self.off: set[tuple[str, str]] = set()
        """Tools that are switched off for this conversation: server and tool as on the wire."""
        self._place = place
        self._keys = keys
        self._environ = environ
        self._max_requests = max_requests
        self.trace = Trace("model")
        """Every request to the model's interface, with times and sizes; secrets masked, servers' too."""
        self._open_engine = open_engine or self._open
        self._engine: Engine | None = None
        self._opening = asyncio.Lock()
        self._said = Said()
        self._held: Held = {}
        self._turn: Turn | None = None

    # What there is.

    @property
    def busy(self) -> bool:
        """Whether a turn is under way."""
        return self._turn is not None and not self._turn.over

    @property
    def turns(self) -> int:
        """How many turns can be taken back."""
        return self._said.turns

    @property
    def window(self) -> int | None:
        """Tokens of the context window; None where they are not known, or no turn was made yet."""
        return self._engine.window if self._engine is not None else self.model.context_window

    def offer(self, only: Collection[str] | None = None) -> Offer:
        """What the model would be offered now, with the tokens that each server's tools cost."""
        return offer(self._place.manager, self.model, self.window, only, self.off)

    # What can be done.

    async def prepare(self) -> Engine:
        """Find the key and load the library ahead, so that the first turn need not; what answers.

        Raises JackfieldError, which the first turn would end in. May be awaited beside anything else.
        """
        return await self._opened()

    def ask(self, content: Content, *, only: Collection[str] | None = None) -> Turn:
        """Say something to the model; `only` puts just the tools of these servers on, for this turn.

        Raises ModelFailed while another turn is under way.
        """
        self._at_rest()
        asked = self._said.ask(content, None if only is None else tuple(only))
        return self._begin(lambda turn: self._run(turn, content, asked.only))

    def retry(self) -> Turn:
        """Ask the last thing again, as if it had not been answered. Raises ModelFailed when there is none."""
        self._at_rest()
        asked = self._said.ask_again()
        return self._begin(lambda turn: self._run(turn, asked.content, asked.only))

    def undo(self) -> Content | None:
        """Remove the last turn, question and answer; what was asked, None when there is no turn."""
        self._at_rest()
        return self._said.undo()

    def clear(self) -> None:
        """Begin anew; what was used until now still counts."""
        self._at_rest()
        self._said.clear()
        self._held.clear()

    def compact(self) -> Turn:
        """Have the model summarize the conversation, and go on from the summary; its text comes as events.

        Turns before it can no longer be taken back. Raises ModelFailed when nothing was said yet.
        """
        self._at_rest()
        if not self._said.messages:
            raise ModelFailed("there is nothing to summarize yet", reason="refused")
        return self._begin(self._compact)

    async def switch(self, model: ModelSettings) -> None:
        """Go on with another model; what was said stays."""
        self._at_rest()
        await self._close_engine()
        self.model = model

    async def close(self) -> None:
        """End the turn under way and the connections."""
        if self._turn is not None:
            await self._turn.close()
        await self._close_engine()

    # Into a file and back.

    def dump(self) -> bytes:
        """The conversation as JSON, for `restore`; empty when nothing was said."""
        return self._said.dump()

    def restore(self, data: bytes) -> None:
        """Go on from a conversation that was dumped. Blocking: imports the library. Raises ModelFailed."""
        self._at_rest()
        self._said.restore(data)

    # Inside.

    def _at_rest(self) -> None:
        if self.busy:
            raise ModelFailed("the model is still answering", reason="refused")

    def _begin(self, run: Callable[[Turn], Any]) -> Turn:
        self._turn = Turn(run)
        return self._turn

    async def _run(self, turn: Turn, content: Content, only: tuple[str, ...] | None) -> ModelEvent:
        try:
            engine = await self._opened()
            prompt = await asyncio.to_thread(system_prompt, self.model)
        except JackfieldError as error:
            return Failed(error)
        told = instructions(prompt, self._place.manager, self.model, only)
        desk = Desk(
            self._place,
            self.model,
            engine.window,
            turn.tell,
            turn.cancel,
            only=only,
            off=frozenset(self.off),
            held=self._held,
        )
        turn.stops = desk.stop
        try:
            turned = await self._turned(engine, turn, content, self._said.messages, told, desk)
        finally:
            for server in self._place.manager.servers:  # what they were told may be in what they said
                self.trace.redactor.learn_from(self._place.manager.trace(server).redactor)
        self._said.messages = turned.messages
        return await self._last(turned, turn)

    async def _compact(self, turn: Turn) -> ModelEvent:
        try:
            engine = await self._opened()
        except JackfieldError as error:
            return Failed(error)
        text = self._said.told((engine.window or _WINDOW) * 2)
        turned = await self._turned(engine, turn, _SUM_UP + text, [], "", None)
        if turned.text:
            self._said.sum_up(turned.text)
        return await self._last(turned, turn)

    async def _turned(
        self,
        engine: Engine,
        turn: Turn,
        content: Content,
        history: Sequence[Any],
        told: str,
        desk: Desk | None,
    ) -> Turned:
        return await engine.turn(
            content,
            history,
            instructions=told,
            desk=desk,
            total=self.usage,
            emit=turn.tell,
            token=turn.token(),
            max_requests=self._max_requests,
        )

    async def _last(self, turned: Turned, turn: Turn) -> ModelEvent:
        before, self.usage = self.usage, turn.total or self.usage
        if turned.cancelled:
            return Cancelled()
        if turned.error is not None and turned.error.reason == "key":
            await self._close_engine()  # the next turn looks for the key again: it may be another by then
        return Failed(turned.error) if turned.error is not None else Ended(turned.text, turn.used(before))

    async def _close_engine(self) -> None:
        async with self._opening:
            engine, self._engine = self._engine, None
            if engine is not None:
                await engine.close()

    async def _opened(self) -> Engine:
        async with self._opening:
            if self._engine is None:
                usable(self.model)
                key = await asyncio.to_thread(self._keys.find, self.model)
                self._engine = await asyncio.to_thread(self._open_engine, self.model, key, self._environ)
            return self._engine

    def _open(self, model: ModelSettings, key: str | None, environ: Mapping[str, str]) -> Engine:
        try:
            from services.model.library.engine import open_engine
        except ModuleNotFoundError as error:
            raise _not_installed() from error
        if key is not None:
            self.trace.redactor.learn([key])
        return open_engine(model, key, environ, self.trace)


def _not_installed() -> ModelFailed:
    return ModelFailed(
        "what speaks to models is not installed", reason="not_installed", remedy=InstallModelPackages()
    )

"""What a session asks of its model: the conversation made ready first, then one of the ways a turn begins."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from app.session.actions.model_setting import ModelSetting
    from app.session.context import SessionContext
    from services.connection_manager import ConnectionManager
    from services.model.conversation import Conversation, OpenEngine
    from services.model.said import Content
    from services.model.tools import Offer
    from services.model.turn import Turn

__all__ = ("Asking",)

_PATIENCE: Final = 10.0
"""Seconds that a text waits for servers that are starting; then the model does without their tools."""


class Asking:
    """The conversation with the model that is chosen: begun when it is needed, ready before each turn."""

    def __init__(
        self, context: SessionContext, setting: ModelSetting, open_engine: OpenEngine | None = None
    ) -> None:
        self._context = context
        self._setting = setting
        self._open_engine = open_engine
        self.begun: Conversation | None = None
        """The conversation; None as long as nobody has asked for it."""
        self.carried = b""
        """What was said in the session that was reopened, until the model is asked again."""
        self.keep: Callable[[Callable[[], bytes]], None] = _keep_nothing
        """Keeps the conversation for a later session, from what dumps it."""
        self.off: set[tuple[str, str]] = set()
        """Tools that are switched off for the model: server and tool as on the wire."""

    @property
    def conversation(self) -> Conversation:
        """The conversation, begun when it is first asked for. Raises JackfieldError without a model."""
        if self.begun is None:
            from services.model.conversation import Conversation

            setting = self._setting
            self.begun = Conversation(
                setting.place, setting.model, setting.keys, open_engine=self._open_engine
            )
            self.begun.off = self.off
        return self.begun

    def offer(self) -> Offer | None:
        """What the model would be offered now; None without a model. May be asked in a thread."""
        from services.model.tools import offer

        try:
            model, manager = self._setting.model, self._context.connected()
        except JackfieldError:
            return None
        conversation = self.begun
        window = conversation.window if conversation is not None else model.context_window
        return offer(manager, model, window, None, frozenset(self.off))

    # The ways a turn begins. Each raises JackfieldError where it cannot.

    async def text(self, text: str) -> Turn:
        """A text of the person, with what it mentions."""
        from app.session.mentions import read_mentions
        from services.model.attaching import resource_content

        conversation = await self._ready()
        said = read_mentions(text, self._context.servers())
        content: list[Any] = [said.text]
        for server, uri in said.resources:
            content += await resource_content(self._setting.place, server, uri)
        whole: Content = said.text if len(content) == 1 else content
        return conversation.ask(whole, only=said.servers or None)

    async def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> Turn:
        """The messages of a server's prompt."""
        from services.model.attaching import prompt_content

        conversation = await self._ready()
        return conversation.ask(await prompt_content(self._setting.place, server, name, arguments))

    async def again(self) -> Turn:
        """The last thing once more."""
        return (await self._ready()).retry()

    async def summary(self) -> Turn:
        """A summary of the conversation, which goes on from that."""
        turn = (await self._ready()).compact()
        self._context.transcript.notice("From here on the model knows only this summary:")
        return turn

    async def _ready(self) -> Conversation:
        """The conversation with the model that is chosen now."""
        manager = await self._context.begun()
        conversation, model = self.conversation, self._setting.model
        if conversation.model != model:
            await conversation.switch(model)
        await self._restore(conversation)
        # What takes its time at a first turn, side by side; what fails of it fails the turn.
        await asyncio.gather(
            asyncio.to_thread(_load_drawing),
            asyncio.to_thread(_tidy, self._setting.place.folder),
            conversation.prepare(),
            _settled(manager),
            return_exceptions=True,
        )
        return conversation

    async def _restore(self, conversation: Conversation) -> None:
        """What was carried over becomes what the model knows; where it cannot, the person is told."""
        said, self.carried = self.carried, b""
        if not said:
            return
        try:
            await asyncio.to_thread(conversation.restore, said)
        except JackfieldError:
            self._context.transcript.warning(
                "The model knows nothing of what stands above: what was kept of it cannot be read."
            )

    # What becomes of what was said.

    def undo(self) -> Content | None:
        """Take the last turn back; what was asked in it, None where there is none."""
        return self.begun.undo() if self.begun is not None else None

    def save(self) -> None:
        """Keep what there is for a later session."""
        if self.begun is not None:
            self.keep(self.begun.dump)

    def forget(self) -> None:
        """What comes next is the first the model knows of."""
        if self.begun is not None:
            self.begun.clear()
        self.carried = b""

    async def close(self) -> None:
        """End the conversation."""
        if self.begun is not None:
            await self.begun.close()


def _keep_nothing(dump: Callable[[], bytes]) -> None:
    """Where no session is kept."""


async def _settled(manager: ConnectionManager) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE):
            await manager.settled()


def _load_drawing() -> None:
    """What draws Markdown takes a tenth of a second to import: in a thread."""
    import widgets.views.markdown_rows  # noqa: F401


def _tidy(folder: Path) -> None:
    """Results of old conversations do not pile up."""
    from services.config.paths import home
    from services.model.kept_results import tidy_results

    tidy_results(home(), keep=(folder,))

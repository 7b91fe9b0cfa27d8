"""What an editor hears of a session: texts as they grow, calls as they go, and what was said before."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from acp import schema

from services.acp.blocks import outcome, text_block
from services.acp.dialect import UPDATE
from services.model import events as happened
from services.model.approval import approves_reads
from services.text import one_line
from services.threads.items import AgentMessage, ImageInput, McpToolCall, Reasoning, UserMessage
from services.threads.pictures import picture
from services.threads.turn_items import TurnItems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.connection_manager import ConnectionManager
    from services.connections.calls import Progress
    from services.driving.driver import Driver
    from services.errors import JackfieldError
    from services.model.events import ModelEvent
    from services.threads.items import Item
    from services.threads.turn_items import TextKind

__all__ = ("Teller", "TurnUpdates", "title_of")


class Teller:
    """Sends the updates of one session."""

    def __init__(self, driver: Driver, manager: ConnectionManager) -> None:
        self.session = ""
        """Its id; nothing is sent before it has one."""
        self._driver = driver
        self._manager = manager
        self._notices = itertools.count(1)

    def update(self, update: Any, *, progress_of: str | None = None) -> None:
        """Tell one thing."""
        told = schema.SessionNotification(session_id=self.session, update=update)
        self._driver.notify(UPDATE, told, progress_of=None if progress_of is None else self._key(progress_of))

    def settle(self, progress_of: str) -> None:
        """What there was progress of has ended."""
        self._driver.settle(self._key(progress_of))

    def say(self, text: str) -> None:
        """Words of ours, as a message of its own; set apart, as some editors run messages together."""
        self.text("agentMessage", f"{self.session}-notice-{next(self._notices)}", f"\n\n{text}\n\n")

    def text(self, kind: TextKind, message: str, text: str) -> None:
        """A piece of an answer, or of what the model thinks."""
        block = text_block(text)
        if kind == "agentMessage":
            self.update(
                schema.AgentMessageChunk(
                    session_update="agent_message_chunk", content=block, message_id=message
                )
            )
        else:
            self.update(
                schema.AgentThoughtChunk(
                    session_update="agent_thought_chunk", content=block, message_id=message
                )
            )

    def call(self, item: McpToolCall) -> None:
        """A call that the model wants."""
        self.update(
            schema.ToolCallStart(
                session_update="tool_call",
                tool_call_id=item.id,
                title=title_of(item.server, item.tool),
                kind=self.kind(item.server, item.tool),
                status="pending",
                raw_input=item.arguments,
            )
        )

    def call_goes(self, item: str, **values: Any) -> None:
        """A call is under way."""
        told = schema.ToolCallProgress(
            session_update="tool_call_update", tool_call_id=item, status="in_progress", **values
        )
        self.update(told, progress_of=item if "content" in values else None)

    def call_ended(self, item: McpToolCall) -> None:
        """A call came to its end."""
        self.settle(item.id)
        self.update(
            schema.ToolCallProgress(
                session_update="tool_call_update",
                tool_call_id=item.id,
                status="completed" if item.status == "completed" else "failed",
                content=[*outcome(item)],
                raw_output=item.result.structured_content if item.result is not None else None,
            )
        )

    def replay(self, items: Iterable[Item]) -> None:
        """What was said and called before."""
        for item in items:
            match item:
                case UserMessage():
                    self._user(item)
                case AgentMessage():
                    self.text("agentMessage", item.id, item.text)
                case Reasoning():
                    self.text("reasoning", item.id, "\n".join(item.content))
                case McpToolCall():
                    self.call(item)
                    self.call_ended(item)

    def kind(self, server: str, tool: str) -> schema.ToolKind:
        """What sort of call it is, as far as the tool says; our own tools only read."""
        if not server:
            return "read"
        known = self._manager.catalog(server).tool(tool) if server in self._manager.servers else None
        return "read" if known is not None and approves_reads(known) else "other"

    def _user(self, item: UserMessage) -> None:
        for one in item.content:
            block: Any
            if isinstance(one, ImageInput):
                mime_type = picture(one.url).mime_type
                block = schema.ImageContentBlock(
                    type="image", data=one.url.partition(",")[2], mime_type=mime_type
                )
            else:
                block = text_block(one.text)
            self.update(
                schema.UserMessageChunk(
                    session_update="user_message_chunk", content=block, message_id=item.id
                )
            )

    def _key(self, item: str) -> str:
        return f"{self.session} {item}"


class TurnUpdates(TurnItems):
    """One turn on its way to the editor; `failure` and `cancelled` say how it ended."""

    failure: JackfieldError | None = None
    cancelled = False

    def __init__(self, teller: Teller, turn: str, keep: Callable[[Item], None]) -> None:
        super().__init__(turn, keep)
        self._teller = teller

    def started(self, item: Item) -> None:
        """An item begins; texts are told as they grow."""
        if isinstance(item, McpToolCall):
            self._teller.call(item)

    def grown(self, kind: TextKind, item: str, text: str) -> None:
        """A text has become longer."""
        self._teller.text(kind, item, text)

    def progressed(self, item: str, progress: Progress) -> None:
        """A server told how far a call is."""
        total = "" if progress.total is None else f" of {progress.total:g}"
        said = f"{progress.progress:g}{total} {progress.message}".strip()
        shown = schema.ContentToolCallContent(type="content", content=text_block(said))
        self._teller.call_goes(item, content=[shown])

    def completed(self, item: Item) -> None:
        """An item stays as it is."""
        if isinstance(item, McpToolCall):
            self._teller.call_ended(item)

    def told(self, event: ModelEvent) -> None:
        """What else happened."""
        match event:
            case happened.CallBegun(call=call):
                self._teller.call_goes(self.item_of(call), raw_input=call.arguments)
            case happened.UsageReported(total=total) if total.context_window:
                cost = None if total.cost is None else schema.Cost(amount=float(total.cost), currency="USD")
                self._teller.update(
                    schema.UsageUpdate(
                        session_update="usage_update",
                        used=total.context_tokens,
                        size=total.context_window,
                        cost=cost,
                    )
                )
            case happened.Noticed(text=text):
                self._teller.say(text)
            case happened.Failed(error=error):
                self.failure = error
            case happened.Cancelled():
                self.cancelled = True
            case _:
                pass


def title_of(server: str, tool: str) -> str:
    """What a call is called."""
    return ".".join(one_line(part, 100) for part in (server, tool) if part)

"""What a server brings by itself, in our words: notifications, questions, complaints about its answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

import mcp_types as types
from pydantic import BaseModel

from services.error_translation import translate
from services.inbox.questions import Answer, FormQuestion, LinkQuestion, Question
from services.text import one_line, printable
from services.web.shown_urls import escaped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.clock import Clock
    from services.events import CatalogKind
    from services.roots import Root

__all__ = ("Listener", "compact", "question_of", "spread")


class Listener(Protocol):
    """Who hears what a session brings by itself; implemented by the connection."""

    clock: Clock

    @property
    def samples(self) -> bool:
        """Whether the server may ask for a model's answer (`sampling/createMessage`)."""

    @property
    def offers_roots(self) -> bool:
        """Whether the server may ask for directories (`roots/list`)."""

    async def roots(self) -> Sequence[Root]:
        """The directories that the server may be told of now; perhaps the person is asked."""

    async def ask(self, question: Question) -> Answer: ...

    async def asked_elsewhere(self, method: str, params: Mapping[str, Any] | None) -> dict[str, Any] | None:
        """What another client answers a request of the server; None leaves it to the person here."""

    def logged_elsewhere(self, level: str, data: object, logger: str | None) -> None:
        """A log message as it came, for other clients."""

    def log_message(self, text: str, level: str, logger: str) -> None: ...

    def list_changed(self, kind: CatalogKind) -> None: ...

    def resource_updated(self, uri: str) -> None: ...

    def page_finished(self, elicitation: str) -> None:
        """A page that the person was asked to visit is finished."""

    def task_told(self, params: Mapping[str, Any]) -> None:
        """The server told of a task by itself (`notifications/tasks`)."""

    def answered(self, seconds: float) -> None: ...


def spread(message: object, listener: Listener) -> None:
    """Tell the listener what a notification, or a fault of the transport, means."""
    match message:
        case types.ToolListChangedNotification():
            listener.list_changed("tools")
        case types.PromptListChangedNotification():
            listener.list_changed("prompts")
        case types.ResourceListChangedNotification():
            listener.list_changed("resources")
            listener.list_changed("templates")
        case types.ResourceUpdatedNotification(params=params):
            listener.resource_updated(printable(str(params.uri)))
        case types.ElicitCompleteNotification(params=params):
            listener.page_finished(params.elicitation_id)
        case Exception():
            listener.log_message(one_line(str(translate(message).message)), "warning", "")
        case _:
            pass


def question_of(server: str, params: Any) -> Question:
    """The question of an elicitation request, its texts printable."""
    message = printable(params.message)
    if isinstance(params, types.ElicitRequestURLParams):
        number, url = params.elicitation_id or "", escaped(str(params.url))
        return LinkQuestion(server=server, message=message, url=url, elicitation=number)
    schema = params.requested_schema
    if isinstance(schema, BaseModel):
        schema = schema.model_dump(by_alias=True, mode="json", exclude_unset=True)
    return FormQuestion(server=server, message=message, schema=schema)


def compact(data: object) -> str:
    """Any JSON value in one line."""
    return json.dumps(data, ensure_ascii=False, default=str)

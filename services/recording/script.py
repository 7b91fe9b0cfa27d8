"""What a recording says a server does: for each request what came back, and what came in between."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.recording.reading import Recorded

__all__ = ("SUBSCRIPTION", "Exchange", "Said", "Script", "Told", "kind_of", "script_of", "token_of")

SUBSCRIPTION: Final = "io.modelcontextprotocol/subscriptionId"
"""The key of `_meta` that says which `subscriptions/listen` a notification belongs to (2026-07-28)."""
_LISTEN: Final = "subscriptions/listen"

Message = dict[str, Any]


class Said(NamedTuple):
    """A message of the server."""

    message: Message
    wait: float = 0.0
    """Seconds since whatever came before it, of the client or the server, in the same exchange."""


@dataclass(slots=True, eq=False)
class Told:
    """A notification of the client, and what the server said after it."""

    method: str
    after: list[Said] = field(default_factory=list)
    at: float | None = None
    """When the last of it went by."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A request of the client, what the server said before it answered, the answer, and what it said then."""

    request: Message
    before: list[Said] = field(default_factory=list)
    """Notifications and requests of the server."""
    answer: Said | None = None
    """None where there was none: a request that stayed open."""
    after: list[Said] = field(default_factory=list)
    at: float | None = None
    """When the last of it went by."""


@dataclass(slots=True)
class Script:
    """All of a recording."""

    exchanges: list[Exchange] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


def kind_of(message: Message) -> str:
    """`request`, `notification`, `answer`, or nothing of these."""
    if isinstance(message.get("method"), str):
        return "request" if "id" in message else "notification"
    return "answer" if "result" in message or "error" in message else ""


def script_of(frames: Iterable[Recorded]) -> Script:
    """The script of frames in the order in which they went by."""
    writer = _Writer()
    for frame in frames:
        writer.take(frame)
    return writer.script


def token_of(message: Message) -> object:
    """The progress token that a request gives; None without one."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return meta.get("progressToken") if isinstance(meta, dict) else None


class _Writer:
    def __init__(self) -> None:
        self.script = Script()
        self._open: dict[tuple[object, str], Exchange] = {}
        """Requests of the client without an answer, the newest last."""
        self._last: Exchange | Told | None = None

    def take(self, frame: Recorded) -> None:
        kind = kind_of(frame.message)
        if frame.direction == "out":
            self._sent(frame, kind)
        elif kind == "answer":
            exchange = self._answered(frame)
            if exchange is not None:
                exchange.answer = _said(exchange, frame)
                self._last = exchange
        elif kind:
            self._said(frame)

    def _sent(self, frame: Recorded, kind: str) -> None:
        if kind == "request":
            self._last = exchange = Exchange(frame.message, at=frame.at)
            self.script.exchanges.append(exchange)
            self._open[frame.connection, _key(frame.message["id"])] = exchange
        elif kind == "notification":
            self._last = told = Told(frame.message["method"], at=frame.at)
            self.script.told.append(told)
        elif kind == "answer":
            number = frame.message.get("id")
            for exchange in self._open.values():
                if any(said.message.get("id") == number for said in exchange.before if "id" in said.message):
                    exchange.at = frame.at

    def _answered(self, frame: Recorded) -> Exchange | None:
        """The request that an answer is for; over HTTP it may come on another stream, or without an id."""
        number = frame.message.get("id")
        exact = (frame.connection, _key(number))
        if exact in self._open:
            return self._open.pop(exact)
        part, wanted = (0, frame.connection) if number is None else (1, exact[1])
        key = next((key for key in reversed(self._open) if key[part] == wanted), None)
        return self._open.pop(key) if key is not None else None

    def _said(self, frame: Recorded) -> None:
        """A notification or a request of the server: of a request that is open, else of the last one."""
        message = frame.message
        waiting = list(self._open.values())
        owner = next((one for one in reversed(waiting) if _names(message, one)), None)
        if owner is None and not _is_named(message):
            short = (one for one in reversed(waiting) if one.request.get("method") != _LISTEN)
            owner = next(short, None)
        if owner is not None:
            owner.before.append(_said(owner, frame))
        elif self._last is not None:
            self._last.after.append(_said(self._last, frame))


def _said(owner: Exchange | Told, frame: Recorded) -> Said:
    """A message of the server, and how long after what came before it."""
    wait = frame.at - owner.at if frame.at is not None and owner.at is not None else 0.0
    if frame.at is not None:
        owner.at = frame.at
    return Said(frame.message, max(wait, 0.0))


def _names(message: Message, exchange: Exchange) -> bool:
    """Whether a notification says itself that it belongs to this request."""
    params = message.get("params")
    if not isinstance(params, dict):
        return False
    token = token_of(exchange.request)
    if "progressToken" in params:
        return token is not None and params["progressToken"] == token
    meta = params.get("_meta")
    return isinstance(meta, dict) and meta.get(SUBSCRIPTION) == exchange.request.get("id")


def _is_named(message: Message) -> bool:
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and SUBSCRIPTION in meta


def _key(number: object) -> str:
    """A request's id as JSON, so that 1 and "1" stay apart."""
    return json.dumps(number)

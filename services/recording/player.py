"""A server that answers from a recording, without any transport: messages in, messages out."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.recording.script import SUBSCRIPTION, kind_of, token_of
from services.secrecy.redaction import Redactor
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.recording.script import Exchange, Message, Said, Script, Told

__all__ = ("Output", "Player")

_METHOD_NOT_FOUND: Final = -32601
_PARSE_ERROR: Final = -32700
_MOST_GIVEN_UP: Final = 100


class Output(NamedTuple):
    """A message to the client."""

    message: Message
    request: object = None
    """The id of the client's request on whose stream it goes; None for none in particular."""
    last: bool = False
    """Whether nothing more comes on that stream."""
    wait: float = 0.0
    """Seconds from the client's message until it is sent."""


@dataclass(slots=True)
class _Answering:
    """A request of the client that is being answered."""

    exchange: Exchange
    request: Message
    left: deque[Said] = field(default_factory=deque)


class Player:
    """Plays a script to one client.

    A request gets the answer of the recorded one with the same method and params, else with the same
    method and name; each is used once before one is used again.
    """

    def __init__(self, script: Script, longest: float = 0.0) -> None:
        """It waits as long as the server did, but no longer than `longest` seconds before a message."""
        self._script = script
        self._longest = longest
        self._redactor = Redactor()
        self._asked: dict[str, _Answering] = {}
        """By the id of a request to the client: whose answer waits for the client's."""
        self._given_up: deque[str] = deque(maxlen=_MOST_GIVEN_UP)
        self._number = 0
        self._used: set[int] = set()

    def line(self, data: bytes | str) -> Iterator[Output]:
        """What a line of JSON from the client brings about."""
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            error = {"code": _PARSE_ERROR, "message": "this is not JSON"}
            yield Output({"jsonrpc": "2.0", "id": None, "error": error})
            return
        for one in message if isinstance(message, list) else [message]:
            if isinstance(one, dict):
                yield from self.take(one)

    def take(self, message: Message) -> Iterator[Output]:
        """What a message from the client brings about."""
        match kind_of(message):
            case "request":
                yield from self._request(message)
            case "notification":
                yield from self._notification(message)
            case "answer":
                answering = self._asked.pop(json.dumps(message.get("id")), None)
                if answering is not None:
                    yield from self._go_on(answering)

    def is_wanted(self, output: Output) -> bool:
        """Whether the client still waits for it, now that it is due."""
        return json.dumps(output.request) not in self._given_up

    def _request(self, message: Message) -> Iterator[Output]:
        if (number := json.dumps(message["id"])) in self._given_up:
            self._given_up.remove(number)
        exchange = self._chosen(message)
        if exchange is not None:
            self._used.add(id(exchange))
            yield from self._go_on(_Answering(exchange, message, deque(exchange.before)))
        elif message["method"] == "ping":
            yield self._output(message, {"result": {}})
        else:
            name = _name(message)
            what = message["method"] + (f" of {name}" if name else "")
            told = f"the recording has no answer to {one_line(what, 200)}"
            yield self._output(message, {"error": {"code": _METHOD_NOT_FOUND, "message": told}})

    def _go_on(self, answering: _Answering) -> Iterator[Output]:
        request, exchange = answering.request, answering.exchange
        number, wait = request["id"], 0.0
        while answering.left:
            said = answering.left.popleft()
            wait += min(said.wait, self._longest)
            if kind_of(said.message) == "request":
                self._number += 1
                mine = f"replay-{self._number}"
                self._asked[json.dumps(mine)] = answering
                yield Output(said.message | {"id": mine}, number, wait=wait)
                return
            if (told := _readdressed(said.message, exchange.request, request)) is not None:
                yield Output(told, number, wait=wait)
        if exchange.answer is not None:
            wait += min(exchange.answer.wait, self._longest)
            yield Output(exchange.answer.message | {"id": number}, number, last=True, wait=wait)
        yield from self._after(exchange, wait)

    def _after(self, told: Exchange | Told, wait: float = 0.0) -> Iterator[Output]:
        """What the server said without being asked."""
        for said in told.after:
            wait += min(said.wait, self._longest)
            if kind_of(said.message) == "notification":
                yield Output(said.message, wait=wait)

    def _notification(self, message: Message) -> Iterator[Output]:
        if message["method"] == "notifications/cancelled":
            params = message.get("params")
            gone = params.get("requestId") if isinstance(params, dict) else None
            self._given_up.append(json.dumps(gone))
            self._asked = {key: one for key, one in self._asked.items() if one.request["id"] != gone}
            return
        alike = (told for told in self._script.told if told.method == message["method"])
        told = next((told for told in alike if id(told) not in self._used), None)
        if told is not None:
            self._used.add(id(told))
            yield from self._after(told)

    def _output(self, request: Message, answer: Message) -> Output:
        return Output({"jsonrpc": "2.0", "id": request["id"], **answer}, request["id"], last=True)

    def _chosen(self, message: Message) -> Exchange | None:
        method, params = message["method"], _params(message)
        alike = [one for one in self._script.exchanges if one.request["method"] == method]
        masked = self._redactor.json(params)
        same = [one for one in alike if _params(one.request) in (params, masked)]
        named = [one for one in alike if _name(one.request) == _name(message)]
        for exchanges in (same, named):
            fresh = (one for one in exchanges if id(one) not in self._used)
            if (found := next(fresh, exchanges[-1] if exchanges else None)) is not None:
                return found
        return None


def _params(message: Message) -> dict[str, Any]:
    """The params that say what is wanted: without `_meta`, which says who asks."""
    params = message.get("params")
    if not isinstance(params, dict):
        return {}
    return {key: value for key, value in params.items() if key != "_meta"}


def _name(message: Message) -> str:
    """What a request is about, beside its method: a tool, a URI, a page."""
    params = _params(message)
    if isinstance(ref := params.get("ref"), dict):
        params = ref
    found = (params.get(key) for key in ("name", "uri", "cursor"))
    return next((value for value in found if isinstance(value, str)), "")


def _readdressed(said: Message, recorded: Message, request: Message) -> Message | None:
    """A notification as it is meant for this request; None for progress that nobody asked for."""
    params = said.get("params")
    if not isinstance(params, dict):
        return said
    if "progressToken" in params and params["progressToken"] == token_of(recorded):
        token = token_of(request)
        return None if token is None else said | {"params": params | {"progressToken": token}}
    meta = params.get("_meta")
    if isinstance(meta, dict) and meta.get(SUBSCRIPTION) == recorded["id"] and SUBSCRIPTION in meta:
        return said | {"params": params | {"_meta": meta | {SUBSCRIPTION: request["id"]}}}
    return said

"""What a server answers in one exchange, read by our reader before the SDK sees it.

The SDK reads bytes in the strictest way, takes a heartbeat for the end of a request and an answer
nobody can match for none. So it is given what it can read: each message by itself, and in the place of
an answer that only we can read a short one, for which the dispatcher takes the true one (`held`).
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import httpx2
from mcp.shared.dispatcher import coerce_request_id
from mcp_types import JSONRPCError, JSONRPCResponse, jsonrpc_message_adapter
from pydantic import ValidationError

from services.connections.http.bodies import number_of, whole
from services.connections.http.events import Event, EventCutter
from services.connections.http.refusals import session_lost, speaks_of_session
from services.connections.messages.answer_ids import same_id
from services.connections.messages.reader import UNUSABLE, Read, excerpt, is_answer, read, unusable
from services.errors import ConnectionFailed, TransportClosed
from services.message_limit import MAX_MESSAGE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from mcp_types import JSONRPCMessage

    from services.connections.http.bodies import Owner
    from services.errors import JackfieldError

    LostTo = Callable[[httpx2.Request], Awaitable[bool]]

__all__ = ("Heard", "first_answer", "readable_error")

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Heard:
    """The messages of one exchange; `number` is the id of its request, None where it has none."""

    def __init__(self, request: httpx2.Request, owner: Owner, lost_to: LostTo) -> None:
        self._request = request
        self._owner = owner
        self._lost_to = lost_to
        self._number = number_of(request)
        self._answered = False
        self._unread = ""
        """The beginning of what came last and could not be understood."""

    async def body(self, data: bytes, otherwise: JackfieldError | None = None) -> list[bytes] | None:
        """The messages of a whole body, the answer last; None where the SDK can read it as it is.

        `otherwise` is what is wrong where it holds no answer, if more than that is known of it.
        """
        found = await read(data)
        messages = await self._judged(found, data, whole=True)
        if not self._answered:
            what = "the server's answer is not valid JSON-RPC"
            failure = otherwise or ConnectionFailed(what, hint=f"it sent: {self._unread}", reason="protocol")
            self._owner.fault(self._number, failure)
            messages.append(self._stand_in(unusable(self._number, failure.message)))
        elif self._is_plain(found, messages):
            return None
        return messages

    async def events(self, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The stream of events that the SDK can read in the place of this one."""
        cutter = EventCutter()
        async for chunk in chunks:
            for event in cutter.feed(chunk):
                yield await self._event(event)
        if (left := cutter.finish()) is not None:
            event = replace(left, raw=left.raw + b"\n\n")
            if await self._is_answer(event):  # the end of its lines is all it lacks
                self._owner.faults.pop(self._number or 0, None)
                yield await self._event(event)
            elif event.data or event.bare:
                self._unread = excerpt(left.raw)
        if self._number is not None and not self._answered and self._unread:
            ended = "the server ended its answer without a result"
            failure = TransportClosed(ended, hint=f"it sent: {self._unread}", reason="closed")
            self._owner.fault(self._number, failure)

    async def _event(self, event: Event) -> bytes:
        data = event.data if event.is_message else b""
        if data is None:
            self._unread = excerpt(event.raw)
            return b":\n\n"
        if len(data) > MAX_MESSAGE:
            return event.raw
        found = await read(data) if data else Read()
        if not found.messages and (loose := await self._loosely(event)):
            return loose
        if not data:
            return event.raw
        messages = await self._judged(found, data, whole=False)
        if self._is_plain(found, messages):
            return event.raw
        if not messages:
            return event.rest + b"\n" if event.rest else b":\n\n"
        *before, last = messages
        lines = [b"data: %b\n\n" % message for message in before]
        return b"".join((*lines, event.rest, b"data: %b\n\n" % last))

    async def _loosely(self, event: Event) -> bytes:
        """Our answer in an event that is none by its name or by its lines, as the SDK can read it.

        Empty where there is none in it; what came is kept for the case that no other follows.
        """
        for data in self._guesses(event):
            found = await read(data)
            if not self._answered and _answers(found, self._number):
                messages = await self._judged(found, data, whole=False)
                return b"".join(b"data: %b\n\n" % (one or data.replace(b"\n", b" ")) for one in messages)
            self._unread = excerpt(event.raw)
        return b""

    def _guesses(self, event: Event) -> list[bytes]:
        found = [event.bare] if event.is_message else [event.data or b"", event.bare]
        return [data for data in found if data and len(data) <= MAX_MESSAGE]

    async def _is_answer(self, event: Event) -> bool:
        found = [await read(data) for data in (event.data, event.bare) if data]
        return any(_answers(one, self._number) for one in found)

    def _is_plain(self, found: Read, messages: list[bytes]) -> bool:
        """Whether what came is one message that stays as it is."""
        return found.strict and len(messages) == 1 and not messages[0]

    async def _judged(self, found: Read, data: bytes, *, whole: bool) -> list[bytes]:
        """The messages as the SDK can read them, the answer last; an empty one for what stays as it is."""
        others, answers = [], []
        for message in self._best_first(found):
            if not isinstance(message, JSONRPCResponse | JSONRPCError):
                others.append(b"" if found.strict else _carried(message))
            elif self._number is not None and self._answered:
                continue  # a request has one answer
            elif (answer := self._ours(message, whole=whole)) is None:
                self._unread = excerpt(data)
            else:
                answers.append(await self._answer(answer, as_it_is=found.strict and answer is message))
        if found.junk or not found.messages:
            self._unread = excerpt(data)
        return [message for message in others if message is not None] + answers

    def _best_first(self, found: Read) -> list[JSONRPCMessage]:
        """The messages, what answers our request by its id before what may be for it."""
        return sorted(
            found.messages, key=lambda message: not same_id(getattr(message, "id", None), self._number)
        )

    def _ours(
        self, answer: JSONRPCResponse | JSONRPCError, *, whole: bool
    ) -> JSONRPCResponse | JSONRPCError | None:
        """The answer as one to our request, or an error in the place of a result that is for another.

        An error can be for no other: an exchange carries one request. None for what is passed over.
        """
        number = self._number
        if number is None or same_id(answer.id, number):
            return answer
        if isinstance(answer, JSONRPCError):
            return answer.model_copy(update={"id": number})
        earlier = isinstance(answer.id, int) and isinstance(number, int) and 0 < answer.id < number
        if earlier and not whole:
            return None  # a stream may bring up what was said before
        return unusable(number, f"an answer with the id {answer.id!r} came to the request {number!r}")

    async def _answer(self, answer: JSONRPCResponse | JSONRPCError, *, as_it_is: bool) -> bytes:
        self._answered = True
        if isinstance(answer, JSONRPCError) and (said := speaks_of_session(answer.error.message)):
            await self._session_may_be_lost(said)
        return b"" if as_it_is else self._stand_in(answer)

    async def _session_may_be_lost(self, said: str) -> None:
        if self._request.headers.get("mcp-session-id") and await self._lost_to(self._request):
            failure = session_lost(said)
            self._owner.fault(self._number, failure)
            self._owner.lose(failure)

    def _stand_in(self, answer: JSONRPCResponse | JSONRPCError) -> bytes:
        """A short answer for the SDK, while the true one is held."""
        number = self._number if self._number is not None else answer.id
        if number is None:
            return answer.model_dump_json().encode()
        self._owner.held[coerce_request_id(number)] = answer
        return JSONRPCResponse(jsonrpc="2.0", id=number, result={}).model_dump_json().encode()


async def readable_error(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response | None:
    """A refusal whose body is a JSON-RPC error, as the SDK can read it; None for any other."""
    found = await read(response.content)
    error = _answer_in(found)
    if not isinstance(error, JSONRPCError) or error.error.code == UNUSABLE:
        return None
    number = number_of(request)
    if found.strict or number is None:
        return response
    body = _carried(error.model_copy(update={"id": number}))
    if body is None:
        return None
    kind = {"content-type": "application/json"}
    return httpx2.Response(response.status_code, headers=kind, content=body, request=request)


async def first_answer(response: httpx2.Response) -> JSONRPCResponse | JSONRPCError | None:
    """The answer in a response that is not read yet, however it is framed; None where it has none."""
    if not response.headers.get("content-type", "").lower().startswith("text/event-stream"):
        return _answer_in(await read((await whole(response)).content))
    cutter = EventCutter()
    async for chunk in response.aiter_bytes():
        for event in cutter.feed(chunk):
            if event.is_message and (answer := _answer_in(await read(event.data or b""))) is not None:
                return answer
    return None


def _answer_in(found: Read) -> JSONRPCResponse | JSONRPCError | None:
    answers = (message for message in found.messages if isinstance(message, JSONRPCResponse | JSONRPCError))
    return next(answers, None)


def _answers(found: Read, number: int | str | None) -> bool:
    """Whether an answer to this request was read."""
    return number is not None and any(
        is_answer(message) and same_id(getattr(message, "id", None), number) for message in found.messages
    )


def _carried(message: JSONRPCMessage) -> bytes | None:
    """A message as bytes that the SDK reads; None where there are none, because it is too deep."""
    text = json.dumps(message.model_dump(by_alias=True, exclude_unset=True), ensure_ascii=False)
    data = _SURROGATE.sub("\ufffd", text).encode()
    try:
        jsonrpc_message_adapter.validate_json(data, by_name=False)
    except ValidationError:
        return None
    return data

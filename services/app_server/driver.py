"""The program at the other end: its requests side by side, what it is told, and what it is asked."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import ValidationError

from services.app_server.failures import refusal_of
from services.app_server.jsonrpc import (
    CANCELLED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    NOT_INITIALIZED,
    OVERLOADED,
    Id,
    Refusal,
    Request,
    Response,
)
from services.app_server.methods import CANCEL, INITIALIZE, OURS, RESOLVED
from services.app_server.opening_values import CancelParams, RequestResolved
from services.app_server.outgoing import Outgoing
from services.app_server.values import Value, wire
from services.complaints import complaint, complaints
from services.error_translation import translating
from services.errors import JackfieldError
from services.ranking import did_you_mean
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from services.app_server.jsonrpc import Message
    from services.standard_streams import Writer

__all__ = ("Call", "Driver", "DriverFailed", "Handler")

_AT_ONCE: Final = 1_000
"""Requests of the driver that may be under way."""
_MOST_WORDS: Final = 5

_Value = TypeVar("_Value", bound=Value)


class DriverFailed(Exception):
    """The driver did not answer what it was asked, in one line; `refused`: it said so itself."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class Call:
    """One request of the driver under way."""

    def __init__(self, id: Id) -> None:
        self.id = id
        self.actions: list[Callable[[], object]] = []

    def after(self, action: Callable[[], object]) -> None:
        """Do this once the result has been sent; never where there is none."""
        self.actions.append(action)


Handler = Callable[[Any, Call], Awaitable[Value]]
"""What a method does; it raises nothing but JackfieldError that is meant for the driver."""


class Driver:
    """Hears messages, runs handlers, writes messages; `close` ends what is under way."""

    def __init__(self, writer: Writer, handlers: Mapping[str, Handler]) -> None:
        self.outgoing = Outgoing(writer)
        self.unwanted: frozenset[str] = frozenset()
        """Notifications that are not sent."""
        self._handlers = handlers
        self._opened = False
        self._running: dict[Id, asyncio.Task[None]] = {}
        self._asked: dict[Id, asyncio.Future[Response]] = {}
        self._numbers = itertools.count(1)

    # What comes.

    async def room(self) -> None:
        """Wait until the driver has read enough to be heard again."""
        await self.outgoing.room()

    def hear(self, message: Message | Refusal) -> None:
        """One message of the driver, or why a line is none."""
        match message:
            case Refusal():
                self._refuse(message.id, message)
            case Response():
                if (waiting := self._asked.get(message.id)) is not None and not waiting.done():
                    waiting.set_result(message)
            case Request(id=None):
                self._told(message)
            case Request():
                self._begin(message)

    def _told(self, message: Request) -> None:
        """A notification; one that is not known, or makes no sense, is passed over."""
        if message.method != CANCEL.name:
            return
        try:
            wanted = CancelParams.model_validate(message.params)
        except ValidationError:
            return
        if (running := self._running.get(wanted.id)) is not None:
            running.cancel()

    def _begin(self, request: Request) -> None:
        assert request.id is not None
        if request.id in self._running:
            self._refuse(request.id, Refusal(INVALID_REQUEST, "a request with this id is under way"))
        elif len(self._running) >= _AT_ONCE:
            self._refuse(request.id, Refusal(OVERLOADED, f"{_AT_ONCE} requests are under way; ask later"))
        else:
            running = asyncio.create_task(self._run(request, request.id), name=f"request {request.id}")
            self._running[request.id] = running
            running.add_done_callback(partial(self._ended, request.id))

    async def _run(self, request: Request, id: Id) -> None:
        call = Call(id)
        try:
            result = await self._result(request, call)
        except Refusal as refusal:
            self._over(id)
            self._refuse(id, refusal)
        else:
            self._over(id)
            self.outgoing.send({"id": id, "result": wire(result)})
            for action in call.actions:
                action()

    def _ended(self, id: Id, running: asyncio.Task[None]) -> None:
        """A request that was cancelled is answered too, also one that had not begun."""
        if running.cancelled():
            self._over(id)
            self._refuse(id, Refusal(CANCELLED, "the request was cancelled"))

    def _over(self, id: Id) -> None:
        del self._running[id]
        self.outgoing.settle(id)

    async def _result(self, request: Request, call: Call) -> Value:
        method = OURS.get(request.method)
        if not self._opened and method is not INITIALIZE:
            raise Refusal(NOT_INITIALIZED, "call initialize first")
        if self._opened and method is INITIALIZE:
            raise Refusal(INVALID_REQUEST, "initialize was called before")
        if method is None:
            words = did_you_mean(request.method, list(OURS))
            said = f'there is no method "{one_line(request.method, 80)}". {words}'.rstrip()
            raise Refusal(METHOD_NOT_FOUND, said)
        params = _checked(method.params, request.params)
        self._opened = True
        try:
            with translating():
                return await self._handlers[method.name](params, call)
        except JackfieldError as error:
            raise refusal_of(error) from error

    # What goes.

    def notify(self, method: str, params: Value, *, progress_of: Hashable = None) -> None:
        """Tell the driver something; news of how far something is give way to newer ones of the same."""
        if method in self.unwanted:
            return
        message = {"method": method, "params": wire(params)}
        if progress_of is None:
            self.outgoing.send(message)
        else:
            self.outgoing.fold(progress_of, message)

    def settle(self, progress_of: Hashable) -> None:
        """What there was progress of has ended."""
        self.outgoing.settle(progress_of)

    async def ask(
        self, method: str, params: Value, answer: type[_Value], thread: str | None = None
    ) -> _Value:
        """Ask the driver something, without a time limit. Raises DriverFailed.

        A wait that is cancelled is told as `serverRequest/resolved`, with the words of the cancellation.
        """
        if self.outgoing.gone.is_set():
            raise DriverFailed("the driver has left")
        number = next(self._numbers)
        self._asked[number] = waiting = asyncio.get_running_loop().create_future()
        self.outgoing.send({"id": number, "method": method, "params": wire(params)})
        try:
            told = await waiting
        except asyncio.CancelledError as error:
            resolved = RequestResolved(request_id=number, thread_id=thread, reason=str(error))
            self.notify(RESOLVED.name, resolved)
            raise
        finally:
            del self._asked[number]
        if told.error is not None:
            words = one_line(str(told.error.get("message", "")), 200)
            raise DriverFailed(f"the driver answered with an error: {words}", refused=True)
        try:
            return answer.model_validate(told.result)
        except ValidationError as error:
            raise DriverFailed(f"the driver's answer cannot be used: {_wrong(error)}") from error

    def _refuse(self, id: Id | None, refusal: Refusal) -> None:
        error: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
        if refusal.data is not None:
            error["data"] = refusal.data
        self.outgoing.send({"id": id, "error": error})

    # The end.

    async def close(self, seconds: float) -> None:
        """Nothing more comes: so long requests may go on, then they are cancelled, and all is written."""
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(DriverFailed("the driver has left"))
        try:
            if self._running and not self.outgoing.gone.is_set():
                await asyncio.wait(self._running.values(), timeout=seconds)
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def _checked(model: type[Value], params: Mapping[str, Any]) -> Value:
    try:
        return model.model_validate(params)
    except ValidationError as error:
        raise Refusal(INVALID_PARAMS, f"params cannot be used: {_wrong(error)}") from error


def _wrong(error: ValidationError) -> str:
    """What is wrong with a value, in one line."""
    return one_line("; ".join(map(complaint, complaints(error)[:_MOST_WORDS])), 400)

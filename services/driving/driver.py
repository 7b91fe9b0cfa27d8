"""The program at the other end: its requests side by side, what it is told, and what it is asked."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from services.complaints import complaint, complaints
from services.driving.jsonrpc import (
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
from services.driving.outgoing import Outgoing
from services.error_translation import translating
from services.errors import JackfieldError
from services.ranking import did_you_mean
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from services.driving.dialect import Dialect
    from services.driving.jsonrpc import Message
    from services.standard_streams import Writer

__all__ = ("Call", "Driver", "DriverFailed", "Handler")

_AT_ONCE: Final = 1_000
"""Requests of the driver that may be under way."""
_MOST_WORDS: Final = 5

_Value = TypeVar("_Value", bound=BaseModel)


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


Handler = Callable[[Any, Call], Awaitable[BaseModel]]
"""What a method does; it raises nothing but JackfieldError that is meant for the driver."""


class Driver:
    """Hears messages, runs handlers, writes messages; `close` ends what is under way."""

    def __init__(
        self,
        writer: Writer,
        dialect: Dialect,
        handlers: Mapping[str, Handler],
        hears: Mapping[str, Callable[[Mapping[str, Any]], None]] | None = None,
    ) -> None:
        """`hears` is given the params of notifications, by their names."""
        self.outgoing = Outgoing(writer)
        self.unwanted: frozenset[str] = frozenset()
        """Notifications that are not sent."""
        self.name = dialect.driver
        """What it is called where a person reads of it."""
        self._dialect = dialect
        self._handlers = handlers
        self._hears = hears or {}
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
        if message.method == self._dialect.cancel:
            id = message.params.get(self._dialect.cancelled)
            if isinstance(id, str | int) and (running := self._running.get(id)) is not None:
                running.cancel()
        elif (hears := self._hears.get(message.method)) is not None:
            hears(message.params)

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
            self.outgoing.send({"id": id, "result": self._dialect.wire(result)})
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

    async def _result(self, request: Request, call: Call) -> BaseModel:
        method, first = request.method, self._dialect.first
        params = self._dialect.methods.get(method)
        if not self._opened and method != first:
            raise Refusal(NOT_INITIALIZED, f"call {first} first")
        if self._opened and method == first:
            raise Refusal(INVALID_REQUEST, f"{first} was called before")
        if params is None:
            words = did_you_mean(method, list(self._dialect.methods))
            said = f'there is no method "{one_line(method, 80)}". {words}'.rstrip()
            raise Refusal(METHOD_NOT_FOUND, said)
        checked = _checked(params, request.params)
        self._opened = True
        try:
            with translating():
                return await self._handlers[method](checked, call)
        except JackfieldError as error:
            raise self._dialect.refusal(error) from error

    # What goes.

    def notify(self, method: str, params: BaseModel, *, progress_of: Hashable = None) -> None:
        """Tell the driver something; news of how far something is give way to newer ones of the same."""
        if method in self.unwanted:
            return
        message = {"method": method, "params": self._dialect.wire(params)}
        if progress_of is None:
            self.outgoing.send(message)
        else:
            self.outgoing.fold(progress_of, message)

    def settle(self, progress_of: Hashable) -> None:
        """What there was progress of has ended."""
        self.outgoing.settle(progress_of)

    async def ask(
        self, method: str, params: BaseModel, answer: type[_Value], thread: str | None = None
    ) -> _Value:
        """Ask the driver something, without a time limit. Raises DriverFailed.

        A wait that is cancelled is told the driver, with the words of the cancellation.
        """
        if self.outgoing.gone.is_set():
            raise DriverFailed(f"the {self.name} has left")
        number = next(self._numbers)
        self._asked[number] = waiting = asyncio.get_running_loop().create_future()
        self.outgoing.send({"id": number, "method": method, "params": self._dialect.wire(params)})
        try:
            told = await waiting
        except asyncio.CancelledError as error:
            self.notify(*self._dialect.withdrawn(number, thread, str(error)))
            raise
        finally:
            del self._asked[number]
        if told.error is not None:
            words = one_line(str(told.error.get("message", "")), 200)
            raise DriverFailed(f"the {self.name} answered with an error: {words}", refused=True)
        try:
            return answer.model_validate(told.result)
        except ValidationError as error:
            raise DriverFailed(f"the {self.name}'s answer cannot be used: {_wrong(error)}") from error

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
                waiting.set_exception(DriverFailed(f"the {self.name} has left"))
        try:
            if self._running and not self.outgoing.gone.is_set():
                await asyncio.wait(self._running.values(), timeout=seconds)
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def _checked(model: type[BaseModel], params: Mapping[str, Any]) -> BaseModel:
    try:
        return model.model_validate(params)
    except ValidationError as error:
        raise Refusal(INVALID_PARAMS, f"params cannot be used: {_wrong(error)}") from error


def _wrong(error: ValidationError) -> str:
    """What is wrong with a value, in one line."""
    return one_line("; ".join(map(complaint, complaints(error)[:_MOST_WORDS])), 400)

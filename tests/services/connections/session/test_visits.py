"""Pages to be visited: before a request is answered (-32042), and how a server says that one is finished."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ServerError
from services.inbox.questions import Answer, LinkFinished, LinkQuestion, QuestionAsked, QuestionClosed
from tests.servers.web import MODERN, Web
from tests.servers.web_wire import Reply, Request, error
from tests.services.conftest import Recorder, running
from tests.services.connections.session.test_eras_revisions import at

if TYPE_CHECKING:
    from services.connection_manager import ConnectionManager

OLD = ("2025-11-25",)
METHODS = {"tools/call": 2, "resources/read": 2}


class Gate:
    """Refuses the first so many requests of a method until pages are visited."""

    def __init__(self, method: str, times: int = 1, pages: int = 1) -> None:
        self.method, self.left = method, times
        self.pages = [
            {"mode": "url", "message": "Sign", "url": f"https://a.example/{n}", "elicitationId": f"e{n}"}
            for n in range(pages)
        ]

    def __call__(self, request: Request) -> Reply | None:
        if request.method != "POST" or request.message.get("method") != self.method or not self.left:
            return None
        self.left -= 1
        data = {"elicitations": self.pages}
        return error(request.message["id"], -32042, "Visit this first", data=data)


def request(manager: ConnectionManager, method: str) -> asyncio.Task[Any]:
    if method == "tools/call":
        return asyncio.create_task(manager.call_tool("web", "echo", {"text": "in"}))
    return asyncio.create_task(manager.read_resource("web", "web://a"))


async def link(told: Recorder, number: int = 1) -> LinkQuestion:
    seen: list[LinkQuestion] = []

    def asked(event: object) -> bool:
        if isinstance(event, QuestionAsked) and event.question not in seen:
            assert isinstance(event.question, LinkQuestion)
            seen.append(event.question)
        return len(seen) >= number

    await told.wait_for(asked)
    return seen[number - 1]


@pytest.mark.parametrize("method", METHODS)
async def test_a_request_is_sent_again_after_its_pages(method: str) -> None:
    async with Web(OLD, before=Gate(method, pages=2)) as web, running(at(web)) as (manager, told):
        going = request(manager, method)
        for number in (1, 2):
            question = await link(told, number)
            assert question.url == f"https://a.example/{number - 1}"
            manager.inbox.answer(question, Answer("accept"))
        await going
        assert web.methods.count(method) == 2


async def test_a_page_that_is_declined_ends_the_request() -> None:
    async with Web(OLD, before=Gate("tools/call")) as web, running(at(web)) as (manager, told):
        going = request(manager, "tools/call")
        manager.inbox.answer(await link(told), Answer("decline"))
        with pytest.raises(ServerError, match="Visit this first"):
            await going
        assert web.methods.count("tools/call") == 1


async def test_it_is_not_sent_again_for_ever() -> None:
    async with Web(OLD, before=Gate("tools/call", 99)) as web, running(at(web)) as (manager, told):
        going = request(manager, "tools/call")
        for number in (1, 2, 3):
            manager.inbox.answer(await link(told, number), Answer("accept"))
        with pytest.raises(ServerError, match="Visit this first"):
            await going
        assert web.methods.count("tools/call") == 4


@pytest.mark.parametrize("data", [None, {}, {"elicitations": []}, {"elicitations": [{"mode": "form"}]}])
async def test_pages_that_are_none_are_an_error_like_others(data: Any) -> None:
    def before(request: Request) -> Reply | None:
        wanted = request.method == "POST" and request.message.get("method") == "tools/call"
        return error(request.message["id"], -32042, "Visit this first", data=data) if wanted else None

    async with Web(OLD, before=before) as web, running(at(web)) as (manager, _):
        with pytest.raises(ServerError, match="Visit this first"):
            await request(manager, "tools/call")


async def test_the_newer_era_has_no_such_error() -> None:
    async with Web((MODERN,), before=Gate("tools/call")) as web, running(at(web)) as (manager, told):
        with pytest.raises(ServerError, match="Visit this first"):
            await request(manager, "tools/call")
        assert not [event for event in told if isinstance(event, QuestionAsked)]


async def test_a_finished_page_accepts_its_question_once_the_person_has_opened_it() -> None:
    async with Web(OLD, before=Gate("tools/call")) as web, running(at(web)) as (manager, told):
        going = request(manager, "tools/call")
        question = await link(told)
        complete = "notifications/elicitation/complete"
        await web.notify(complete, elicitationId="somebody else's")
        await web.notify(complete, elicitationId="e0")
        await told.wait_for(lambda event: isinstance(event, LinkFinished))
        assert manager.inbox.questions == (question,)  # nobody has agreed to visit it
        manager.inbox.opened(question)
        await web.notify(complete, elicitationId="e0")
        await going
        closed = await told.wait_for(lambda event: isinstance(event, QuestionClosed))
        assert isinstance(closed, QuestionClosed)
        assert (closed.outcome, closed.reason) == ("accept", "the server says that the page is finished")
        await web.notify(complete, elicitationId="e0")  # known no more
        await manager.call_tool("web", "echo", {})

"""Results that ask for input (SEP-2322): all kinds at once, many rounds, `requestState`, for all requests."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.connections.session.session import MAX_ROUNDS
from services.errors import JackfieldError
from services.inbox.questions import Answer, FormQuestion, LinkQuestion, SamplingAnswer, SamplingQuestion
from services.sampling import SamplingReply
from services.settings import ServerSettings
from tests.servers.web import MODERN, Web
from tests.servers.web_wire import Reply, Request, result
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from services.inbox.questions import Question

FORM = {
    "method": "elicitation/create",
    "params": {
        "mode": "form",
        "message": "Who?",
        "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}},
    },
}
LINK = {
    "method": "elicitation/create",
    "params": {"mode": "url", "message": "Look", "url": "https://example.com/"},
}
SAMPLE = {
    "method": "sampling/createMessage",
    "params": {"messages": [{"role": "user", "content": {"type": "text", "text": "Hi"}}], "maxTokens": 9},
}
ROOTS = {"method": "roots/list"}

DONE: dict[str, dict[str, Any]] = {
    "tools/call": {"content": [{"type": "text", "text": "done"}]},
    "prompts/get": {"messages": []},
    "resources/read": {"contents": [], "ttlMs": 0, "cacheScope": "private"},
}
USES: dict[str, Callable[[ConnectionManager], Any]] = {
    "tools/call": lambda manager: manager.call_tool("web", "echo", {"text": "x"}),
    "prompts/get": lambda manager: manager.get_prompt("web", "any"),
    "resources/read": lambda manager: manager.read_resource("web", "web://a"),
}
ALL = pytest.mark.parametrize("method", list(USES))


class Rounds:
    """Answers requests with these results, one a round, then with what ends them; keeps what it was sent."""

    def __init__(self, *rounds: dict[str, Any], endless: bool = False) -> None:
        self.rounds = list(rounds)
        self.endless = endless
        self.sent: list[dict[str, Any]] = []
        self.ids: list[Any] = []

    def __call__(self, request: Request) -> Reply | None:
        message = request.message
        if (method := message.get("method")) not in DONE:
            return None
        self.sent.append(message["params"])
        self.ids.append(message["id"])
        if self.rounds:
            now = self.rounds[0] if self.endless else self.rounds.pop(0)
            return result(message["id"], {"resultType": "input_required", **now})
        return result(message["id"], {"resultType": "complete", **DONE[method]})


@asynccontextmanager
async def asked(rounds: Rounds) -> AsyncIterator[ConnectionManager]:
    async with Web((MODERN,), before=rounds) as web:
        server = ServerSettings("web", transport="http", url=web.url, roots=(".",))
        async with ConnectionManager([server], samples=True) as manager:
            await manager.settled(30)
            yield manager


def answer_to(question: Question) -> Answer:
    match question:
        case FormQuestion():
            return Answer("accept", {"name": "Ada"})
        case SamplingQuestion():
            reply = SamplingReply(text="Hello", model="m")
            return SamplingAnswer("accept", reply=reply)
        case _:
            return Answer("accept")


@ALL
async def test_all_kinds_of_input_at_once(method: str) -> None:
    wanted = {"form": FORM, "link": LINK, "sample": SAMPLE, "roots": ROOTS, "more": FORM}
    rounds = Rounds({"inputRequests": wanted, "requestState": "s1"})
    async with asked(rounds) as manager:
        use = asyncio.create_task(USES[method](manager))
        await until(lambda: len(manager.inbox.questions) == 4)
        kinds = {type(question) for question in manager.inbox.questions}
        assert kinds == {FormQuestion, LinkQuestion, SamplingQuestion}
        for question in manager.inbox.questions:
            assert len(rounds.sent) == 1  # nothing goes out before all is answered
            manager.inbox.answer(question, answer_to(question))
        await use
    first, second = rounds.sent
    assert "inputResponses" not in first
    assert second["requestState"] == "s1"
    answers = second["inputResponses"]
    assert sorted(answers) == sorted(wanted)
    assert answers["form"] == {"action": "accept", "content": {"name": "Ada"}}
    assert answers["link"] == {"action": "accept"}
    assert answers["sample"]["content"]["text"] == "Hello"
    assert answers["roots"]["roots"][0]["uri"].startswith("file:///")
    assert len(set(rounds.ids)) == 2


@ALL
@pytest.mark.parametrize("state", [None, "", " \x00\u202e{}", "x" * 100_000])
async def test_the_state_is_echoed_untouched(method: str, state: str | None) -> None:
    now: dict[str, Any] = {"inputRequests": {"r": ROOTS}}
    rounds = Rounds(now if state is None else now | {"requestState": state}, now)
    async with asked(rounds) as manager:
        await USES[method](manager)
    assert [params.get("requestState") for params in rounds.sent] == [None, state, None]
    assert "requestState" not in rounds.sent[2]


@ALL
async def test_a_state_alone_is_sent_again_without_answers(method: str) -> None:
    rounds = Rounds({"requestState": "wait"}, {"requestState": "", "inputRequests": {}})
    async with asked(rounds) as manager:
        await USES[method](manager)
    assert [params.get("requestState") for params in rounds.sent] == [None, "wait", ""]
    assert all("inputResponses" not in params for params in rounds.sent)


@ALL
@pytest.mark.parametrize("now", [{"requestState": "more"}, {"inputRequests": {"r": ROOTS}}])
async def test_rounds_have_an_end_and_a_clear_error(method: str, now: dict[str, Any]) -> None:
    rounds = Rounds(now, endless=True)
    async with asked(rounds) as manager:
        with pytest.raises(JackfieldError, match=f"asked for input more than {MAX_ROUNDS} times"):
            await asyncio.wait_for(USES[method](manager), 20)
    assert len(rounds.sent) == MAX_ROUNDS + 1


@ALL
async def test_a_cancel_between_rounds_leaves_nothing(method: str) -> None:
    rounds = Rounds({"inputRequests": {"a": FORM}, "requestState": "1"}, {"inputRequests": {"b": FORM}})
    async with asked(rounds) as manager:
        use = asyncio.create_task(USES[method](manager))
        await until(lambda: len(manager.inbox.questions) == 1)
        (first,) = manager.inbox.questions
        manager.inbox.answer(first, answer_to(first))
        await until(lambda: manager.inbox.questions not in ((), (first,)))
        use.cancel()
        await asyncio.wait([use])
        assert manager.inbox.questions == ()
        assert len(rounds.sent) == 2
        assert use.cancelled()


@ALL
@pytest.mark.parametrize(
    "now",
    [
        {"inputRequests": {"x": {"method": "ping"}}},
        {"inputRequests": {"x": {"method": "elicitation/create"}}},
        {"inputRequests": "x"},
        {"requestState": 7},
        {},
    ],
)
async def test_a_round_that_is_none_is_one_clear_line(method: str, now: dict[str, Any]) -> None:
    rounds = Rounds(now)
    async with asked(rounds) as manager:
        with pytest.raises(JackfieldError, match="web asked for input in a way that is not valid MCP"):
            await USES[method](manager)
        assert len(rounds.sent) == 1


@pytest.mark.parametrize("how", ["accept", "decline", "cancel"])
async def test_every_answer_goes_back(how: Any) -> None:
    rounds = Rounds({"inputRequests": {"a": FORM, "b": LINK}})
    async with asked(rounds) as manager:
        use = asyncio.create_task(manager.call_tool("web", "echo", {"text": "x"}))
        await until(lambda: len(manager.inbox.questions) == 2)
        for question in manager.inbox.questions:
            manager.inbox.answer(question, Answer(how, {} if how == "accept" else None))
        await use
    assert {answer["action"] for answer in rounds.sent[1]["inputResponses"].values()} == {how}


async def test_one_refusal_takes_back_the_other_questions() -> None:
    rounds = Rounds({"inputRequests": {"a": FORM, "b": SAMPLE}})
    async with asked(rounds) as manager:
        use = asyncio.create_task(manager.call_tool("web", "echo", {"text": "x"}))
        await until(lambda: len(manager.inbox.questions) == 2)
        sampling = next(q for q in manager.inbox.questions if isinstance(q, SamplingQuestion))
        manager.inbox.answer(sampling, Answer("decline"))
        with pytest.raises(JackfieldError, match="rejected"):
            await asyncio.wait_for(use, 5)
        assert manager.inbox.questions == ()

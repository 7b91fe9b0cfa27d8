"""What servers say by themselves, in both eras, and how long answers hold: through the front door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.connections.session.response_cache import Answers
from services.errors import NotOffered
from services.events import CatalogChanged, LogLine, ResourceUpdated
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.services.conftest import running
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from services.connection_manager import ConnectionManager
    from services.connections.session.session import Session
    from tests.services.conftest import Recorder

ERAS = pytest.mark.parametrize("speaks", [("2024-11-05",), REVISIONS, (MODERN,)])
LATE = {"name": "late", "inputSchema": {"type": "object"}}


def at(web: Web, **settings: Any) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, **settings)


def session_of(manager: ConnectionManager) -> Session:
    session = manager._connection("web").session
    assert session is not None
    return session


async def late_one(recorder: Recorder) -> None:
    event = await recorder.wait_for(lambda e: isinstance(e, CatalogChanged) and not e.first)
    assert isinstance(event, CatalogChanged)
    assert event.added == ("late",)


@ERAS
async def test_a_changed_list_is_read_again(speaks: tuple[str, ...]) -> None:
    async with Web(speaks, ttl=60_000) as web, running(at(web)) as (manager, recorder):
        await until(lambda: bool(web.streams))
        web.tools.append(LATE)
        await web.notify("notifications/tools/list_changed")
        await late_one(recorder)
        assert "late" in [tool.name for tool in manager.catalog("web").tools]


async def test_the_stream_of_news_is_opened_again_and_what_was_missed_is_read() -> None:
    async with Web((MODERN,), ttl=60_000) as web, running(at(web)) as (_, recorder):
        await until(lambda: bool(web.streams))
        web.streams[0].cut()
        web.tools.append(LATE)
        await late_one(recorder)
        assert web.methods.count("subscriptions/listen") == 2
        await until(lambda: bool(web.streams))


async def test_nothing_is_missed_while_the_wishes_change() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):
        await until(lambda: len(web.streams) == 1)
        first = web.streams[0]
        left_by_then: list[bool] = []

        def before(request: Any) -> None:
            if request.message.get("method") == "subscriptions/listen":
                left_by_then.append(first.left)

        web.before = before
        await manager.follow_resource("web", "web://a")
        await until(lambda: first.left)
        assert left_by_then == [False]


async def test_who_follows_a_resource_hears_of_what_changes_from_then_on() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, recorder):
        for number in range(10):
            uri = f"web://{number}"
            await manager.subscribe("web", uri)
            await web.notify("notifications/resources/updated", uri=uri)
            await until(lambda: ResourceUpdated("web", f"web://{number}") in recorder)  # noqa: B023


async def test_a_server_that_ends_its_stream_at_once_is_asked_ever_more_seldom() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (_, recorder):

        def ends() -> bool:
            for stream in tuple(web.streams):
                stream.cut()
            said = [event.text for event in recorder if isinstance(event, LogLine)]
            return any("asked again in 1 s" in text for text in said)

        await until(ends)


async def test_a_server_that_does_not_know_the_stream_of_news_is_not_asked_again() -> None:
    from tests.servers.web_wire import error

    def before(request: Any) -> Any:
        message = request.message
        if message.get("method") == "subscriptions/listen":
            return error(message["id"], -32601, "Method not found", 404)
        return None

    async with Web((MODERN,), before=before) as web, running(at(web)) as (manager, _):
        await until(lambda: any("no news of changed lists" in line.text for line in manager.log("web")))
        assert web.methods.count("subscriptions/listen") == 1
        assert not (await manager.call_tool("web", "echo", {"text": "on"})).is_error


def followed(web: Web) -> list[str]:
    """What the server was last asked to tell of, in the words of its era."""
    listening: list[str] = web.listening.get("resourceSubscriptions", [])
    asked = [r.message for r in web.requests if r.message.get("method", "").endswith("subscribe")]
    last = asked[-1] if asked else {}
    return [last["params"]["uri"]] if last.get("method") == "resources/subscribe" else listening


@ERAS
async def test_a_resource_is_followed_and_let_go(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, recorder):
        await until(lambda: bool(web.streams))
        assert await manager.follow_resource("web", "web://a")
        await until(lambda: followed(web) == ["web://a"])
        await until(lambda: bool(web.streams))
        await web.notify("notifications/resources/updated", uri="web://a")
        event = await recorder.wait_for(lambda e: isinstance(e, ResourceUpdated))
        assert event == ResourceUpdated("web", "web://a")
        assert not await manager.follow_resource("web", "web://a")
        await until(lambda: not followed(web))


@ERAS
async def test_a_new_connection_follows_what_the_old_one_did(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, _):
        await manager.follow_resource("web", "web://a")
        await manager.disconnect("web")
        web.listening = {}
        web.requests.clear()
        await manager.connect("web")
        await manager.settled(10)
        await until(lambda: followed(web) == ["web://a"])


async def test_a_server_that_does_not_tell_of_resources_is_not_asked_to() -> None:
    async with running(quick("q")) as (manager, _):
        with pytest.raises(NotOffered, match="does not tell of changes"):
            await manager.follow_resource("q", "quick://a")


async def read(manager: ConnectionManager) -> str:
    text = (await manager.read_resource("web", "web://a")).contents[0].text
    assert text is not None
    return text


async def test_a_fresh_answer_is_not_asked_for_again() -> None:
    async with Web((MODERN,), ttl=60_000) as web, running(at(web)) as (manager, _):
        first = await read(manager)
        assert await read(manager) == first
        page = await manager.page("web", "tools")
        assert len(page.items) == len(web.tools)
        assert web.methods.count("resources/read") == 1
        assert web.methods.count("tools/list") == 1
        await until(lambda: bool(web.streams))
        await web.notify("notifications/resources/updated", uri="web://a")
        await until(lambda: session_of(manager).answers.fresh(("resources/read", "web://a")) is None)
        assert await read(manager) != first


@pytest.mark.parametrize(("speaks", "ttl"), [((MODERN,), 0), (REVISIONS, 60_000)])
async def test_other_answers_are_asked_for_each_time(speaks: tuple[str, ...], ttl: int) -> None:
    async with Web(speaks, ttl=ttl) as web, running(at(web)) as (manager, _):
        assert await read(manager) != await read(manager)
        await manager.page("web", "tools")
        assert web.methods.count("tools/list") == 2


async def test_a_stale_list_is_read_again_when_somebody_looks() -> None:
    async with Web((MODERN,), ttl=0, list_changed=False) as web, running(at(web)) as (manager, recorder):
        web.tools.append(LATE)
        manager.freshen("web")
        await late_one(recorder)
    async with Web((MODERN,), ttl=60_000, list_changed=False) as web, running(at(web)) as (manager, _):
        manager.freshen()
        await manager.call_tool("web", "echo", {"text": "x"})
        assert web.methods.count("tools/list") == 1


async def test_a_list_nobody_tells_of_gets_stale() -> None:
    async with Web((MODERN,), ttl=300, list_changed=False) as web, running(at(web)) as (manager, _):
        assert not session_of(manager).stale("tools")
        await until(lambda: session_of(manager).stale("tools"))
        assert not web.streams
    async with Web((MODERN,), ttl=0) as web, running(at(web)) as (manager, _):
        assert not session_of(manager).stale("tools")
    async with Web(REVISIONS, list_changed=False) as web, running(at(web)) as (manager, _):
        assert not session_of(manager).stale("tools")


def test_answers_hold_as_long_as_the_server_says() -> None:
    now = 0.0
    answers = Answers(clock=lambda: now)
    key = ("resources/read", "a")
    for ttl, kept in ((1000, True), (0, False), (-5, False), (None, False), ("1000", False), (True, False)):
        answers.forget("resources/read")
        answers.keep(key, {"ttlMs": ttl}, answers.generation)
        assert (answers.fresh(key) is not None) is kept
    answers.keep(key, {"ttlMs": 1e15}, answers.generation)
    now = 24 * 3600 - 1
    assert answers.fresh(key) is not None
    now += 2
    assert answers.fresh(key) is None


def test_what_changed_during_the_request_is_not_kept() -> None:
    answers = Answers()
    before = answers.generation
    answers.changed("resources")
    answers.keep(("resources/read", "a"), {"ttlMs": 60_000}, before)
    assert answers.fresh(("resources/read", "a")) is None


def test_answers_are_bounded() -> None:
    answers = Answers()
    answers.keep(("resources/read", "big"), {"ttlMs": 60_000, "text": "x" * 2_000_000}, answers.generation)
    assert answers.fresh(("resources/read", "big")) is None
    for number in range(300):
        answers.keep(("resources/read", str(number)), {"ttlMs": 60_000}, answers.generation)
    assert answers.fresh(("resources/read", "0")) is None
    assert answers.fresh(("resources/read", "299")) is not None

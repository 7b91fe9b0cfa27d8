"""What clients hear without asking: changed lists, changed resources, and what becomes of tasks."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest

from services.settings import ServerSettings
from tests.servers.suite_offers import WATCHED
from tests.servers.tasks import DONE, TaskServer, asks, state
from tests.services.gateway.stage import ERAS, Person, client, gateway, text_of, until_listed
from tests.support.places import SERVERS
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mcp.client.client import Client

BOTH = pytest.mark.parametrize("era", list(ERAS), ids=list(ERAS.values()))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def suite_server(anyio_backend: str) -> AsyncIterator[str]:
    """The URL of `tests/servers/suite_server.py`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, SERVERS / "suite_server.py", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    port = (await process.stdout.readline()).decode().strip()
    yield f"http://127.0.0.1:{port}/mcp"
    process.terminate()
    await process.wait()


async def hears(caller: Client, person: Person, act: Callable[[], Any], word: str, **wishes: Any) -> None:
    """Do something, and wait for the news of it."""
    if caller.protocol_version == ERAS["legacy"]:
        await act()
        await until(lambda: any(word in repr(getattr(each, "method", "")) for each in person.messages))
        return
    async with caller.listen(**wishes) as news:
        await act()
        async with asyncio.timeout(10):
            async for _ in news:
                return


@BOTH
async def test_changed_lists_are_told(era: str) -> None:
    person = Person()
    async with gateway(quick()) as stage, client(stage.url(), era, person) as caller:
        await until_listed(caller, lambda names: "quick__echo" in names)
        person.messages.clear()
        await hears(
            caller,
            person,
            lambda: caller.call_tool("quick__notify_list_changed", {}),
            "tools/list_changed",
            tools_list_changed=True,
        )
        await until_listed(caller, lambda names: "quick__late_1" in names)


@BOTH
@pytest.mark.parametrize("protocol", ["auto", "legacy"])
async def test_resources_are_followed(suite_server: str, era: str, protocol: str) -> None:
    server = ServerSettings("suite", transport="http", url=suite_server, protocol=protocol)
    person = Person()
    async with gateway(server) as stage, client(stage.url(), era, person) as caller:
        await until_listed(caller, lambda names: "suite__change_watched" in names)
        if era == "legacy":
            await raw(caller, "resources/subscribe", uri=WATCHED)
        await hears(
            caller,
            person,
            lambda: caller.call_tool("suite__change_watched", {}),
            "resources/updated",
            resource_subscriptions=[WATCHED],
        )


async def test_a_late_server_comes_with_the_news() -> None:
    person = Person()
    slow = quick("slow", "--slow-start", "5")
    async with gateway(quick(), slow) as stage, client(stage.url(), "legacy", person) as caller:
        names = {tool.name for tool in (await caller.list_tools()).tools}
        assert any(name.startswith("quick__") for name in names)
        assert not any(name.startswith("slow__") for name in names)
        async with asyncio.timeout(1):  # nothing waits a second time
            await caller.list_tools()
        await until_listed(caller, lambda names: "slow__echo" in names, 20)
        await until(lambda: any("tools/list_changed" in repr(each) for each in person.messages))


@pytest.mark.parametrize(
    ("script", "said"),
    [((state("working"), DONE), "the work is done"), ((asks("who"), DONE), "the work is done")],
    ids=["worked on", "asked for input"],
)
async def test_a_task_is_brought_to_its_end_for_an_older_client(
    script: tuple[dict[str, Any], ...], said: str
) -> None:
    person = Person()
    async with TaskServer(*script) as web:
        settings = ServerSettings("work", transport="http", url=web.url)
        async with gateway(settings) as stage, client(stage.url(), "legacy", person) as caller:
            await until_listed(caller, lambda names: "work__work" in names)
            result = await asyncio.wait_for(
                caller.call_tool("work__work", {}, progress_callback=person.told), 20
            )
            assert said in text_of(result)
            assert len(person.asked) == sum("inputRequests" in one for one in script)
            assert person.progress


async def test_a_newer_client_follows_its_task_by_a_name_of_its_own() -> None:
    async with TaskServer(state("working"), DONE) as web:
        settings = ServerSettings("work", transport="http", url=web.url)
        async with gateway(settings) as stage, client(stage.url(), "auto") as caller:
            await until_listed(caller, lambda names: "work__work" in names)
            result = await raw(caller, "tools/call", name="work__work", arguments={})
            assert result["resultType"] == "task"
            assert result["taskId"].startswith("work__")
            looked = await raw(caller, "tasks/get", taskId=result["taskId"])
            while looked["status"] == "working":
                looked = await raw(caller, "tasks/get", taskId=result["taskId"])
            assert looked["taskId"] == result["taskId"]
            assert "the work is done" in repr(looked["result"])


async def raw(caller: Client, method: str, **params: Any) -> dict[str, Any]:
    """The result of a request of any method, as it came."""
    from mcp_types import Request
    from pydantic import TypeAdapter

    class _Request(Request[dict[str, Any], str]):
        name_param = "taskId" if "taskId" in params else None

    adapter: Any = TypeAdapter(dict[str, Any])
    extensions: dict[str, Any] = {"io.modelcontextprotocol/tasks": {}}
    meta = {"io.modelcontextprotocol/clientCapabilities": {"extensions": extensions}}
    request = _Request(method=method, params={**params, "_meta": meta})
    result: dict[str, Any] = await caller.session.send_request(request, adapter)
    return result

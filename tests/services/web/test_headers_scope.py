"""A server's headers go on all its requests and to nobody else; tool arguments as headers (x-mcp-header)."""

from __future__ import annotations

import base64
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ConnectionFailed
from services.events import ServerState
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.servers.web_wire import Reply, Request
from tests.services.conftest import running
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

HELPER = shlex.join(
    [sys.executable, "-c", 'print(\'{"X-Helped": "yes", "authorization": "Bearer helped"}\')']
)
ERAS = pytest.mark.parametrize("speaks", [REVISIONS, (MODERN,)], ids=["handshake", "modern"])


def at(web: Web, name: str = "web", **settings: Any) -> ServerSettings:
    return ServerSettings(name, transport="http", url=web.url, **settings)


@ERAS
async def test_every_request_carries_the_servers_headers_and_no_others(speaks: tuple[str, ...]) -> None:
    environ = {"A_TOKEN": "Bearer secret-of-a", "B_KEY": "key-of-b"}
    async with Web(speaks) as a, Web(speaks) as b:
        servers = (
            at(a, "a", bearer_token_env_var="A_TOKEN", http_headers={"X-A": "1"}),
            at(b, "b", env_http_headers={"X-B": "B_KEY"}, http_headers_helper=HELPER),
        )
        async with running(*servers, environ=environ) as (manager, _):
            await until(lambda: bool(a.streams and b.streams))
            for name in ("a", "b"):
                assert not (await manager.call_tool(name, "stream", {"text": "x"})).is_error
    methods = {"POST", "GET", "DELETE"} if speaks == REVISIONS else {"POST"}
    assert {request.method for request in a.requests} == methods
    for request in a.requests:
        assert request.headers["authorization"] == ["Bearer secret-of-a"]
        assert request.headers["x-a"] == ["1"]
        assert not {"x-b", "x-helped"} & set(request.headers)
    for request in b.requests:
        assert request.headers["authorization"] == ["Bearer helped"]
        assert (request.headers["x-b"], request.headers["x-helped"]) == (["key-of-b"], ["yes"])
        assert "x-a" not in request.headers


async def test_the_last_word_on_a_header_counts_whatever_its_case() -> None:
    settings: dict[str, Any] = {"http_headers": {"AUTHORIZATION": "Basic x"}, "http_headers_helper": HELPER}
    async with Web() as web, running(at(web, bearer_token_env_var="T", **settings), environ={"T": "t"}):
        assert web.requests[0].headers["authorization"] == ["Bearer helped"]


def redirecting(to: Callable[[], str], status: int, only: str = "") -> Callable[[Request], Reply | None]:
    def before(request: Request) -> Reply | None:
        if only and request.message.get("method") != only:
            return None
        return Reply(status, b"", {"location": to()})

    return before


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_server_is_refused(status: int) -> None:
    async with Web() as b, Web(before=redirecting(lambda: b.url, status)) as a:
        async with running(at(a, "a", http_headers={"X-Secret": "s"})) as (manager, _):
            told = manager.status("a")
        assert told.state is ServerState.FAILED
        here, there = a.url.removesuffix("/mcp"), b.url.removesuffix("/mcp")
        assert told.cause.startswith(f"HTTP {status}: {here} redirects to {there}; not followed")
        assert told.hint == f"if that is the server you mean, url must name {there}"
        assert b.requests == []


async def test_a_redirect_of_one_call_costs_that_call() -> None:
    async with Web() as b, Web() as a, running(at(a)) as (manager, _):
        with pytest.raises(ConnectionFailed, match="not followed") as caught:
            await manager.call_tool("web", "fail", {"kind": "redirect", "to": b.url})
        assert caught.value.reason == "redirect"
        assert b.requests == []
        assert not (await manager.call_tool("web", "echo", {"text": "on"})).is_error


async def test_a_redirect_within_the_origin_is_followed_with_everything() -> None:
    def before(request: Request) -> Reply | None:
        return Reply(308, b"", {"location": "/mcp/"}) if request.path == "/mcp" else None

    async with Web(before=before) as web, running(at(web, http_headers={"X-A": "1"})) as (manager, _):
        assert manager.status("web").state is ServerState.READY
        assert not (await manager.call_tool("web", "stream", {"text": "x"})).is_error
        assert all(request.header("x-a") == "1" for request in web.requests)
        assert {request.path for request in web.requests} == {"/mcp", "/mcp/"}


async def test_a_redirect_that_never_ends() -> None:
    async with Web(before=redirecting(lambda: "/mcp", 307)) as web, running(at(web)) as (manager, _):
        assert manager.status("web").state is ServerState.FAILED
        assert "never ends" in manager.status("web").cause
        assert len(web.requests) <= 12


# Arguments as headers.

HEADED = {
    "name": "headed",
    "inputSchema": {
        "type": "object",
        "properties": {
            "region": {"type": "string", "x-mcp-header": "Region"},
            "count": {"type": "integer", "x-mcp-header": "Count"},
            "dry": {"type": "boolean", "x-mcp-header": "Dry"},
            "plain": {"type": "string"},
        },
    },
}


@pytest.mark.parametrize(
    ("value", "header"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", f"=?base64?{base64.b64encode('Hello, 世界'.encode()).decode()}?="),
        (" padded ", f"=?base64?{base64.b64encode(b' padded ').decode()}?="),
        (
            "two\r\nX-Evil: 1",
            f"=?base64?{base64.b64encode(b'two' + bytes((13, 10)) + b'X-Evil: 1').decode()}?=",
        ),
        ("=?base64?aGk=?=", f"=?base64?{base64.b64encode(b'=?base64?aGk=?=').decode()}?="),
    ],
)
async def test_arguments_travel_as_headers(value: str, header: str) -> None:
    async with Web((MODERN,)) as web:
        web.tools.append(HEADED)
        async with running(at(web)) as (manager, _):
            arguments = {"region": value, "count": 42, "dry": False, "plain": "no"}
            await manager.call_tool("web", "headed", arguments)
        headers = web.requests[-1].headers
        assert headers["mcp-param-region"] == [header]
        assert (headers["mcp-param-count"], headers["mcp-param-dry"]) == (["42"], ["false"])
        assert headers["mcp-method"] == ["tools/call"]
        assert headers["mcp-name"] == ["headed"]
        assert "mcp-param-plain" not in headers
        assert "x-evil" not in headers


async def test_a_tool_whose_headers_cannot_be_is_left_out_with_the_reason() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "x-mcp-header": "not a token"}}}
    async with Web((MODERN,)) as web:
        # The one after it has no schema at all: then the SDK takes nothing from the list, we what is good.
        web.tools += [{"name": "bad", "inputSchema": schema}, {"name": "odd"}, HEADED]
        async with running(at(web)) as (manager, _):
            names = [tool.name for tool in manager.catalog("web").tools]
            assert "bad" not in names
            assert "headed" in names
            reason = next(line.text for line in manager.log("web") if "left out" in line.text)
            assert reason.startswith("tool bad left out: property 'a'")
            await manager.call_tool("web", "headed", {"region": "r"})
        assert web.requests[-1].headers["mcp-param-region"] == ["r"]


async def test_a_server_that_changed_its_mind_about_headers_is_asked_once_more() -> None:
    from tests.servers.web_wire import error

    changed = False

    def before(request: Request) -> Reply | None:
        nonlocal changed
        message = request.message
        if message.get("method") == "tools/call" and "mcp-param-region" not in request.headers:
            web.tools.append(HEADED)
            changed = True
            return error(message["id"], -32020, "header mismatch", 400)
        return None

    async with Web((MODERN,), ttl=60_000, before=before) as web:
        web.tools.append({"name": "headed", "inputSchema": {"type": "object"}})
        async with running(at(web)) as (manager, _):
            web.tools.pop()
            assert not (await manager.call_tool("web", "headed", {"region": "r"})).is_error
        assert changed
        assert web.methods.count("tools/call") == 2


async def test_older_servers_get_no_such_headers() -> None:
    async with Web(REVISIONS) as web:
        web.tools.append(HEADED)
        async with running(at(web)) as (manager, _):
            await manager.call_tool("web", "headed", {"region": "r"})
            assert not [name for name in web.requests[-1].headers if name.startswith("mcp-param")]

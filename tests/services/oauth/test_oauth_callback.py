"""The listener: one answer, on one path; everything else is turned away and holds nothing up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ConfigurationError
from services.oauth import callback
from services.oauth.attempt import Attempt
from services.oauth.callback import CallbackListener
from services.oauth.http import OAuthHttp
from services.oauth.redirect import Redirect, redirect_for
from services.settings import ServerSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ISSUER = "https://login.example"


@asynccontextmanager
async def listening(**options: Any) -> AsyncIterator[tuple[CallbackListener, int, Attempt]]:
    async with OAuthHttp(environ={}) as http, CallbackListener(http, "/callback") as listener:
        port = await listener.start("127.0.0.1", 0)
        listener.attempt = Attempt(f"http://127.0.0.1:{port}/callback", ISSUER, **options)
        yield listener, port, listener.attempt


async def said(port: int, request: bytes) -> bytes:
    """What comes back for these bytes, until the listener hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def got(port: int, target: str, method: str = "GET") -> tuple[int, str]:
    answer = await said(port, f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body.decode()


async def test_what_is_no_answer_does_not_end_it() -> None:
    async with listening() as (listener, port, attempt):
        state = attempt.state
        for method, target, status in (
            ("GET", "/favicon.ico", 404),
            ("GET", "/", 404),
            ("GET", f"/callback/more?code=c&state={state}", 404),
            ("GET", "/callback", 400),
            ("GET", "/callback?code=c", 400),
            ("GET", f"/callback?state={state}", 400),
            ("GET", "/callback?code=c&state=wrong", 400),
            ("GET", f"/callback?code=c&code=d&state={state}", 400),
            ("GET", f"/callback?code=c%20d&state={state}", 400),
            ("GET", f"/callback?{'a=b&' * 200}code=c&state={state}", 400),
            ("HEAD", f"/callback?code=c&state={state}", 400),
            ("POST", f"/callback?code=c&state={state}", 400),
        ):
            assert (await got(port, target, method))[0] == status, target
        status, page = await got(port, f"/callback?code=the-code&state={state}&iss={ISSUER}")
        assert status == 200
        assert callback.DONE in page
        assert (await listener.answer()).code == "the-code"


async def test_a_second_answer_changes_nothing() -> None:
    async with listening() as (listener, port, attempt):
        first = await got(port, f"/callback?code=one&state={attempt.state}")
        second = await got(port, f"/callback?code=two&state={attempt.state}")
        assert (first[0], second[0]) == (200, 400)
        assert "answered already" in second[1]
        assert (await listener.answer()).code == "one"


@pytest.mark.parametrize(
    "request_",
    [b"\r\n\r\n", b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET / SIP/2.0\r\n\r\n"],
)
async def test_what_is_no_request_is_answered_with_400(request_: bytes) -> None:
    async with listening() as (_, port, _attempt):
        assert (await said(port, request_)).startswith(b"HTTP/1.1 400 ")


async def test_a_request_without_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback, "SECONDS", 0.2)
    async with listening() as (_, port, _attempt):
        assert not (await said(port, b"GET /callback?code=")).startswith(b"HTTP/1.1 200")
        long = await said(port, b"GET /" + b"a" * (callback.MOST_BYTES * 3))
        assert long == b"" or long.startswith(b"HTTP/1.1 431 ")


async def test_idle_connections_hold_up_neither_the_answer_nor_the_end() -> None:
    async with listening() as (listener, port, attempt):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        assert (await got(port, f"/callback?code=c&state={attempt.state}"))[0] == 200
        assert (await listener.answer()).code == "c"
    async with asyncio.timeout(2):
        for reader, writer in idle:
            with suppress(ConnectionError):
                assert await reader.read() == b""
            writer.close()


async def test_connections_that_say_nothing_keep_no_browser_out() -> None:
    async with listening() as (listener, port, attempt):
        idle = [
            await asyncio.open_connection("127.0.0.1", port) for _ in range(callback.MOST_CONNECTIONS + 8)
        ]
        assert (await got(port, f"/callback?code=c&state={attempt.state}"))[0] == 200
        async with asyncio.timeout(5):
            assert (await listener.answer()).code == "c"
            assert await idle[0][0].read() == b""
        for _, writer in idle:
            writer.close()


async def test_a_browser_that_hangs_up_has_answered_all_the_same() -> None:
    async with listening() as (listener, port, attempt):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /callback?code=c&state={attempt.state} HTTP/1.1\r\n\r\n".encode())
        await writer.drain()
        writer.transport.abort()
        async with asyncio.timeout(5):
            assert (await listener.answer()).code == "c"


async def test_nothing_is_an_answer_before_the_login_has_begun() -> None:
    async with listening() as (listener, port, attempt):
        listener.attempt = None
        assert (await got(port, f"/callback?code=c&state={attempt.state}"))[0] == 400


# Where it listens, and what the redirect URI is.


@pytest.mark.parametrize(
    ("port", "url", "redirect", "uri"),
    [
        (None, None, Redirect(), "http://127.0.0.1:4000/callback"),
        (4321, None, Redirect(port=4321), "http://127.0.0.1:4000/callback"),
        (
            *(None, "http://localhost/back"),
            *(Redirect(url="http://localhost/back"), "http://localhost:4000/back"),
        ),
        (
            *(None, "http://localhost:8123"),
            *(Redirect(port=8123, url="http://localhost:8123"), "http://localhost:8123"),
        ),
        (
            *(4321, "http://127.0.0.1:8123/back?x=1"),
            *(Redirect(port=4321, url="http://127.0.0.1:8123/back?x=1"), "http://127.0.0.1:8123/back?x=1"),
        ),
        (
            *(None, "http://[::1]/back"),
            *(Redirect("::1", url="http://[::1]/back"), "http://[::1]:4000/back"),
        ),
        (
            *(4321, "https://me.example/back"),
            *(Redirect("0.0.0.0", 4321, "https://me.example/back"), "https://me.example/back"),
        ),
    ],
)
def test_the_redirect_uri(port: int | None, url: str | None, redirect: Redirect, uri: str) -> None:
    found = redirect_for(ServerSettings("s", transport="http"), port, url)
    assert found == redirect
    assert found.uri(4000) == uri
    assert found.path == ("/" if uri.endswith("8123") else "/back" if url else "/callback")


def test_a_servers_own_keys_come_first() -> None:
    settings = ServerSettings("s", oauth={"callback_port": 1234, "callback_url": "http://localhost:5/x"})
    assert redirect_for(settings, 4321, "https://me.example/") == Redirect(
        port=1234, url="http://localhost:5/x"
    )


@pytest.mark.parametrize(
    "url", ["me.example/back", "ftp://me.example/", "http://", "http://x/#f", "http://x:y/"]
)
def test_a_callback_url_that_no_browser_can_come_back_to(url: str) -> None:
    with pytest.raises(ConfigurationError, match="mcp_oauth_callback_url"):
        redirect_for(ServerSettings("s"), None, url)

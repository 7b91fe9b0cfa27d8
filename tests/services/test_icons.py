"""Icons of servers: which are got and drawn, and what is said of the others."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from services.icon_loading import load_icon
from services.icons import Icon, icons_of
from services.results.pictures import PictureRefused
from tests.services.results.images import png

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DATA = "data:image/png;base64,"
PNG = png(16, 16)
ANSWERS = {
    "/icon.png": (200, "", PNG),
    "/away.png": (302, "location: /icon.png\r\n", b""),
    "/elsewhere.png": (302, "location: https://elsewhere.example/icon.png\r\n", b""),
    "/large.png": (200, "", PNG + bytes(300_000)),
    "/none.png": (404, "", b"nothing"),
    "/page.png": (200, "", b"<html>"),
    "/drawing.png": (200, "", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
}


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[str, list[str]]]:
    """A web server's URL, and the heads of the requests that came."""
    heads: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heads.append(head)
        status, more, body = ANSWERS[head.split()[1]]
        writer.write(f"HTTP/1.1 {status} x\r\n{more}content-length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("source", [DATA + _coded(PNG), "DATA:;base64," + _coded(PNG), "data:," + quote(PNG)])
async def test_a_data_uri_is_drawn(source: str) -> None:
    assert (await load_icon([Icon(source)], "")).width == 16


async def test_one_of_the_servers_own_origin_is_got_without_credentials() -> None:
    async with serving() as (url, heads):
        icon = await load_icon([Icon(f"{url}/icon.png")], f"{url}/mcp?key=s3cret")
        assert (icon.format, icon.width) == ("PNG", 16)
    (head,) = heads
    assert not any(word in head.lower() for word in ("authorization", "cookie", "s3cret"))


async def test_the_first_that_can_be_drawn_is_taken() -> None:
    icons = [Icon("https://other.example/a"), Icon("data:,x", "image/svg+xml"), Icon(DATA + _coded(PNG))]
    assert (await load_icon(icons, "https://mcp.example/mcp")).width == 16


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/away.png", "leads elsewhere"),
        ("/elsewhere.png", "leads elsewhere"),
        ("/large.png", "too many bytes"),
        ("/none.png", "404"),
        ("/page.png", "not an image"),
        ("/drawing.png", "SVG"),
    ],
)
async def test_what_a_url_answers_may_be_refused(path: str, why: str) -> None:
    async with serving() as (url, heads):
        with pytest.raises(PictureRefused, match=why):
            await load_icon([Icon(url + path)], url)
        assert len(heads) == 1


@pytest.mark.parametrize(
    ("icon", "why"),
    [
        (Icon("https://other.example/icon.png"), "another origin"),
        (Icon("https://mcp.example:8443/icon.png"), "another origin"),
        (Icon("http://mcp.example/icon.png"), "neither https nor data"),
        (Icon("file:///etc/passwd"), "neither https nor data"),
        (Icon("javascript:alert(1)"), "neither https nor data"),
        (Icon("https://mcp.example/icon", "image/svg+xml"), "SVG"),
        (Icon("data:image/svg+xml,<svg/>"), "SVG"),
        (Icon("data:image/png;base64,%%%"), "makes no sense"),
        (Icon("data:image/png"), "makes no sense"),
        (Icon(DATA + _coded(png(1_200, 8))), "too many pixels"),
        (Icon(DATA + _coded(PNG + bytes(262_144))), "too many bytes"),
        (Icon(""), "too long"),
    ],
)
async def test_hostile_ones_are_named(icon: Icon, why: str) -> None:
    with pytest.raises(PictureRefused, match=why):
        await load_icon([icon], "https://mcp.example/mcp")


def test_icons_are_read_as_far_as_they_make_sense() -> None:
    named = [{"src": "data:,x", "mimeType": "image/png\x1b[2J"}, {"src": 3}, "x", {"src": "d" * 500_000}, {}]
    icons = icons_of({"icons": named + [{"src": "y"}] * 20})
    assert [icon.source for icon in icons] == ["data:,x", "", "y", "y", "y"]
    assert "\x1b" not in icons[0].mime_type
    assert icons_of({"icons": 3}) == icons_of(None) == ()

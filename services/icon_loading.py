"""Getting an icon that a server names: its `data:` URI, or a URL of its own origin, within limits.

The specification wants consumers to take https and data alone, from where the server is, without
credentials, and to be careful with SVG: it may hold scripts, and is not drawn here at all.
"""

from __future__ import annotations

import asyncio
import os
import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from services.results.kinds import kind_of
from services.results.pictures import PictureRefused, decode
from services.text import one_line
from services.web.origins import same_origin
from services.web.urls import is_secure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

    from services.icons import Icon
    from services.results.pictures import Picture

__all__ = ("load_icon",)

MAX_BYTES: Final = 256 << 10
MAX_SIDE: Final = 1_024
"""Pixels of an icon's longer side."""
_PATIENCE: Final = 5.0
_DATA: Final = re.compile(r"data:[^,;]*(?:;[^,;]*?)*?(?P<base64>;base64)?,", re.IGNORECASE)
_HEAD: Final = 300
"""Characters within which the data of a `data:` URI begins."""


async def load_icon(icons: Sequence[Icon], server_url: str) -> Picture:
    """The first of a server's icons that can be drawn; raises PictureRefused for the first that cannot.

    `server_url` is empty for a server without one: it has no origin to fetch from.
    """
    refused: PictureRefused | None = None
    for icon in sorted(icons, key=_is_svg):
        try:
            return await asyncio.to_thread(_decoded, await _bytes(icon, server_url))
        except PictureRefused as error:
            refused = refused or error
    raise refused or PictureRefused("there is none")


def _is_svg(icon: Icon) -> bool:
    return "svg" in icon.mime_type.casefold()


async def _bytes(icon: Icon, server_url: str) -> bytes:
    source = icon.source
    if not source:
        raise PictureRefused("its data: URI is too long")
    if _is_svg(icon):
        raise PictureRefused("SVG is not drawn")
    if source[:5].casefold() == "data:":
        return await asyncio.to_thread(_of_data, source)
    if source[:8].casefold() != "https://" and not is_secure(source):
        raise PictureRefused("it is neither https nor data:")
    if not same_origin(source, server_url):
        raise PictureRefused("it is at another origin than the server")
    return await _fetched(source)


def _of_data(uri: str) -> bytes:
    head = _DATA.match(uri[:_HEAD])
    if head is None:
        raise PictureRefused("its data: URI makes no sense")
    try:
        data = unquote_to_bytes(uri[head.end() :])
        return b64decode(data, validate=True) if head["base64"] else data
    except ValueError as error:
        raise PictureRefused("its data: URI makes no sense") from error


async def _fetched(url: str) -> bytes:
    """GET without credentials or cookies; a redirect is not followed."""
    import httpx2

    from services.web.headers import with_agent
    from services.web.proxies import client_options

    options = await asyncio.to_thread(client_options, os.environ)
    try:
        async with (
            asyncio.timeout(_PATIENCE),
            httpx2.AsyncClient(headers=with_agent({}), **options) as client,
            client.stream("GET", url, follow_redirects=False) as response,
        ):
            if response.is_redirect:
                raise PictureRefused("its URL leads elsewhere")
            if response.status_code != 200:
                raise PictureRefused(f"its URL answers HTTP {response.status_code}")
            return await _body(response)
    except TimeoutError as error:
        raise PictureRefused(f"its URL has not answered within {_PATIENCE:.0f} s") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, ValueError) as error:
        raise PictureRefused(f"its URL cannot be read: {one_line(str(error), 120)}") from error


async def _body(response: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            raise PictureRefused(_TOO_LARGE)
    return bytes(body)


_TOO_LARGE: Final = f"too many bytes for an icon: at most {MAX_BYTES >> 10} KiB"


def _decoded(data: bytes) -> Picture:
    if len(data) > MAX_BYTES:
        raise PictureRefused(_TOO_LARGE)
    if kind_of(data) is None and b"<svg" in data[:1_000]:
        raise PictureRefused("SVG is not drawn")
    picture = decode(data)
    if max(picture.width, picture.height) > MAX_SIDE:
        raise PictureRefused(f"too many pixels for an icon: at most {MAX_SIDE}×{MAX_SIDE}")
    return picture

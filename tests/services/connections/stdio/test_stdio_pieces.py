"""Messages that are not one line each are read all the same, and the server's log says how they came."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from services.connections.stdio.pieces import Pieces
from services.events import ServerState
from services.settings import ServerSettings
from tests.services.conftest import running
from tests.support.places import ROOT

MESSAGE = b'{"jsonrpc":"2.0","id":1,"result":{}}'


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("indented", "over several lines"),
        ("array", "over several lines"),
        ("headers", "Content-Length"),
        ("carriage returns", "without a line end"),
        ("no end", "without a line end"),
    ],
)
async def test_a_server_that_writes_otherwise_is_understood(way: str, told: str) -> None:
    program = str(ROOT / "tests" / "servers" / "odd_lines.py")
    settings = ServerSettings("s", command=sys.executable, args=(program, way))
    async with running(settings) as (manager, _):
        assert manager.status("s").state is ServerState.READY
        result: Any = await manager.call_tool("s", "echo", {"text": "{\n  }\n"})
        assert result.blocks[0].text == "{\n  }\n"
        said = [line.text for line in manager.log("s") if line.source == "stdout"]
        assert sum(told in text for text in said) == 1


@pytest.mark.parametrize(
    ("lines", "read"),
    [
        ([MESSAGE], [MESSAGE]),
        ([b"{", b' "id": 1', b"}"], [b'{  "id": 1 }']),
        ([b"{ loading:", MESSAGE], [b"{ loading:", MESSAGE]),
        ([b"[info] ready,", MESSAGE], [b"[info] ready,", MESSAGE]),
        ([b"{", b"no JSON", b"}", MESSAGE], [b"{", b"no JSON", b"}", MESSAGE]),
        ([b"Content-Length: 36", MESSAGE + b"Content-Length: 36", MESSAGE], [MESSAGE, MESSAGE]),
        ([b"Content-Length: not said"], [b"Content-Length: not said"]),
        ([b"  {", b'    "a": {', b"    }", b"  }"], [b'  {     "a": {     }   }']),
    ],
)
def test_what_is_read_of_lines(lines: list[bytes], read: list[bytes]) -> None:
    pieces = Pieces()
    assert [line for came in lines for line in pieces.take(came)] + pieces.left() == read

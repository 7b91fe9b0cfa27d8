"""A client of the demo server, once for each protocol revision, shared by a module's tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from tests.services.demo.demo_peer import Peer, Person
from tests.support import waiting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ERAS = {"legacy": "2025-11-25", "auto": "2026-07-28"}
"""How the client negotiates, and what it comes to; "auto" asks with `server/discover` first."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module", params=list(ERAS), ids=list(ERAS.values()))
async def peer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Peer]:
    """A client of a demo server of its own, which lives as long as the module's tests."""
    stderr = tmp_path_factory.mktemp("demo") / "stderr"
    person = Person()
    with stderr.open("w") as errors:
        client = Client(
            stdio_client(
                StdioServerParameters(command=sys.executable, args=["-m", "services.demo"]), errlog=errors
            ),
            mode=request.param,
            elicitation_callback=person.asked,
            logging_callback=person.told,
            message_handler=person.noticed,
        )
        async with client:
            yield Peer(client, person, stderr)


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], Any]:
    """Wait until a condition holds: `await until(lambda: ...)`."""
    return waiting.until

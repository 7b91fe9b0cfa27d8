"""What `services.gateway.sdk` uses of the SDK's server is where it was."""

from __future__ import annotations

import inspect
from importlib.metadata import version

import pytest
from mcp.server.connection import Connection
from mcp.server.session import ServerSession


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (ServerSession, "_connection"),
        (ServerSession, "_request_outbound"),
        (Connection, "exit_stack"),
        (Connection, "outbound"),
    ],
)
def test_an_attribute_we_use_is_where_it_was(owner: type, name: str) -> None:
    assert f"self.{name}" in inspect.getsource(owner), f"mcp {version('mcp')} has no {name}"

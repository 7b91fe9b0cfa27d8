"""What `services.connections.session.internals` uses of the SDK, and by which version it was last seen."""

from __future__ import annotations

import ast
import inspect
import re
from importlib.metadata import version

import pytest
from mcp.client import streamable_http
from mcp.client.session import ClientSession
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher

from services.connections.session.internals import CUT_OFF
from tests.support.places import ROOT

ROOM = ROOT / "services" / "connections" / "session" / "internals.py"
PRIVATE = re.compile(r"_[a-z]\w*")


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (ClientSession, "_build_capabilities", ["self", "version"]),
        (JSONRPCDispatcher, "_allocate_id", ["self"]),
        (JSONRPCDispatcher, "_resolve_pending", ["self", "request_id", "outcome"]),
    ],
)
def test_a_function_we_use_is_where_it_was(owner: object, name: str, parameters: list[str]) -> None:
    found = getattr(owner, name, None)
    assert found is not None, f"mcp {version('mcp')} has no {name} any more"
    assert list(inspect.signature(found).parameters) == parameters, f"mcp {version('mcp')} changed {name}"


def test_requests_that_wait_are_kept_where_they_were() -> None:
    source = inspect.getsource(JSONRPCDispatcher.__init__)
    assert "self._pending:" in source, f"mcp {version('mcp')} has no JSONRPCDispatcher._pending any more"


@pytest.mark.parametrize("said", CUT_OFF)
def test_the_transport_says_what_it_said(said: str) -> None:
    source = inspect.getsource(streamable_http)
    assert f'"{said}' in source, f"mcp {version('mcp')} words the end of a stream differently"


@pytest.mark.parametrize("name", ["_client_info", "_stamp", "_x_mcp_header_maps"])
def test_an_attribute_we_use_is_where_it_was(name: str) -> None:
    source = inspect.getsource(ClientSession.__init__)
    assert f"self.{name}" in source, f"mcp {version('mcp')} has no ClientSession.{name} any more"


def test_the_sdk_has_the_version_that_was_looked_at() -> None:
    found = version("mcp")
    assert found.startswith("2.3."), f"read the SDK's changes up to {found}, then name it here"


def test_no_other_room_reaches_into_the_sdk() -> None:
    for path in (ROOT / "services").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [
            name
            for node in ast.walk(tree)
            for name in (
                [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else []
            )
        ]
        reached = [name for name in modules if name.startswith("mcp") and re.search(r"\._", name)]
        sdk = [
            f"{node.value.id}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in ("sdk", "dispatcher")
            and PRIVATE.fullmatch(node.attr)
        ]
        assert path == ROOM or not (reached + sdk), path

"""What a server that looks closely sees of us."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import Any

from services.settings import ServerSettings
from tests.services.conftest import running
from tests.support.places import ROOT

CURIOUS = str(ROOT / "tests" / "servers" / "curious.py")


async def seen(**settings: Any) -> dict[str, Any]:
    server = ServerSettings("s", command=sys.executable, args=(CURIOUS,), **settings)
    async with running(server) as (manager, _):
        result = await manager.call_tool("s", "look")
    told: dict[str, Any] = json.loads(result.raw["content"][0]["text"])
    return told


async def test_a_request_that_was_never_offered_is_no_method_of_ours() -> None:
    told = await seen()
    assert told["answer"]["code"] == -32601
    assert "codex/sandbox-state-meta" not in (told["meta"] or {})


async def test_the_sandbox_comes_with_each_call_for_who_wants_it_so() -> None:
    policy = {"type": "workspace-write", "network-access": True}
    told = await seen(sandbox={"sandbox_policy": policy, "sandbox_cwd": "/tmp"})
    assert told["meta"]["codex/sandbox-state-meta"] == {
        "sandboxPolicy": {"type": "workspace-write", "network_access": True},
        "codexLinuxSandboxExe": None,
        "sandboxCwd": "/tmp",
    }


async def test_the_declared_capabilities_are_named() -> None:
    server = ServerSettings("s", command=sys.executable, args=(CURIOUS,))
    async with running(server) as (manager, _):
        assert manager.capabilities("s") == ("experimental.codex/sandbox-state-meta", "tools")
        await manager.disconnect("s")
        assert manager.capabilities("s") == ()


async def test_a_sandbox_that_was_taken_away_comes_with_no_call() -> None:
    server = ServerSettings(
        "s", command=sys.executable, args=(CURIOUS,), sandbox={"sandbox_policy": {"type": "read-only"}}
    )
    async with running(server) as (manager, _):
        await manager.call_tool("s", "look")
        await manager.apply((replace(server, sandbox={}),))
        told = json.loads((await manager.call_tool("s", "look")).raw["content"][0]["text"])
        assert "codex/sandbox-state-meta" not in (told["meta"] or {})

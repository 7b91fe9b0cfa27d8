"""The machine interface beside Codex's app server: what has the same name means the same."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from services.app_server.schema import schema
from tests.peers.install import PEERS, node

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.peer, pytest.mark.timeout(180)]

OURS_ALONE = {
    *("$/cancelRequest", "mcpServer/tool/progress", "mcpServer/elicitation/finished"),
    *("mcpServer/sampling/request", "mcpServer/roots/request", "mcpServer/roots/changed"),
    "item/mcpToolCall/requestApproval",
}
READ = {
    "mcpServerStatus/list": "ListMcpServerStatusResponse",
    "mcpServer/tool/call": "McpServerToolCallResponse",
    "mcpServer/resource/read": "McpResourceReadResponse",
    "mcpServer/oauth/login": "McpServerOauthLoginResponse",
    "mcpServer/oauthLogin/completed": "McpServerOauthLoginCompletedNotification",
    "mcpServer/startupStatus/updated": "McpServerStatusUpdatedNotification",
    "item/started": "ItemStartedNotification",
    "item/completed": "ItemCompletedNotification",
    "item/agentMessage/delta": "AgentMessageDeltaNotification",
    "item/reasoning/textDelta": "ReasoningTextDeltaNotification",
    "item/mcpToolCall/progress": "McpToolCallProgressNotification",
    "thread/tokenUsage/updated": "ThreadTokenUsageUpdatedNotification",
    "error": "ErrorNotification",
}
"""What Codex's drivers read of each, by the name of its type there."""
SENT = {
    "mcpServerStatus/list": "ListMcpServerStatusParams",
    "mcpServer/tool/call": "McpServerToolCallParams",
    "mcpServer/resource/read": "McpResourceReadParams",
    "mcpServer/oauth/login": "McpServerOauthLoginParams",
    "turn/start": "TurnStartParams",
    "turn/interrupt": "TurnInterruptParams",
}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Codex's own schemas, by the names of their files."""
    place = tmp_path_factory.mktemp("codex")
    program = PEERS / "node" / "node_modules" / "@openai" / "codex" / "bin" / "codex.js"
    words = ("app-server", "generate-json-schema", "--out", str(place / "schema"))
    command = (str(node()), str(program), *words)
    environ = os.environ | {"CODEX_HOME": str(place)}
    subprocess.run(command, env=environ, check=True, capture_output=True, timeout=90)
    files: list[Path] = sorted((place / "schema").rglob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}


def _properties(reference: dict[str, str]) -> tuple[set[str], set[str]]:
    """The keys of one of our types, and those of them that are always there."""
    found = schema()["$defs"][reference["$ref"].removeprefix("#/$defs/")]
    return set(found.get("properties", ())), set(found.get("required", ()))


def test_methods_are_called_as_there(theirs: dict[str, Any]) -> None:
    known = {
        variant["properties"]["method"]["enum"][0]
        for name in ("ClientRequest", "ClientNotification", "ServerRequest", "ServerNotification")
        for variant in theirs[name]["oneOf"]
    }
    assert set(schema()["methods"]) - known == OURS_ALONE


@pytest.mark.parametrize("method", READ)
def test_drivers_of_codex_find_what_they_read(theirs: dict[str, Any], method: str) -> None:
    told = schema()["methods"][method]
    keys, _ = _properties(told.get("result", told["params"]))
    assert set(theirs[READ[method]].get("required", ())) <= keys


@pytest.mark.parametrize("method", SENT)
def test_drivers_of_codex_send_what_is_needed(theirs: dict[str, Any], method: str) -> None:
    _, needed = _properties(schema()["methods"][method]["params"])
    assert needed <= set(theirs[SENT[method]]["properties"])

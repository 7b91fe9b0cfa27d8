"""Servers of the new era that answer late, and the older handshake meanwhile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.connections.session import negotiation
from services.settings import ServerSettings

if TYPE_CHECKING:
    from pathlib import Path

SERVER = """
import json, sys, time
asked = 0
for line in sys.stdin:
    message = json.loads(line)
    answer = {"jsonrpc": "2.0", "id": message.get("id")}
    if message["method"] == "server/discover":
        asked += 1
        if asked == 1:
            continue  # busy: it never comes to this one
        info = {"name": "late", "version": "1"}
        answer["result"] = {"supportedVersions": ["2026-07-28"], "capabilities": {}, "serverInfo": info,
            "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    elif message["method"] == "initialize" and sys.argv[1] == "refuses":
        said = {"supported": ["2026-07-28"], "requested": message["params"]["protocolVersion"]}
        answer["error"] = {"code": -32022, "message": "Unsupported protocol version", "data": said}
    elif message["method"] == "initialize":
        info = {"name": "late", "version": "1"}
        answer["result"] = {"protocolVersion": "2026-07-28", "capabilities": {}, "serverInfo": info}
    elif "id" not in message:
        continue
    else:
        answer["error"] = {"code": -32601, "message": "no such method"}
    print(json.dumps(answer), flush=True)
"""


@pytest.mark.parametrize("how", ["refuses", "answers with its own"])
async def test_the_older_handshake_leads_back_to_the_new_one(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(negotiation, "_SILENCE", 0.1)
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    server = ServerSettings(name="late", command=sys.executable, args=(str(tmp_path / "server.py"), how))
    async with ConnectionManager([server]) as manager:
        await manager.settled()
        status = manager.status("late")
        assert (status.state.value, status.protocol) == ("ready", "2026-07-28"), status.cause

"""What a server prints that is no message is shown as it came, and never with a secret in it."""

from __future__ import annotations

import sys

import pytest

from services.settings import ServerSettings
from tests.services.conftest import running

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    "line",
    [
        f"token={SECRET}",
        f"\x1b[36mtoken=\x1b[0m{SECRET}",
        f"\x1b[36mtoken={SECRET}\x1b[0m",
        "token=hunter2\x1b[1m-hunter2",
        f"connecting to https://ada:{SECRET}@db.example/x",
        f"plain {SECRET} in a sentence",
        f"hidden \x1b]8;;{SECRET}\x07link",
        f"before\x00{SECRET}",
    ],
)
async def test_no_secret_of_the_server_is_in_what_is_told(line: str) -> None:
    code = f"print({line!r}, flush=True); import time; time.sleep(0.1); raise SystemExit(3)"
    settings = ServerSettings("s", command=sys.executable, args=("-c", code), env={"API_TOKEN": SECRET})
    async with running(settings) as (manager, _):
        told = [entry.text for entry in manager.log("s")]
        assert any("not a JSON-RPC message" in text for text in told)
        assert "hunter2" not in "".join(told).replace("token=hunter2␛[1m-", "")
        assert SECRET not in manager.status("s").cause


async def test_signs_stand_for_what_must_not_be_drawn() -> None:
    code = "print('\\x1b[2Jready\\x07', flush=True); raise SystemExit(3)"
    settings = ServerSettings("s", command=sys.executable, args=("-c", code))
    async with running(settings) as (manager, _):
        assert any("␛[2Jready␇" in entry.text for entry in manager.log("s"))

"""Processes that renew the same login at once: no refresh token is spent twice, none is lost."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import pytest

from services.credentials.store import CredentialStore
from services.oauth.credentials import Credentials, KeptCredentials
from services.settings import ServerSettings
from tests.servers.guarded import Guarded

PROGRAM = Path(__file__).with_name("renewing.py")
TIMES = 500
"""Renewals of each of two processes."""


async def run(home: Path, url: str, times: int) -> int:
    """One process; how many of its requests were answered."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), str(home), url, str(times)), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    return int(out)


@pytest.mark.timeout(180)
async def test_two_processes_renew_a_thousand_times_and_lose_nothing(tmp_path: Path) -> None:
    async with Guarded() as guarded:
        settings = ServerSettings("guarded", transport="http", url=guarded.url)
        first = guarded.give()
        now = int(time.time() * 1000)
        login = Credentials(
            server_name="guarded",
            server_url=guarded.url,
            issuer=guarded.issuer,
            client_id="the-client",
            access_token=first["access_token"],
            refresh_token=first["refresh_token"],
            expires_at=now,
            issued_at=now,
            metadata={"issuer": guarded.issuer, "token_endpoint": f"{guarded.issuer}/token"},
        )
        kept = KeptCredentials(CredentialStore(tmp_path, "file"))
        kept.save(settings, login)

        answered = await asyncio.gather(*(run(tmp_path, guarded.url, TIMES) for _ in range(2)))

        assert answered == [TIMES, TIMES]
        assert guarded.refreshes == 2 * TIMES
        assert sum(fresh for _, _, fresh in guarded.refresh_tokens.values()) == 1
        stored = kept.load(settings)
        assert stored is not None and stored.refresh_token is not None
        assert guarded.refresh_tokens[stored.refresh_token][2]

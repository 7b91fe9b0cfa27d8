"""Waiting for a login's lock that another process has."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.credentials.store import CredentialStore
from services.oauth.credentials import KeptCredentials
from services.oauth.locking import held
from services.settings import ServerSettings
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_wait_that_is_cancelled_ends_at_once_and_takes_nothing(tmp_path: Path) -> None:
    server = ServerSettings("guarded", transport="http", url="https://guarded.example/mcp")
    mine, others = (KeptCredentials(CredentialStore(tmp_path, "file")) for _ in range(2))

    async def wait() -> None:
        async with held(mine, server):
            pytest.fail("the lock was had twice")

    with others.locked(server):
        waiting = asyncio.create_task(wait())
        await asyncio.wait([waiting], timeout=0.2)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=PATIENCE)
        assert waiting.cancelled()  # while the lock is still another's
    async with asyncio.timeout(PATIENCE), held(mine, server):
        pass

"""How kept servers are started: as the command would have started them by itself."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from services.settings import ServerSettings
from tests.services.resident.test_keeper import House, opened
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with opened(tmp_path, monkeypatch, idle=600.0) as found:
        yield found


async def test_a_server_makes_files_with_the_mask_of_its_command(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "written"
    server = ServerSettings("writes", command=sys.executable, args=("-c", f"open({str(file)!r}, 'w')"))
    for mask in (0o000, 0o077):
        monkeypatch.setattr("services.resident.warm.file_mask", lambda mask=mask: mask)
        async with house.command(server):
            await until(file.exists)
        assert file.stat().st_mode & 0o777 == 0o666 & ~mask
        file.unlink()

"""How kept servers are started: as the command would have started them by itself."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from services.events import ServerState
from services.settings import ServerSettings
from tests.services.resident.test_keeper import House, opened
from tests.support.servers import quick
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


async def test_a_lazy_server_waits_for_its_first_use(house: House) -> None:
    lazy = quick("lazy", start="lazy")
    for _ in range(2):
        async with house.command(lazy, quick("eager"), lazily=True) as manager:
            assert manager.usable == ("eager", "lazy")
            assert manager.status("lazy").state is ServerState.STOPPED
            assert manager.status("lazy").cause == "starts at its first use"
    assert sorted(bool(pid) for pid in house.pids) == [False, True]
    async with house.command(lazy, lazily=True) as manager:
        assert (await manager.call_tool("lazy", "echo", {"text": "a"})).blocks
    async with house.command(lazy, lazily=True) as manager:  # which is its first use no more
        assert manager.status("lazy").state is ServerState.READY


async def test_to_name_a_lazy_server_starts_it(house: House) -> None:
    lazy = quick("lazy", start="lazy")
    async with house.command(lazy, lazily=True):
        pass
    async with house.command(lazy) as manager:
        assert manager.status("lazy").state is ServerState.READY
        assert manager.catalog("lazy").tools
    assert len(house.pids) == 1

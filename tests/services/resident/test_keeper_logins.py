"""A kept connection is never that of somebody who logged out, or whom another login has replaced."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from services.settings import Configuration
from tests.services.oauth.stage import staged
from tests.services.resident.test_keeper import House, opened
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from services.resident.warm import WarmManager
    from tests.services.oauth.stage import Stage

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        yield found


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with opened(tmp_path, monkeypatch, idle=600.0) as found:
        yield found


def command(house: House, stage: Stage) -> AbstractAsyncContextManager[WarmManager]:
    return house.command(stage.settings, configuration=Configuration(credentials_store="file"))


async def used(house: House, stage: Stage) -> set[str]:
    """Whom the requests of a command are made as."""
    stage.provider.seen.clear()
    async with command(house, stage) as manager:
        await manager.page("guarded", "tools")
    return {seen.removeprefix("Bearer ") for seen in stage.provider.seen}


async def test_another_login_is_used_at_once_and_none_after_a_logout(house: House, stage: Stage) -> None:
    one = await stage.log_in()
    assert await used(house, stage) == {one.access_token}
    assert await used(house, stage) == {one.access_token}
    other = await stage.log_in()
    assert await used(house, stage) == {other.access_token}
    assert len(house.keeper.kept) == 1
    await stage.logins.log_out(stage.settings)
    stage.provider.seen.clear()
    async with command(house, stage) as manager:
        assert manager.status("guarded").cause
        assert not manager.usable
    assert set(stage.provider.seen) == {""}


async def test_what_is_under_way_goes_on_as_whoever_began_it(house: House, stage: Stage) -> None:
    one = await stage.log_in()
    async with command(house, stage) as first:
        await first.page("guarded", "tools")
        other = await stage.log_in()
        assert await used(house, stage) == {other.access_token}
        stage.provider.seen.clear()
        await first.page("guarded", "tools")
        assert set(stage.provider.seen) == {f"Bearer {one.access_token}"}
        assert len(house.keeper.kept) == 2
    await until(lambda: len(house.keeper.kept) == 1)
    assert await used(house, stage) == {other.access_token}


async def test_a_renewal_of_its_own_and_a_login_elsewhere_are_no_reason_to_connect_anew(
    house: House, stage: Stage
) -> None:
    await stage.log_in()
    await used(house, stage)
    stage.provider.revoke_all()
    await used(house, stage)
    assert stage.provider.refreshes == 1
    stage.kept._store.put("another server", "{}")
    stage.provider.requests.clear()
    await used(house, stage)
    assert [request.message["method"] for _, request in stage.provider.requests] == ["tools/list"]

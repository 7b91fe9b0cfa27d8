"""Files of skills that were fetched are kept by their digest, verified whenever they are read, bounded."""

from __future__ import annotations

import os
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from services.connection_manager import ConnectionManager
from services.connections.skill_files import SkillFiles
from services.settings import ServerSettings
from services.skills.entries import SkillFile
from tests.servers.skilled import Skilled, entry, manifest
from tests.servers.web import Web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ROOT = "skill://acme/refunds"
FILES = {"SKILL.md": manifest("refunds"), "x.bin": b"\xff\x00"}
BY_URI = {f"{ROOT}/{path}": data for path, data in FILES.items()}


@asynccontextmanager
async def serving(web: Web, folder: Path) -> AsyncIterator[ConnectionManager]:
    settings = ServerSettings("s", transport="http", url=web.url)
    async with ConnectionManager([settings], skill_files=SkillFiles(folder)) as manager:
        await manager.settled(30)
        yield manager


async def test_a_file_is_fetched_once_and_again_when_it_was_changed_on_disk(tmp_path: Path) -> None:
    skilled = Skilled(entry(ROOT, FILES), files=dict(BY_URI))
    async with Web(before=skilled) as web:
        for _ in range(2):  # a run, and the next one
            async with serving(web, tmp_path / "kept") as manager:
                skill = await manager.skill("s", "refunds")
                for _ in range(2):
                    for path, data in FILES.items():
                        content = await manager.read_skill(skill, path)
                        assert (content.data, content.result.uri) == (data, f"{ROOT}/{path}")
        assert skilled.reads == list(BY_URI)
        kept = sorted((tmp_path / "kept").iterdir())
        assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "kept", *kept)] == [
            0o700,
            0o600,
            0o600,
        ]
        for told in ('[{"uri": "x", "text": "evil"}]', "{}", "[]", "null", "{"):
            skilled.reads.clear()
            for place in kept:
                place.write_text(told)
            async with serving(web, tmp_path / "kept") as manager:
                assert (await manager.read_skill(skill)).data == FILES["SKILL.md"]
            assert skilled.reads == [f"{ROOT}/SKILL.md"]


async def test_what_the_server_lists_anew_is_fetched(tmp_path: Path) -> None:
    skilled = Skilled(entry(ROOT, FILES), files=dict(BY_URI))
    async with Web(before=skilled) as web:
        async with serving(web, tmp_path) as manager:
            await manager.read_skill(await manager.skill("s", "refunds"))
        now = manifest("refunds", body="Another way.\n")
        skilled.listed, skilled.files = [entry(ROOT, {"SKILL.md": now})], {f"{ROOT}/SKILL.md": now}
        async with serving(web, tmp_path) as manager:
            assert (await manager.read_skill(await manager.skill("s", "refunds"))).data == now


async def test_generated_skills_are_read_each_time(tmp_path: Path) -> None:
    skilled = Skilled(entry(ROOT, FILES) | {"resources": "dynamic"}, files=dict(BY_URI))
    async with Web(before=skilled) as web, serving(web, tmp_path) as manager:
        skill = await manager.skill("s", "refunds")
        for _ in range(2):
            await manager.read_skill(skill)
        assert len(skilled.reads) == 2


def test_what_is_kept_is_bounded_and_each_servers_own(tmp_path: Path) -> None:
    server = ServerSettings("s", transport="http", url="https://host/mcp")
    files = SkillFiles(tmp_path, most=3, size=400)
    one = [SkillFile("x", f"skill://a/{number}", f"sha256:{number:064x}") for number in range(6)]
    for number, file in enumerate(one[:4]):
        files.keep(server, file, {"contents": [number]})
        for path in tmp_path.iterdir():
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    assert [files.answer(server, file) for file in one[:4]] == [
        None,
        *({"contents": [number]} for number in (1, 2, 3)),
    ]
    assert files.answer(ServerSettings("s", transport="http", url="https://other/mcp"), one[1]) is None
    files.keep(server, one[4], {"contents": ["x" * 300]})
    files.keep(server, one[5], {"contents": ["x" * 500]})  # larger than all that may be kept
    assert files.answer(server, one[4]) is not None and files.answer(server, one[5]) is None
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 400

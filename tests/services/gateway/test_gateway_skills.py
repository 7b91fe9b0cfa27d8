"""Skills of servers through the gateway: told apart, read by a client that knows skills, verified by it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.errors import ServerError, SkillRefused
from services.gateway.naming import Target, own_uri, uri_of
from services.settings import ServerSettings
from tests.servers.skilled import Skilled, entry, manifest
from tests.servers.web import Web
from tests.services.gateway.stage import ERAS, gateway
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.skills.entries import Skill
    from tests.services.gateway.stage import Stage

BOTH = pytest.mark.parametrize("era", list(ERAS), ids=list(ERAS.values()))
ROOT = "skill://acme/pdf"
BINARY = bytes(range(256))


def skilled(what: str, root: str = ROOT) -> Skilled:
    """A server with the skill `pdf`; its files say `what`."""
    files = {
        "SKILL.md": manifest("pdf", body=f"{what}: do it.\n"),
        "references/FORMS.md": f"{what}: forms, größer\n".encode(),
        "logo.bin": BINARY,
    }
    server = Skilled(entry(root, files), files={f"{root}/{path}": data for path, data in files.items()})
    server.directories = {
        root: [{"uri": f"{root}/references", "name": "references", "mimeType": "inode/directory"}]
    }
    return server


@asynccontextmanager
async def through(path: str, era: str, **servers: Skilled) -> AsyncIterator[tuple[ConnectionManager, Stage]]:
    """A session of ours that reaches the servers through a gateway only."""
    webs = {name: Web(before=server) for name, server in servers.items()}
    for web in webs.values():
        await web.start()
    try:
        behind = [ServerSettings(name, transport="http", url=web.url) for name, web in webs.items()]
        async with gateway(*behind) as stage:
            await stage.door.manager.settled(20)
            url = stage.url(path)
            ours = ServerSettings("door", transport="http", url=url, protocol=era)
            async with ConnectionManager([ours]) as manager:
                await manager.settled(20)
                yield manager, stage
    finally:
        for web in webs.values():
            await web.stop()


def skills(manager: ConnectionManager) -> dict[str, Skill]:
    return {skill.raw_uri: skill for skill in manager.catalog("door").skills}


@BOTH
async def test_the_same_skill_of_two_servers_is_told_apart_and_verified(era: str) -> None:
    one, two = skilled("one"), skilled("two")
    async with through("", era, one=one, two=two) as (manager, _):
        await until(lambda: len(skills(manager)) == 2)
        assert set(skills(manager)) == {f"skill://{name}/acme/pdf/SKILL.md" for name in ("one", "two")}
        assert not one.reads  # nothing is read before somebody wants it
        for skill in skills(manager).values():
            who = skill.raw_uri.split("/")[2]
            assert not skill.problem
            assert (await manager.read_skill(skill)).data.endswith(f"{who}: do it.\n".encode())
            forms = await manager.read_skill(skill, "references/FORMS.md")
            assert forms.data == f"{who}: forms, größer\n".encode()
            assert forms.result.raw["contents"][0]["uri"] == f"{skill.raw_root}/references/FORMS.md"
            assert (await manager.read_skill(skill, "logo.bin")).data == BINARY
            listed = await manager.skill_directory(skill)
            assert [file.path for file in listed] == ["references/"]
        assert one.reads == [f"{ROOT}/{path}" for path in ("SKILL.md", "references/FORMS.md", "logo.bin")]


@BOTH
async def test_a_skill_that_is_not_listed_is_found_by_its_uri(era: str) -> None:
    server = skilled("one")
    server.unlisted, server.listed = server.listed, []
    async with through("", era, one=server, two=skilled("two")) as (manager, _):
        await until(lambda: len(skills(manager)) == 1)
        skill = await manager.skill("door", "skill://one/acme/pdf/SKILL.md")
        assert (await manager.read_skill(skill)).data.endswith(b"one: do it.\n")
        with pytest.raises(ServerError):
            await manager.skill("door", "skill://one/acme/other/SKILL.md")
        with pytest.raises(ServerError, match="Skill not found"):
            await manager.skill("door", "skill://three/acme/pdf/SKILL.md")


async def test_one_server_alone_keeps_its_uris() -> None:
    async with through("one", "auto", one=skilled("one"), two=skilled("two")) as (manager, _):
        await until(lambda: set(skills(manager)) == {f"{ROOT}/SKILL.md"})
        (skill,) = skills(manager).values()
        assert (await manager.read_skill(skill)).data.endswith(b"one: do it.\n")


async def test_skills_of_any_scheme_are_told_apart() -> None:
    root = "repo://acme/pdf"
    async with through("", "auto", one=skilled("one", root), two=skilled("two", root)) as (manager, _):
        await until(lambda: len(skills(manager)) == 2)
        for name in ("one", "two"):
            skill = skills(manager)[f"{name}+{root}/SKILL.md"]
            assert (await manager.read_skill(skill, "references/FORMS.md")).data.startswith(name.encode())


async def test_a_file_that_is_another_is_refused_by_the_client_as_without_a_gateway() -> None:
    server = skilled("one")
    async with through("", "auto", one=server) as (manager, _):
        await until(lambda: len(skills(manager)) == 1)
        (skill,) = skills(manager).values()
        server.files[f"{ROOT}/SKILL.md"] = manifest("pdf", body="something else\n")
        with pytest.raises(SkillRefused, match="its size is"):
            await manager.read_skill(skill)


async def test_skills_that_changed_are_listed_anew() -> None:
    server = skilled("one")
    async with through("", "auto", one=server) as (manager, stage):
        await until(lambda: len(skills(manager)) == 1)
        server.listed.append(entry("skill://acme/more", {"SKILL.md": manifest("more")}))
        async with asyncio.timeout(30):
            while len(skills(manager)) != 2:
                manager.freshen("door")
                await asyncio.sleep(0.1)
        assert stage.door.gateway.known.entries("one", "skills")


@pytest.mark.parametrize("uri", ["skill://a/SKILL.md", "x://y", "skill://", "a+x://y", "skill://one/a"])
@pytest.mark.parametrize("server", ["one", "a/b:c@d", "3rd", "_"])
def test_a_uri_is_found_again(server: str, uri: str) -> None:
    shared = uri_of(Target(server, uri))
    assert own_uri(server, shared) == uri
    assert own_uri(f"{server}x", shared) is None
    assert shared.startswith("skill://") == uri.startswith("skill://")

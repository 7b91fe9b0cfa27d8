"""Skills of a server: listed page by page, read when wanted and not before, verified before use."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import NotOffered, ServerError, SkillRefused
from services.settings import ServerSettings
from tests.servers.skilled import Skilled, entry, manifest
from tests.servers.web import Web
from tests.services.conftest import running
from tests.support.servers import odd
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.connection_manager import ConnectionManager

ROOT = "skill://acme/refunds"
FILES = {"SKILL.md": manifest("refunds"), "notes/a{b}.md": b"a note\n", "x.bin": b"\xff\x00"}
BY_URI = {f"{ROOT}/{path}": data for path, data in FILES.items()}
PROTOCOLS = ("2026-07-28", "2025-11-25")


def _skilled(**changes: Any) -> Skilled:
    return Skilled(entry(ROOT, FILES) | changes, files=dict(BY_URI))


@asynccontextmanager
async def serving(skilled: Skilled, protocol: str = "auto") -> AsyncIterator[ConnectionManager]:
    async with Web(before=skilled) as web:
        settings = ServerSettings("s", transport="http", url=web.url, protocol=protocol)
        async with running(settings) as (manager, _):
            yield manager


@pytest.fixture(params=PROTOCOLS)
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[ConnectionManager, Skilled]]:
    skilled = _skilled()
    async with serving(skilled, request.param) as manager:
        yield manager, skilled


async def test_files_are_read_when_they_are_wanted_and_never_before(
    served: tuple[ConnectionManager, Skilled],
) -> None:
    manager, skilled = served
    assert manager.status("s").skills == 1 and manager.status("s").faults == ()
    skill = await manager.skill("s", "refunds")
    assert skill == manager.catalog("s").skills[0]
    assert skilled.reads == []
    assert (await manager.read_skill(skill)).text == FILES["SKILL.md"].decode()
    assert skilled.reads == [f"{ROOT}/SKILL.md"]
    for path, data in FILES.items():
        assert (await manager.read_skill(skill, path)).data == data


async def test_all_pages_are_listed_and_an_unlisted_skill_is_asked_for() -> None:
    skilled = Skilled(*(entry(f"skill://s{number}", {"SKILL.md": b""}) for number in range(5)))
    skilled.unlisted = [entry(ROOT, FILES)]
    skilled.files = dict(BY_URI)
    async with serving(skilled) as manager:
        assert [skill.name for skill in manager.catalog("s").skills] == ["s0", "s1", "s2", "s3", "s4"]
        skill = await manager.skill("s", f"{ROOT}/SKILL.md")
        assert (await manager.read_skill(skill)).skill.name == "refunds"
        with pytest.raises(ServerError, match="no such skill"):
            await manager.skill("s", "skill://nobody/SKILL.md")
        with pytest.raises(NotOffered, match="no skill refunds"):
            await manager.skill("s", "refunds")


TAMPERED = [
    ("SKILL.md", manifest("refunds", body="No it.\n"), "its digest is sha256:"),
    ("SKILL.md", FILES["SKILL.md"] + b"more", "its size is 63 bytes, listed are 59"),
    ("notes/a{b}.md", b"a not!\n", "its digest is sha256:"),
    ("notes/a{b}.md", b"", "its size is 0 bytes, listed are 7"),
    ("x.bin", b"\xff\x01", "its digest is sha256:"),
]


@pytest.mark.parametrize(("path", "data", "how"), TAMPERED)
async def test_a_file_that_is_not_what_was_listed_is_refused(path: str, data: bytes, how: str) -> None:
    skilled = _skilled()
    skilled.ttl = 60_000
    async with serving(skilled) as manager:
        skill = await manager.skill("s", "refunds")
        skilled.files[f"{ROOT}/{path}"] = data
        with pytest.raises(SkillRefused) as said:
            await manager.read_skill(skill, path)
        assert said.value.message.startswith(f"{path} of the skill refunds (s) was refused: {how}")
        # It had only changed: the list is read again, and what was kept of the answer is not used.
        now = {**FILES, path: data}
        skilled.listed = [entry(ROOT, now)]
        with pytest.raises(SkillRefused):
            await manager.read_skill(skill, path)
        await until(lambda: manager.catalog("s").skills[0].files != skill.files)
        fresh = await manager.skill("s", "refunds")
        assert (await manager.read_skill(fresh, path)).data == data


@pytest.mark.parametrize(
    ("data", "frontmatter", "how"),
    [
        (manifest("refunds", "Something else."), {}, 'frontmatter.description is "Something else."'),
        (manifest("refunds", more="allowed-tools: Bash\n"), {}, "frontmatter.allowed-tools is not listed"),
        (FILES["SKILL.md"], {"license": "MIT"}, "frontmatter.license is listed, the file has none"),
        (b"no frontmatter", {}, "no frontmatter"),
        (b"---\nname: \xff\n---\n", {}, "not UTF-8"),
    ],
)
@pytest.mark.parametrize("dynamic", [False, True])
async def test_frontmatter_that_is_not_what_was_listed_is_refused(
    data: bytes, frontmatter: dict[str, str], how: str, *, dynamic: bool
) -> None:
    listed = entry(ROOT, {"SKILL.md": data}, **frontmatter) | ({"resources": "dynamic"} if dynamic else {})
    skilled = Skilled(listed, files={f"{ROOT}/SKILL.md": data})
    async with serving(skilled) as manager:
        with pytest.raises(SkillRefused) as said:
            await manager.read_skill(await manager.skill("s", "refunds"))
        assert how in said.value.message


@pytest.mark.parametrize(
    ("answer", "how"),
    [
        ({"contents": []}, "0 contents instead of one"),
        ({"contents": [{"text": "a"}, {"text": "b"}]}, "2 contents instead of one"),
        ({"contents": [{"uri": "x"}]}, "its size is 0 bytes"),
        ({"contents": [{"text": "\ud800"}]}, "not valid Unicode"),
        ({"contents": [{"blob": "%%"}]}, "broken base64"),
        ({}, "0 contents"),
    ],
)
async def test_an_answer_that_is_no_file_is_refused(answer: dict[str, Any], how: str) -> None:
    skilled = _skilled()
    skilled._read = lambda uri: answer  # type: ignore[method-assign]
    async with serving(skilled) as manager:
        with pytest.raises(SkillRefused) as said:
            await manager.read_skill(await manager.skill("s", "refunds"))
        assert how in said.value.message


async def test_an_entry_with_a_fault_is_shown_and_none_of_its_files_read() -> None:
    skilled = _skilled(resources=None)
    async with serving(skilled) as manager:
        skill = await manager.skill("s", "refunds")
        with pytest.raises(SkillRefused, match="is not loaded: the entry does not say what its files are"):
            await manager.read_skill(skill)
        assert skilled.reads == []


@pytest.mark.parametrize("path", ["other.md", "../git/SKILL.md", "skill://git/SKILL.md", "notes"])
async def test_a_file_that_is_not_listed_is_never_asked_for(path: str) -> None:
    skilled = _skilled()
    skilled.files |= {f"{ROOT}/other.md": b"", "skill://git/SKILL.md": b""}
    async with serving(skilled) as manager:
        with pytest.raises(SkillRefused, match="does not list it"):
            await manager.read_skill(await manager.skill("s", "refunds"), path)
        assert skilled.reads == []


async def test_a_skill_made_anew_each_time_is_read_within_its_directory() -> None:
    skilled = _skilled(resources="dynamic")
    async with serving(skilled) as manager:
        skill = await manager.skill("s", "refunds")
        assert (await manager.read_skill(skill)).text == FILES["SKILL.md"].decode()
        assert (await manager.read_skill(skill, "x.bin")).data == FILES["x.bin"]
        with pytest.raises(SkillRefused):
            await manager.read_skill(skill, "../git/SKILL.md")


async def test_directories_are_listed_where_that_is_offered_and_no_further_than_the_entry() -> None:
    skilled = _skilled()
    async with Web(before=skilled) as web:
        async with running(ServerSettings("s", transport="http", url=web.url)) as (manager, _):
            with pytest.raises(NotOffered, match="does not list directories"):
                await manager.skill_directory(await manager.skill("s", "refunds"))
        folder = {"uri": f"{ROOT}/notes", "name": "notes", "mimeType": "inode/directory"}
        new = {"uri": f"{ROOT}/new.md", "name": "new.md"}
        skilled.directories = {ROOT: [{"uri": f"{ROOT}/x.bin", "name": "x.bin"}, folder, new]}
        async with running(ServerSettings("s", transport="http", url=web.url)) as (manager, _):
            skill = await manager.skill("s", "refunds")
            found = await manager.skill_directory(skill)
            assert [one.path for one in found] == ["x.bin", "notes/"]
            with pytest.raises(ServerError, match="no such directory"):
                await manager.skill_directory(skill, "notes/")
            with pytest.raises(NotOffered, match="no directory"):
                await manager.skill_directory(skill, "../git")


async def test_a_server_without_the_extension_is_asked_nothing() -> None:
    async with running(odd()) as (manager, _):
        assert manager.catalog("odd").skills == ()
        with pytest.raises(NotOffered, match="odd offers no skills"):
            await manager.skill("odd", "refunds")

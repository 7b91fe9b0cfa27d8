"""The skills of one server: found, read when somebody wants them and never before, verified before use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.catalog.listing import read_all
from services.catalog.read import read_entries
from services.errors import NotOffered, SkillRefused
from services.results import reader
from services.skills.entries import MANIFEST, SkillContent, SkillFile
from services.skills.naming import named
from services.skills.reading import path_below, read_skill
from services.skills.verification import refused, verified
from services.text import one_line

if TYPE_CHECKING:
    from services.connections.requests import Requests
    from services.connections.served import Served
    from services.connections.skill_files import SkillFiles
    from services.skills.entries import Skill

__all__ = ("Skills",)

_AT_ONCE: Final = 1 << 18
"""Bytes that are verified on the event loop: below 1 ms."""
_DIRECTORY: Final = "inode/directory"
_AGAIN: Final = "It may have changed since it was listed: open the skill again."


class Skills:
    """What may be asked of one server's skills."""

    def __init__(self, connection: Served, requests: Requests, files: SkillFiles) -> None:
        self._connection = connection
        self._requests = requests
        self._files = files

    async def find(self, text: str) -> Skill:
        """The skill of that name, path or URI; for a URI that is not listed the server is asked."""
        offers = await self._requests.brief(_offers, "skills")
        await self._connection.lists.known("skills")
        listed = self._connection.catalog.skills
        server = self._connection.name
        if not offers:
            raise NotOffered(f"{one_line(server, 80)} offers no skills")
        if "://" not in text or any(text in (skill.uri, skill.raw_uri) for skill in listed):
            return named(listed, text, server)
        entry = await self._requests.brief(lambda session: session.skill(text), "skills/get")
        skill = read_skill(server, entry)
        if skill is None or skill.raw_uri != text:
            raise NotOffered(f"{one_line(server, 80)} answers with another skill than {one_line(text, 200)}")
        return skill

    async def read(self, skill: Skill, path: str = MANIFEST) -> SkillContent:
        """A file of a skill as its entry lists it. Raises SkillRefused for one that is not."""
        file = self._file(skill, path)
        if skill.problem:
            raise SkillRefused(f"the skill {skill.name} ({skill.server}) is not loaded: {skill.problem}")
        if (kept := await self._kept(skill, file)) is not None:
            return kept
        result = await self._requests.read_resource(file.raw_uri, listed=True)
        try:
            if (file.size or _AT_ONCE) < _AT_ONCE:
                data = verified(skill, file, result.raw)
            else:
                data = await asyncio.to_thread(verified, skill, file, result.raw)
        except SkillRefused as error:
            self._outdated(file)
            raise error.with_hint(_AGAIN) from None
        await asyncio.to_thread(self._files.keep, self._connection.settings, file, result.raw)
        return SkillContent(skill, file, data, result)

    async def _kept(self, skill: Skill, file: SkillFile) -> SkillContent | None:
        """A file that was fetched before and is still what the entry lists; None for any other."""
        settings, started = self._connection.settings, self._connection.clock.precise()
        raw = await asyncio.to_thread(self._files.answer, settings, file)
        if raw is None:
            return None
        try:
            data = await asyncio.to_thread(verified, skill, file, raw)
        except SkillRefused:
            await asyncio.to_thread(self._files.forget, settings, file)
            return None
        took = self._connection.clock.precise() - started
        result = await reader.resource_result(skill.server, file.raw_uri, raw, took)
        return SkillContent(skill, file, data, result)

    async def children(self, skill: Skill, path: str = "") -> tuple[SkillFile, ...]:
        """What the server says is in a directory of a skill now; what its entry does not list is left out.

        The path of a directory ends in a slash. Raises NotOffered where the server reads none.
        """
        uri = f"{skill.raw_root}/{path.strip('/')}".rstrip("/")
        if path.strip("/") and not path_below(skill.raw_root, uri):
            raise NotOffered(f"the skill {skill.name} has no directory {one_line(path, 200)}")
        if not await self._requests.brief(_reads_directories, "skills"):
            raise NotOffered(f"{one_line(self._connection.name, 80)} does not list directories")
        items, _ = await read_all(
            lambda cursor: self._requests.brief(
                lambda session: session.directory(uri, cursor), "resources/directory/read"
            )
        )
        found, _ = await asyncio.to_thread(read_entries, self._connection.name, "resources", items)
        return tuple(self._child(skill, one) for one in found if self._belongs(skill, one))

    @staticmethod
    def _child(skill: Skill, entry: Any) -> SkillFile:
        path = path_below(skill.raw_root, entry.raw_uri) + "/" * (entry.mime_type == _DIRECTORY)
        return SkillFile(one_line(path, 1_000), entry.raw_uri, size=entry.size)

    @staticmethod
    def _belongs(skill: Skill, entry: Any) -> bool:
        if skill.dynamic:
            return bool(path_below(skill.raw_root, entry.raw_uri))
        below = f"{entry.raw_uri}/" if entry.mime_type == _DIRECTORY else None
        return any(
            file.raw_uri == entry.raw_uri or (below is not None and file.raw_uri.startswith(below))
            for file in skill.files
        )

    def _file(self, skill: Skill, path: str) -> SkillFile:
        if (listed := skill.file(path)) is not None:
            return listed
        if skill.dynamic:
            uri = path if path.startswith(f"{skill.raw_root}/") else f"{skill.raw_root}/{path}"
            if below := path_below(skill.raw_root, uri):
                return SkillFile(one_line(below, 1_000), uri)
        raise refused(skill, SkillFile(path, ""), "the entry of the skill does not list it")

    def _outdated(self, file: SkillFile) -> None:
        """What was kept of the answer is not used again, and the list is read anew."""
        if (session := self._connection.session) is not None:
            session.answers.forget("resources/read", file.raw_uri)
            session.answers.forget("skills/list")
            self._connection.lists.announced("skills")


async def _offers(session: Any) -> bool:
    return bool(session.declared.offers("skills"))


async def _reads_directories(session: Any) -> bool:
    return bool(session.declared.reads_directories)

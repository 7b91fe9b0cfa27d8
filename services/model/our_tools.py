"""The tools that are ours and no server's: they list and read, and are not asked about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from services.model.answers import Answer, answer_of, bounded
from services.model.cleaning import clean
from services.model.resources import as_tool_result
from services.model.skills import LOAD_SKILL, enclosing, held_by, loaded
from services.resource_tools import ResourceTools, checked
from services.skills.entries import MANIFEST
from services.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from services.approval import ToolCall
    from services.connection_manager import ConnectionManager
    from services.model.skills import Held
    from services.results.content import ResourceResult, ToolResult
    from services.skills.entries import Skill, SkillContent

__all__ = ("OurTools", "Ours")


class Ours(NamedTuple):
    """What one of them answers."""

    answer: Answer
    result: ToolResult | None = None
    about: str = ""
    """What it was that was read."""


class OurTools:
    """The resource tools and `load_skill`, over a manager."""

    def __init__(self, manager: ConnectionManager, folder: Path, held: Held) -> None:
        self._manager = manager
        self._resources = ResourceTools(manager)
        self._folder = folder
        self._held = held

    async def answer(self, call: ToolCall, limit: int) -> Ours:
        """Carry out a call; text of more than `limit` tokens goes into a file. Raises JackfieldError."""
        if call.name == LOAD_SKILL.name:
            return await self._load(call, limit)
        if call.name == "read_mcp_resource":
            return await self._read(call, limit)
        found = await self._resources.call(call.name, call.arguments)
        said = clean(json.dumps(found, ensure_ascii=False)).text
        text, files = await bounded(said, self._folder, call.name, limit)
        return Ours(Answer(text, files=files))

    async def enclosing(self, call: ToolCall) -> tuple[Skill, Skill] | None:
        """The skill that a call would load and the one it lies in; None where no yes of its own is needed."""
        if call.name != LOAD_SKILL.name:
            return None
        given = checked(LOAD_SKILL, call.arguments)
        skill = await self._manager.skill(given["server"], given["name"])
        outer = enclosing(skill, self._manager.catalog(given["server"]).skills)
        known = (skill.server, skill.raw_uri) in self._held
        return (skill, outer) if outer is not None and not known else None

    async def _load(self, call: ToolCall, limit: int) -> Ours:
        """A skill, or a file of one as the entry lists it that the skill was loaded with."""
        given = checked(LOAD_SKILL, call.arguments)
        skill = await self._manager.skill(given["server"], given["name"])
        path = given.get("file", MANIFEST)
        if path != MANIFEST:
            skill = self._held.get((skill.server, skill.raw_uri), skill)
        if path.endswith("/"):
            found = await self._manager.skill_directory(skill, path)
            listed = clean("\n".join(file.path for file in found)).text or "(nothing)"
            text, files = await bounded(listed, self._folder, call.name, limit)
            return Ours(Answer(text, files=files))
        content = await self._manager.read_skill(skill, path)
        if path == MANIFEST:
            self._held[skill.server, skill.raw_uri] = skill
        return await self._told(content, call, limit)

    async def _read(self, call: ToolCall, limit: int) -> Ours:
        """A resource: pictures as pictures, other bytes as files; a file of a loaded skill is verified."""
        server, uri = str(call.arguments.get("server")), str(call.arguments.get("uri"))
        if (skill := held_by(self._held, server, uri)) is not None:
            return await self._told(await self._manager.read_skill(skill, uri), call, limit)
        return await self._result(await self._resources.read_as_asked(call.arguments), call, limit)

    async def _told(self, content: SkillContent, call: ToolCall, limit: int) -> Ours:
        if content.text is None:
            return await self._result(content.result, call, limit)
        said, hidden = loaded(content)
        text, files = await bounded(said, self._folder, call.name, limit)
        about = f"{content.file.path} of {one_line(content.skill.name, 80)}"
        return Ours(Answer(text, files=files, hidden=hidden), as_tool_result(content.result), about)

    async def _result(self, read: ResourceResult, call: ToolCall, limit: int) -> Ours:
        result = as_tool_result(read)
        answer = await answer_of(result, self._folder, call.name, limit)
        return Ours(answer, result, one_line(read.uri, 200))

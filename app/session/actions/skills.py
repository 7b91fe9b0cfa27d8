"""Skills in the session: listed, opened, and their files read when somebody chooses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.session.begun_cells import skill_cell
from app.session.cell_source import Source
from app.session.skill_parts import skill_links
from services.errors import NotOffered
from services.events import ServerState
from services.skills.entries import MANIFEST
from services.skills.naming import labels
from services.text import one_line
from widgets.history.cells import Cell, TextPart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.session.actions.calls import Calls
    from app.session.context import SessionContext
    from app.session.running_cell import RunningCell
    from services.skills.entries import Skill

__all__ = ("Skills",)


class Skills:
    """What a person does with skills."""

    def __init__(self, context: SessionContext, calls: Calls) -> None:
        self._context = context
        self._calls = calls

    def skills(self, given: Mapping[str, str]) -> None:
        """`/skills [SERVER] [NAME] [FILE]`: the list, one skill, or one of its files."""
        server, name = given.get("server"), given.get("skill")
        if name is None:
            self._list(server)
        else:
            self.open(server or self._server_of(name), name, given.get("file", ""))

    def open(self, server: str, name: str, path: str = "") -> None:
        """Read the SKILL.md of a skill, or another file of it."""
        manager = self._context.connected()
        cell = skill_cell(self._context.transcript, server, name, path)

        async def work() -> None:
            await manager.settled(server=server)
            skill = await manager.skill(server, name)
            await self._show(cell, skill, path)

        self._calls.begin(cell, work)

    def _read(self, skill: Skill, path: str) -> None:
        """A file as the entry lists it that the skill was opened with."""
        cell = skill_cell(self._context.transcript, skill.server, skill.name, path)

        self._calls.begin(cell, lambda: self._show(cell, skill, path))

    async def _show(self, cell: RunningCell, skill: Skill, path: str) -> None:
        """A file of a skill, or what is in a directory of it."""
        manager = self._context.connected()
        cell.source.open = lambda file: self._read(skill, file)
        if path.endswith("/"):
            cell.show_files(await manager.skill_directory(skill, path))
        else:
            await cell.show_skill(await manager.read_skill(skill, path or MANIFEST))

    def _list(self, server: str | None) -> None:
        manager = self._context.connected()
        manager.freshen(server)
        names = (server,) if server is not None else manager.servers
        found = {name: skills for name in names if (skills := manager.catalog(name).skills)}
        if not found:
            self._context.transcript.notice("Skills", self._starting() or "none offered")
        for name, skills in found.items():
            source = Source(name, stem="skills")
            source.open = self._opener(name)
            parts = (TextPart(one_line(name, 80), "heading"), *skill_links(skills))
            self._context.transcript.add(
                Cell("text", name="Skills", right=str(len(skills)), parts=parts), source
            )

    def _opener(self, server: str) -> Callable[[str], None]:
        return lambda name: self.open(server, name)

    def _server_of(self, name: str) -> str:
        """The one server that has a skill of that name."""
        manager = self._context.connected()
        shown = one_line(name, 80)
        having = [
            server
            for server in manager.servers
            if any(name in (label, skill.name, skill.raw_uri) for label, skill in self._labelled(server))
        ]
        if len(having) == 1:
            return having[0]
        if not having:
            hint = self._starting() or "/skills lists them"
            raise NotOffered(f"no server offers a skill {shown}", hint=hint)
        listed = ", ".join(one_line(server, 40) for server in having)
        raise NotOffered(
            f"{len(having)} servers have a skill {shown}", hint=f"name one of {listed} before it"
        )

    def _starting(self) -> str:
        """Which servers may offer some yet; empty where none does."""
        statuses = self._context.connected().statuses
        waiting = [one_line(s.server, 40) for s in statuses if s.state is ServerState.STARTING]
        return f"{', '.join(waiting)} still starting" if waiting else ""

    def _labelled(self, server: str) -> list[tuple[str, Skill]]:
        skills = self._context.catalog(server).skills
        return list(zip(labels(skills), skills, strict=True))

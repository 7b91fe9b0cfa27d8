"""`jackfield skills`: the skills of servers, one of them, or one of its files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.command_line.connect.calls import named
from app.command_line.connect.lists import show_list
from app.command_line.connect.program import program_of
from app.command_line.connect.results import print_raw, print_resource, write
from app.command_line.connect.run import Desk, run
from app.command_line.connect.targets import Wish
from app.command_line.terminal.output import OK, paint
from services.skills.entries import MANIFEST
from services.skills.naming import files_text, size_text
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.skills.entries import Skill, SkillContent, SkillFile

__all__ = ("show_skills",)


def show_skills(
    context: click.Context, words: tuple[str, ...], *, save: str | None, as_json: bool, **options: Any
) -> int:
    """Print the list, a skill, or a file of one; `words` are SERVER NAME FILE, as far as given."""
    given = list(words)
    server = given.pop(0) if given and program_of(context) is None else None
    if len(given) > 2:
        raise click.UsageError(f"{one_line(given[2], 80)} is one word too many.", context)
    wish = Wish.of(context, server, **options)
    if not given:
        if save is not None:
            raise click.UsageError("--save is for a skill that is named.", context)
        return show_list(wish, "skills", as_json=as_json)
    name, path = given[0], given[1] if len(given) > 1 else MANIFEST

    async def work() -> int:
        async with Desk(wish) as desk:
            desk.line.show(f"reading {one_line(path, 200)} of {one_line(name, 80)}")
            with named(desk):
                skill = await desk.manager.skill(desk.server, name)
                if path.endswith("/"):
                    _print_directory(await desk.manager.skill_directory(skill, path), as_json=as_json)
                    return desk.status(OK)
                content = await desk.manager.read_skill(skill, path)
            desk.line.hide()
            await _print(content, whole=len(given) == 1, as_json=as_json, save=save)
            return desk.status(OK)

    return run(work)


async def _print(content: SkillContent, *, whole: bool, as_json: bool, save: str | None) -> None:
    """One file; the `whole` skill is its SKILL.md, with what else there is for people and as JSON."""
    if whole and as_json and save is None:
        print_raw(_entry(content.skill) | {"text": content.text})
        return
    people = whole and save is None and sys.stdout.isatty()
    await print_resource(content.result, as_json=as_json, save=Path(save) if save is not None else None)
    if people:
        write("\n".join(_files(content.skill)))


def _print_directory(files: Sequence[SkillFile], *, as_json: bool) -> None:
    if as_json:
        print_raw({"resources": [{"path": file.path, "uri": file.raw_uri} for file in files]})
    elif files:
        write("\n".join(file.path for file in files))


def _entry(skill: Skill) -> dict[str, Any]:
    """What the server lists of it, with the paths of its files."""
    files: list[dict[str, Any]] | str = "dynamic"
    if not skill.dynamic:
        files = [
            {"path": file.path, "uri": file.raw_uri, "digest": file.digest, "size": file.size}
            for file in skill.files
        ]
    return {
        "server": skill.server,
        "uri": skill.raw_uri,
        "frontmatter": skill.frontmatter,
        "resources": files,
    }


def _files(skill: Skill) -> Iterator[str]:
    yield f"\n{paint(files_text(skill), 'dim')}"
    widest = max(len(file.path) for file in skill.files)
    for file in skill.files:
        yield f"  {file.path:<{widest}}  {paint(size_text(file), 'dim')}".rstrip()

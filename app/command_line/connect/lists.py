"""`jackfield tools`, `resources`, `templates`, `prompts` and `skills`: what servers offer.

On a terminal each entry has its name, what it takes, and its description underneath. In a pipe
there is one line an entry, its parts set apart by tabs; with `--json` the entries are as the
servers sent them.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.command_line.connect.results import print_raw, write
from app.command_line.connect.run import Desk, run
from app.command_line.terminal.output import OK, note, paint
from services.arguments.call import described, signature
from services.catalog.listing import read_all
from services.errors import ConnectionFailed, JackfieldError
from services.skills.naming import files_text, labels, size_text
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.command_line.connect.targets import Wish
    from services.catalog.entries import Catalog, Prompt, Resource, ResourceTemplate, Tool
    from services.events import CatalogKind
    from services.skills.entries import Skill

__all__ = ("show_list", "wrapped")

_WIRE: Final[dict[CatalogKind, str]] = {
    "tools": "tools",
    "resources": "resources",
    "templates": "resourceTemplates",
    "prompts": "prompts",
    "skills": "skills",
}
_MOST_LINES: Final = 2
"""Lines of a description, unless the person wants to hear more."""
_WIDEST: Final = 100
_NO_LIMIT: Final = 10_000


class _Entry(NamedTuple):
    name: str
    takes: str
    text: str
    more: tuple[tuple[str, str], ...] = ()
    """Its arguments with their descriptions, for whoever wants to hear more."""


def show_list(wish: Wish, kind: CatalogKind, *, as_json: bool) -> int:
    """Print one kind of what the wished servers offer."""
    if not wish.servers:
        note("No MCP servers are enabled. Try: jackfield mcp add NAME -- CMD")

    async def work() -> int:
        async with Desk(wish) as desk:
            if as_json:
                print_raw(await _raw(desk, kind))
            else:
                await asyncio.gather(*(desk.manager.listed(name) for name in desk.manager.servers))
                _print(desk, kind)
            return OK

    return run(work)


# For programs.


async def _raw(desk: Desk, kind: CatalogKind) -> dict[str, Any]:
    """`{"tools": [{"server": …, …}]}`, the entries as they stand on the wire."""
    entries: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    for settings in desk.wish.servers:
        name = settings.name
        if name not in desk.manager.usable:
            failures[name] = desk.manager.status(name).cause
            continue
        try:
            items, _ = await read_all(partial(desk.manager.page, name, kind))
        except JackfieldError as error:
            if desk.wish.single:
                raise
            failures[name] = error.message
            continue
        offered = {tool.raw_name for tool in desk.manager.catalog(name).tools}
        entries += [
            {"server": name, **item}
            for item in items
            if isinstance(item, dict) and (kind != "tools" or item.get("name") in offered)
        ]
    return {_WIRE[kind]: entries} | ({"failures": failures} if failures else {})


# For people.


def _print(desk: Desk, kind: CatalogKind) -> None:
    people = sys.stdout.isatty()
    shown = 0
    for name in desk.manager.servers:
        if name not in desk.manager.usable:
            continue
        entries = tuple(_entries(kind, desk.manager.catalog(name)))
        server = one_line(name, 80)
        fault = next((f for f in desk.manager.status(name).faults if f.startswith(f"{kind}: ")), "")
        if fault and desk.wish.single and not entries:
            raise ConnectionFailed(f"{server} could not list its {fault}", reason="list")
        if fault:
            note(f"{server} could not list its {fault}")
            if not entries:
                continue
        if not entries:
            if desk.wish.single:
                note(f"{server} offers no {kind}.")
            continue
        if not people:
            write("\n".join(_tabbed(entries, "" if desk.wish.single else server)))
            continue
        head = (
            "" if desk.wish.single else f"{paint(server, 'cyan')}  {paint(f'{len(entries)} {kind}', 'dim')}\n"
        )
        write(("\n" if shown else "") + head + "\n".join(_lines(entries, desk.wish)))
        shown += 1


def _tabbed(entries: Iterable[_Entry], server: str) -> Iterator[str]:
    for entry in entries:
        parts = (entry.name, entry.takes, one_line(entry.text, _NO_LIMIT))
        yield "\t".join((server, *parts) if server else parts).rstrip("\t")


def _lines(entries: Iterable[_Entry], wish: Wish) -> Iterator[str]:
    from shutil import get_terminal_size

    width = min(get_terminal_size().columns, _WIDEST)
    margin = "" if wish.single else "  "
    most = _NO_LIMIT if wish.verbose else _MOST_LINES
    for entry in entries:
        together = len(margin) + len(entry.name) + 2 + len(entry.takes) <= width
        takes = f"  {paint(entry.takes, 'dim')}" if entry.takes and together else ""
        yield f"{margin}{paint(entry.name, 'bold')}{takes}"
        if not together:
            lines = wrapped(entry.takes, width - len(margin) - 4, _NO_LIMIT)
            yield from (f"{margin}    {paint(line, 'dim')}" for line in lines)
        text = entry.text if wish.verbose else one_line(entry.text, _NO_LIMIT)
        for line in wrapped(text, width - len(margin) - 4, most):
            yield f"{margin}    {line}".rstrip()
        if wish.verbose:
            yield from _arguments(entry, f"{margin}      ", width)


def _arguments(entry: _Entry, margin: str, width: int) -> Iterator[str]:
    for name, about in entry.more:
        lines = wrapped(f"{name}  {about}".strip(), width - len(margin) - 2, _NO_LIMIT)
        yield f"{margin}{paint(lines[0], 'dim')}"
        yield from (f"{margin}  {paint(line, 'dim')}" for line in lines[1:])


def wrapped(text: str, width: int, most: int) -> list[str]:
    """The text in lines of at most `width` cells; the last of `most` lines ends in … when there is more."""
    from widgets.views.wrapping import wrap

    lines = [text[row.start : row.end].rstrip() for row in wrap(text, max(width, 20), most + 1)]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    return [*lines[: most - 1], f"{last[: max(width, 20) - 2].rstrip(' .,;:')} …"]


def _entries(kind: CatalogKind, catalog: Catalog) -> Iterator[_Entry]:
    match kind:
        case "tools":
            yield from map(_tool, catalog.tools)
        case "resources":
            yield from map(_resource, catalog.resources)
        case "templates":
            yield from map(_template, catalog.templates)
        case "prompts":
            yield from map(_prompt, catalog.prompts)
        case "skills":
            yield from map(_skill, catalog.skills, labels(catalog.skills))


def _tool(tool: Tool) -> _Entry:
    text = printable(tool.description or tool.title).strip()
    app = f"(app {one_line(tool.app_uri, 200)})" if tool.app_uri else ""
    takes = " ".join(part for part in (signature(tool.input_schema), app) if part)
    return _Entry(tool.name, takes, text, described(tool.input_schema))


def _resource(resource: Resource) -> _Entry:
    return _Entry(resource.uri, resource.mime_type, _named(resource))


def _template(template: ResourceTemplate) -> _Entry:
    return _Entry(template.uri_template, template.mime_type, _named(template))


def _named(entry: Resource | ResourceTemplate) -> str:
    name = entry.title or entry.name
    return ": ".join(text for text in (name, entry.description.strip()) if text)


def _prompt(prompt: Prompt) -> _Entry:
    takes = (f"{a.name}=TEXT" if a.required else f"[{a.name}=TEXT]" for a in prompt.arguments)
    more = tuple((a.name, one_line(a.description, _NO_LIMIT)) for a in prompt.arguments if a.description)
    return _Entry(prompt.name, " ".join(takes), (prompt.description or prompt.title).strip(), more)


def _skill(skill: Skill, label: str) -> _Entry:
    text = f"Not loaded: {skill.problem}." if skill.problem else skill.description.strip()
    more = tuple((file.path, size_text(file)) for file in skill.files)
    return _Entry(label, files_text(skill), text, more)

"""`jackfield doctor`: what matters when something looks wrong, without a screen."""

from __future__ import annotations

import asyncio
import platform
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.config.source import Source
    from services.pictures.choosing import Images
    from services.pictures.report import Findings
    from services.settings import Configuration

__all__ = ("doctor",)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> int:
    """Show the terminal and how pictures are drawn in it, where the configuration lies, and versions."""
    from app.command_line.configured import source
    from app.command_line.terminal.output import OK, note_problems, print_json

    chosen = source(context)
    configuration = chosen.load(expand=False)
    note_problems(configuration)
    found = asyncio.run(_findings(configuration.ui.images))
    if as_json:
        print_json(_value(found, chosen, configuration))
    else:
        _print(found, chosen, configuration)
    return OK


async def _findings(images: Images) -> Findings:
    from rich.console import Console

    from app.terminal.bare import bare_terminal
    from app.terminal.graphics import GraphicsFinder

    finder = GraphicsFinder(lambda _: None)
    finder.take_images(images)
    with bare_terminal() as terminal:
        await finder.find(terminal)
    return await finder.findings(Console(file=sys.__stdout__).color_system or "none")


def _print(found: Findings, chosen: Source, configuration: Configuration) -> None:
    from app.command_line.terminal.output import answer, paint
    from services.pictures.report import advice, rows
    from services.text import one_line

    groups = {"Terminal": rows(found), "Configuration": _configuration(chosen, configuration)}
    groups["Versions"] = _versions()
    width = max(len(about) for lines in groups.values() for about, _ in lines)
    for heading, lines in groups.items():
        answer(paint(heading, "bold"))
        for about, what in lines:
            answer(f"  {about.ljust(width)}  {one_line(what, 1_000)}")
        for line in advice(found) if heading == "Terminal" else ():
            answer(f"  → {line}")


def _configuration(chosen: Source, configuration: Configuration) -> list[tuple[str, str]]:
    problems = len(configuration.problems)
    return [
        ("File", str(chosen.path) + ("" if chosen.path.exists() else " (not there yet)")),
        ("Servers", f"{len(configuration.servers)}; `jackfield mcp check` tries them"),
        ("Problems", str(problems) if problems else "none"),
    ]


def _versions() -> list[tuple[str, str]]:
    from importlib.metadata import version

    from services.version import VERSION

    return [
        ("Jackfield", VERSION),
        ("MCP SDK", version("mcp")),
        ("Textual", version("textual")),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
    ]


def _value(found: Findings, chosen: Source, configuration: Configuration) -> dict[str, object]:
    from services.pictures.report import advice

    graphics, answers = found.graphics, found.answers
    return {
        "terminal": {
            "name": answers.version or None,
            "around_tmux": found.outside.version or None,
            "protocol": graphics.protocol,
            "why": graphics.why,
            "kitty": answers.kitty,
            "sixel": answers.sixel if answers.attributes is not None else None,
            "size": found.size,
            "cell": graphics.cell,
            "colours": found.colours,
            "advice": advice(found),
        },
        "configuration": {
            "file": str(chosen.path),
            "servers": [server.name for server in configuration.servers],
            "problems": len(configuration.problems),
        },
        "versions": dict(_versions()),
    }

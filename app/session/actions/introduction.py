"""What the first screen tells: what to try, what is configured, what could be brought over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.arguments.words import quote
from services.text import one_line
from widgets.welcome import Introduction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.catalog.entries import Catalog
    from services.settings import Configuration

__all__ = ("importable", "introduction")


def introduction(
    configuration: Configuration,
    catalogs: Sequence[tuple[str, Catalog]] = (),
    programs: Sequence[tuple[str, int]] = (),
) -> Introduction:
    """For this configuration, with what is known of its servers and of the files of other programs."""
    servers = [server for server in configuration.servers if server.enabled and not server.invalid]
    facts = []
    if programs:
        found = ", ".join(f"{name} ({count})" for name, count in programs)
        facts.append(("/import", f"servers of {found}"))
    if not servers:
        tries = [
            ("/mcp add NAME -- CMD", "add a server: a program, or --url URL"),
            ("jackfield demo", "in a shell: look around on the built-in server"),
            ("/help", "all commands and keys"),
        ]
        return Introduction(tuple(tries), tuple(facts))
    tries = [("/tools", "what the servers offer"), *_call(servers[0].name, catalogs), _model(configuration)]
    return Introduction((*tries, ("/help", "all commands and keys")), tuple(facts))


def importable() -> list[tuple[str, int]]:
    """The other programs whose files have servers that are not configured here, and how many; reads files."""
    from services.config.import_plan import CALLED, found_files, steps
    from services.config.source import home_source
    from services.errors import JackfieldError

    try:
        taken = dict(home_source().tables())
    except JackfieldError:
        taken = {}
    counts: dict[str, int] = {}
    for file in found_files(None, []):
        adding = sum(step.deed == "add" for step in steps(file, taken))
        if adding:
            counts[CALLED[file.program]] = counts.get(CALLED[file.program], 0) + adding
    return list(counts.items())


def _call(first: str, catalogs: Sequence[tuple[str, Catalog]]) -> list[tuple[str, str]]:
    server, tool = next(
        ((name, known.tools[0].name) for name, known in catalogs if known.tools), (first, "TOOL")
    )
    about = "call a tool; a form asks for its arguments"
    return [(f"/call {quote(one_line(server, 30))} {quote(one_line(tool, 40))}", about)]


def _model(configuration: Configuration) -> tuple[str, str]:
    if not configuration.models:
        return "/model", "how to let a model use the tools"
    return "any other text", f"goes to the model {one_line(configuration.models[0].name, 60)}"

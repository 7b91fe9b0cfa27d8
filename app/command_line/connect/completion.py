"""Completion of what a server offers: tools, URIs, prompts and their arguments, skills and their files.

The server is asked for it, so Tab starts it: that takes what it takes, at most five seconds.
Whatever goes wrong, there are no completions rather than an error.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from app.command_line.shell_completion import complete_servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import click
    from click.shell_completion import CompletionItem

    from services.catalog.entries import Catalog
    from services.settings import Configuration, ServerSettings

__all__ = ("complete_words",)

SECONDS: Final = 5.0


def complete_words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """SERVER first, then what the command takes of it, then `KEY=`."""
    from click.shell_completion import CompletionItem

    words: tuple[str, ...] = context.params.get(parameter.name or "") or ()
    if not words:
        return complete_servers(context, parameter, incomplete)
    found = _offered(context, words)
    return [
        CompletionItem(name, help=help or None)
        for name, help in found
        if name.startswith(incomplete) and name.isprintable() and " " not in name
    ]


def _offered(context: click.Context, words: Sequence[str]) -> Sequence[tuple[str, str]]:
    import asyncio

    from app.command_line.configured import load_configuration
    from services.errors import JackfieldError

    try:
        configuration = load_configuration(context)
        settings = next(
            (server for server in configuration.servers if server.name == words[0] and server.enabled), None
        )
        if settings is None or settings.invalid:
            return ()
        catalog = asyncio.run(_catalog(settings, configuration))
        return tuple(_names(context.info_name or "", catalog, words[1:]))
    except (JackfieldError, OSError):
        return ()


async def _catalog(settings: ServerSettings, configuration: Configuration) -> Catalog:
    import logging
    from dataclasses import replace

    from app.login_words import logins_for
    from services.connection_manager import ConnectionManager

    logging.getLogger().addHandler(logging.NullHandler())
    hurried = replace(settings, startup_timeout_sec=min(settings.startup_timeout_sec, SECONDS))
    async with ConnectionManager((hurried,), logins=logins_for(configuration)) as manager:
        await manager.settled()
        return manager.catalog(settings.name)


def _names(command: str, catalog: Catalog, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names with a word about each: of what the server offers, or of the arguments of what was chosen."""
    from services.arguments.uri_template import is_template, read_template
    from services.errors import NotOffered
    from services.schemas import properties as schemas
    from services.skills.naming import labels, named, size_text
    from services.text import one_line

    given = {word.partition("=")[0].removesuffix(":") for word in words[1:]}
    match command, bool(words):
        case "call", False:
            yield from ((tool.name, one_line(tool.description, 80)) for tool in catalog.tools)
        case "read", False:
            yield from ((resource.uri, resource.title or resource.name) for resource in catalog.resources)
            yield from ((one.uri_template, one.title or one.name) for one in catalog.templates)
        case "prompt", False:
            yield from ((prompt.name, one_line(prompt.description, 80)) for prompt in catalog.prompts)
        case "skills", False:
            known = zip(labels(catalog.skills), catalog.skills, strict=True)
            yield from ((label, one_line(skill.description, 80)) for label, skill in known)
        case "skills", True if len(words) == 1:
            with suppress(NotOffered):
                skill = named(catalog.skills, words[0], "")
                yield from ((file.path, size_text(file)) for file in skill.files)
        case "call", True:
            if (tool := catalog.tool(words[0])) is not None:
                properties = schemas.properties(tool.input_schema)
                yield from ((f"{one_line(name)}=", "") for name in properties if name not in given)
        case "read", True:
            if is_template(words[0]):
                yield from ((f"{one.name}=", "") for one in read_template(words[0]).variables)
        case "prompt", True:
            if (prompt := catalog.prompt(words[0])) is not None:
                yield from ((f"{one.name}=", "") for one in prompt.arguments if one.name not in given)
        case _:
            pass

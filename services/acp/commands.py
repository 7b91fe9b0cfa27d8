"""Slash commands of an editor: prompts of servers, and logging in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from acp import schema

from services.arguments.call import prompt_arguments
from services.arguments.words import read_word, words
from services.errors import InvalidArguments, LoginFailed
from services.events import ServerState
from services.model.attaching import prompt_content
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.acp.surroundings import Surroundings
    from services.acp.updates import Teller
    from services.catalog.entries import Prompt
    from services.connection_manager import ConnectionManager
    from services.model.answers import Image
    from services.model.place import Place

__all__ = ("Commands", "Typed", "typed")

LOGIN: Final = "login"
_SECONDS: Final = 300.0
"""For a person to log in."""
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as it was typed."""

    name: str
    rest: str


def typed(text: str) -> Typed | None:
    """The command that a text begins with; None for any other text."""
    if not text.startswith("/"):
        return None
    name = text[1:].split(maxsplit=1)
    return Typed(name[0], name[1].strip() if len(name) > 1 else "") if name else None


class Commands:
    """The commands of one session, as its servers have them now."""

    def __init__(self, manager: ConnectionManager, teller: Teller, surroundings: Surroundings) -> None:
        self._manager = manager
        self._teller = teller
        self._surroundings = surroundings
        self._told: list[schema.AvailableCommand] | None = None

    def tell(self) -> None:
        """Tell the editor which there are, where they are others than before."""
        there = [
            _command(name, prompt.title or prompt.description, _usage(prompt))
            for name, prompt in self._prompts().items()
        ]
        if self._without_login():
            there.append(_command(LOGIN, "Log in to a server: the page to open is shown.", "SERVER"))
        if there == self._told or (self._told is None and not there):
            return
        self._told = there
        told = schema.AvailableCommandsUpdate(
            session_update="available_commands_update", available_commands=there
        )
        self._teller.update(told)

    def prompt(self, command: Typed) -> Prompt | None:
        """The prompt that a command stands for."""
        return self._prompts().get(command.name)

    async def content(self, prompt: Prompt, command: Typed, place: Place) -> tuple[str | Image, ...]:
        """What a prompt says. Raises JackfieldError."""
        return await prompt_content(place, prompt.server, prompt.raw_name, _arguments(prompt, command))

    def is_login(self, command: Typed) -> bool:
        """Whether it is the one that logs in."""
        return command.name == LOGIN and bool(self._without_login())

    async def log_in(self, command: Typed) -> None:
        """Log in to a server; the page is told as text. Raises JackfieldError."""
        server = read_word(command.rest, 0).text if command.rest else ""
        waiting = self._without_login()
        if not server and len(waiting) == 1:
            server = waiting[0]
        if not server:
            raise InvalidArguments("which server?", hint=f"One of: {', '.join(waiting)}")
        if (trouble := self._surroundings.no_login(self._manager.settings(server))) is not None:
            raise trouble
        shown = one_line(server, 80)

        def show(url: str) -> None:
            self._surroundings.check_page(url)
            self._teller.say(f"Open this page to log in to {shown}:\n\n{url}")

        try:
            async with asyncio.timeout(_SECONDS):
                await self._manager.login(server, show=show, open_browser=False)
        except TimeoutError as error:
            message = f"nobody logged in to {shown} within {_SECONDS:g} s"
            raise LoginFailed(message, reason="timeout") from error
        self._teller.say(f"Logged in to {shown}.")

    def _without_login(self) -> list[str]:
        return [one.server for one in self._manager.statuses if one.state is ServerState.LOGIN_NEEDED]

    def _prompts(self) -> Mapping[str, Prompt]:
        """The prompts by the names of their commands: one word each."""
        found: dict[str, Prompt] = {}
        for server in self._manager.servers:
            for prompt in self._manager.catalog(server).prompts:
                name = "_".join(f"{server}:{prompt.name}".split())
                number, free = 1, name
                while free in found or free == LOGIN:
                    number += 1
                    free = f"{name}-{number}"
                found[free] = prompt
        return found


def _command(name: str, description: str, usage: str) -> schema.AvailableCommand:
    wanted = schema.AvailableCommandInput(schema.UnstructuredCommandInput(hint=usage)) if usage else None
    return schema.AvailableCommand(
        name=name, description=one_line(description, _LONGEST) or name, input=wanted
    )


def _usage(prompt: Prompt) -> str:
    parts = (f"{one.name}=TEXT" if one.required else f"[{one.name}=TEXT]" for one in prompt.arguments)
    return one_line(" ".join(parts), _LONGEST)


def _arguments(prompt: Prompt, command: Typed) -> dict[str, str]:
    """The arguments that were typed; of a prompt with one of them the text may be its value as it is."""
    first = prompt.arguments[0].name if len(prompt.arguments) == 1 else ""
    if first and command.rest and not command.rest.startswith(f"{first}="):
        return {first: command.rest}
    given = [word.text for word in words(command.rest)]
    return prompt_arguments(prompt, given, prompt.name, f"/{command.name}")

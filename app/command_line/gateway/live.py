"""A configuration that is edited while `jackfield serve` runs, and what is said of it on standard error."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from services.error_translation import translating
from services.errors import ConfigurationError, JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.command_line.gateway.plan import Plan
    from services.config.looking import Watched
    from services.connection_manager import Applied
    from services.gateway.door import Door
    from services.settings import Configuration, GatewaySettings, Problem, ServerSettings

    Say = Callable[[str], None]

__all__ = ("Live",)

_AT_START: Final = ("state",)
"""Keys of `[gateway]` that are read when the gateway begins."""
_TOLD_AT_START: Final = "of [gateway]: servers of 2025-11-25 and before hear of it when they start again"
_LONGEST: Final = 1_000


class Live:
    """Has a gateway live by its configuration as it is edited; what is broken changes nothing that runs."""

    def __init__(self, watched: Watched, plan: Plan) -> None:
        """`watched` was marked before the configuration was read that the gateway starts with."""
        self._watched = watched
        self._plan = plan
        self._told: frozenset[Problem] = frozenset()
        self._broken = ""

    def begin(self, configuration: Configuration) -> None:
        """What the gateway starts with, and what a person was told of."""
        self._told = _kinds(configuration.problems)

    async def follow(self, door: Door, say: Say, warn: Say, nobody: str = "") -> None:
        """Never returns; `nobody`: why nobody can be asked at this terminal."""
        while True:
            await self._watched.changed()
            try:
                with translating():
                    configuration = (await asyncio.to_thread(self._watched.loaded)).configuration
                settings = self._plan.settings(configuration)
                servers = self._plan.servers(configuration)
                if nobody and settings.questions == "here" != door.settings.questions:
                    raise ConfigurationError(f'questions = "here" cannot be: {nobody}')
                await self._take(door, configuration, servers, settings, say, warn)
            except JackfieldError as error:
                self._tell_broken(error, warn)

    async def _take(
        self,
        door: Door,
        configuration: Configuration,
        servers: tuple[ServerSettings, ...],
        settings: GatewaySettings,
        say: Say,
        warn: Say,
    ) -> None:
        for problem in configuration.problems:
            if replace(problem, line=None) not in self._told:
                where = f"{self._name}, line {problem.line}" if problem.line else self._name
                warn(one_line(f"{where}: {problem.message}", _LONGEST))
        self._told = _kinds(configuration.problems)
        later = [key for key in _AT_START if getattr(settings, key) != getattr(door.settings, key)]
        as_begun: dict[str, Any] = {key: getattr(door.settings, key) for key in _AT_START}
        before, settings = door.settings, replace(settings, **as_begun)
        applied = await door.live_by(_usable(servers, door), settings)
        mended, self._broken = bool(self._broken), ""
        if told := _words(applied, before, settings):
            say(f"{self._name} changed: {told}")
        elif mended:
            say(f"{self._name} is valid again")
        if (before.questions == "decline") is not (settings.questions == "decline"):
            say(f"{self._name}: questions {_TOLD_AT_START}")
        if later:
            say(f"{self._name}: {', '.join(later)} of [gateway]: counts from the next start on")

    def _tell_broken(self, error: JackfieldError, warn: Say) -> None:
        if self._broken != str(error):
            self._broken = str(error)
            warn(one_line(f"{self._name} has an error; what runs is kept: {error.message}", _LONGEST))

    @property
    def _name(self) -> str:
        return one_line(self._watched.source.path.name, 100)


def _kinds(problems: Iterable[Problem]) -> frozenset[Problem]:
    return frozenset(replace(problem, line=None) for problem in problems)


def _usable(servers: Iterable[ServerSettings], door: Door) -> list[ServerSettings]:
    """The servers; one whose table became wrong stays as it was."""
    there = {name: door.manager.settings(name) for name in door.manager.servers}
    return [there[server.name] if server.invalid and server.name in there else server for server in servers]


def _words(applied: Applied, before: GatewaySettings, settings: GatewaySettings) -> str:
    keys = [key.name for key in fields(settings) if getattr(before, key.name) != getattr(settings, key.name)]
    kinds = (("added", applied.added), ("removed", applied.removed), ("changed", applied.changed))
    said = [f"{word} {', '.join(one_line(name, 80) for name in names)}" for word, names in kinds if names]
    said += [f"[gateway] {', '.join(keys)}"] if keys else []
    return one_line("; ".join(said), _LONGEST)

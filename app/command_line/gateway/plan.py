"""What `jackfield serve` makes of a configuration: which servers it offers, and how."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.command_line.connect.targets import with_times
from services.errors import ConfigurationError, InvalidArguments
from services.settings import GatewaySettings
from services.text import one_line

if TYPE_CHECKING:
    from services.settings import Configuration, GatewayQuestions, ServerSettings

__all__ = ("Plan",)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the options of the command say; it holds for each version of the configuration."""

    server: str | None = None
    """The one server that is offered alone."""
    only: tuple[str, ...] = ()
    group: str | None = None
    search: bool = False
    pinned: tuple[str, ...] = ()
    questions: GatewayQuestions | None = None
    state: str | None = None
    startup_timeout: float | None = None

    def settings(self, configuration: Configuration | None) -> GatewaySettings:
        """`[gateway]`, and what the command says otherwise. Raises ConfigurationError for a wrong table."""
        for problem in configuration.problems if configuration is not None else ():
            if problem.severity == "error" and problem.table.partition(".")[0] == "gateway":
                raise ConfigurationError(problem.message, hint=problem.hint)
        settings = configuration.gateway if configuration is not None else GatewaySettings()
        return replace(
            settings,
            search=self.search or settings.search,
            pinned=(*settings.pinned, *self.pinned),
            questions=self.questions or settings.questions,
            state=self.state or settings.state,
            groups=settings.groups if configuration is not None and self.server is None else {},
        )

    def names(self, settings: GatewaySettings) -> tuple[str, ...] | None:
        """The servers that are offered, by name; None for all. Raises InvalidArguments."""
        if self.server is not None:
            return (self.server,)
        names = self.only
        if self.group is not None:
            names = (*names, *_members(settings, self.group))
        return names or None

    def servers(self, configuration: Configuration) -> tuple[ServerSettings, ...]:
        """The servers of a configuration that are offered. Raises ConfigurationError, InvalidArguments."""
        names = self.names(self.settings(configuration))
        return tuple(
            with_times(server, self.startup_timeout)
            for server in configuration.servers
            if server.enabled and (names is None or server.name in names)
        )


def _members(settings: GatewaySettings, group: str) -> tuple[str, ...]:
    if group not in settings.groups:
        from services.ranking import did_you_mean

        known = list(settings.groups)
        hint = did_you_mean(group, known) or "[gateway.groups.NAME] makes one."
        raise InvalidArguments(f"there is no group {one_line(group, 80)}", hint=hint)
    return settings.groups[group]

"""What the connections of one manager have in common."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.clock import CLOCK, Clock
from services.connections.eras import Eras
from services.connections.offers import Offers
from services.connections.skill_files import SkillFiles
from services.connections.task_book import TaskBook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.connections.reconnection import Retry
    from services.connections.relay import Relay
    from services.events import Event
    from services.inbox.inbox import Inbox
    from services.logs.files import LogFiles
    from services.oauth.logins import Logins

__all__ = ("Shared",)


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """Where connections report to, whom they ask, what they know from earlier runs, and what they may do."""

    report: Callable[[Event], None]
    inbox: Inbox
    retry: Retry | None = None
    """How lost servers are brought back; None leaves them."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    umask: int = -1
    """The file mask of programs; -1 is our own."""
    version: str = ""
    logs: LogFiles | None = None
    logins: Logins | None = None
    probes_logins: bool = False
    """Whether servers that work without a login are asked whether they offer one."""
    samples: bool = False
    """Whether somebody answers in a model's place, or lets one answer."""
    asks_roots: bool = False
    """Whether somebody may allow a server the working directory."""
    eras: Eras = field(default_factory=Eras)
    offers: Offers = field(default_factory=Offers)
    tasks: TaskBook = field(default_factory=TaskBook)
    skill_files: SkillFiles = field(default_factory=SkillFiles)
    relay: Relay | None = None
    """Stands between the servers and other clients."""
    clock: Clock = CLOCK

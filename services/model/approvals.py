"""Everything that a model may do without a question, to be shown and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from services.config.edit import set_value

if TYPE_CHECKING:
    from services.approval import Lasting
    from services.model.place import Place

__all__ = ("Approval", "approvals", "take_back")


@dataclass(frozen=True, slots=True)
class Approval:
    """One tool that is called without a question because the person said so."""

    server: str
    tool: str
    """As on the wire."""
    lasting: Lasting


def approvals(place: Place) -> tuple[Approval, ...]:
    """Those of the configuration, in its order, then those of the session that are no more than that."""
    manager = place.manager
    always = [
        Approval(server, tool, "always")
        for server in manager.servers
        for tool, mode in manager.settings(server).tools.items()
        if mode == "approve"
    ]
    known = {(each.server, each.tool) for each in always}
    session = [Approval(*pair, "session") for pair in place.allowances.session if pair not in known]
    return (*always, *session)


async def take_back(place: Place, approval: Approval) -> None:
    """Ask again from now on; what stands in the file is taken out of it. Raises ConfigurationError."""
    place.allowances.take_back(approval.server, approval.tool)
    if approval.lasting == "always" and place.config_file is not None:
        keys = ("tools", approval.tool, "approval_mode")
        change = partial(set_value, place.config_file, approval.server, keys, None)
        await place.edit(approval.server, change)

"""Skills of servers (SEP-2640) by URIs that name their servers; files stay byte for byte, so digests fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import mcp_types as types
from mcp.shared.exceptions import MCPError

from services.connections.session.caller import Caller
from services.gateway.downstream import Downstream
from services.gateway.results import page
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.gateway.gateway import Gateway
    from services.gateway.naming import Target
    from services.gateway.results import Context, Handle
    from services.gateway.views import View

__all__ = ("SkillRequests",)

SKILLS: Final = "io.modelcontextprotocol/skills"


class SkillRequests:
    """What clients of one view ask about skills."""

    def __init__(self, gateway: Gateway, view: View, first_lists: Callable[[], Awaitable[None]]) -> None:
        self._gateway = gateway
        self._view = view
        self._first_lists = first_lists

    @property
    def handlers(self) -> dict[str, Handle]:
        """The methods of the extension."""
        return {
            "skills/list": self._list,
            "skills/get": self._get,
            "resources/directory/read": self._directory,
        }

    @property
    def declared(self) -> dict[str, dict[str, Any]]:
        """The extension as it is declared: directories are read where a server behind does that now."""
        reads = self._gateway.manager.reads_directories
        return {SKILLS: {"directoryRead": True} if any(map(reads, self._view.behind())) else {}}

    async def _list(self, context: Context) -> dict[str, Any]:
        await self._first_lists()
        for server in self._view.behind():
            self._gateway.manager.freshen(server)
        return page(context, "skills", self._view.entries("skills"))

    async def _get(self, context: Context) -> dict[str, Any]:
        target, result = await self._pass_on(context, "Skill")
        entry = result.get("skill")
        return (
            {**result, "skill": self._view.skill(target.server, entry)} if isinstance(entry, dict) else result
        )

    async def _directory(self, context: Context) -> dict[str, Any]:
        target, result = await self._pass_on(context, "Directory")
        children = result.get("resources")
        if not isinstance(children, list):
            return result
        return {**result, "resources": [self._view.placed(target.server, child) for child in children]}

    async def _pass_on(self, context: Context, what: str) -> tuple[Target, dict[str, Any]]:
        down = Downstream(context, self._view)
        uri = str(down.params.get("uri"))
        target = self._view.target("skills", uri) or self._view.resource(uri)
        if target is None:
            raise MCPError(types.INVALID_PARAMS, f"{what} not found: {one_line(uri, 200)}", {"uri": uri})
        if not down.modern:
            down.caller = _declaring(down.caller)
        params: Mapping[str, Any] = {**down.params, "uri": target.name}
        return target, await self._gateway.pass_on(down, target.server, context.method, params)


def _declaring(caller: Caller) -> Caller:
    """A client of the handshake era that asks for skills knows them; on 2026-07-28 each request says so."""
    known = {**(caller.capabilities.get("extensions") or {}), SKILLS: {}}
    return Caller({**caller.capabilities, "extensions": known}, caller.info, caller.log_level)

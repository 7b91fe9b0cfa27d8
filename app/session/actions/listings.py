"""Lists in the history: servers, tools, resources and templates, prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import JackfieldError
from services.events import ServerState
from services.text import one_line
from widgets.servers.offer_text import offer_lines
from widgets.servers.status_text import status_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.session.actions.finding import Finding
    from app.session.context import SessionContext
    from services.events import ServerStatus

__all__ = ("Listings",)

_APP = "  [app]"
"""Behind a tool that has the page of an MCP App."""


class Listings:
    """What there is, as cells."""

    def __init__(self, context: SessionContext, finding: Finding) -> None:
        self._context = context
        self._finding = finding

    def mcp(self, given: Mapping[str, str]) -> None:
        """`/mcp [NAME]`: the state of the servers; one server in full."""
        server = given.get("server")
        if server is not None:
            self._statuses([self._manager_status(server)], verbose=True)
        else:
            self._statuses(self._all(), verbose=False)

    def mcp_verbose(self, _given: Mapping[str, str]) -> None:
        """`/mcp verbose`: every server in full."""
        self._statuses(self._all(), verbose=True)

    def tools(self, given: Mapping[str, str]) -> None:
        """`/tools [SERVER] [words]`: what the finder finds, best first."""
        self._context.run(self._tools(given.get("server"), given.get("filter", "")), "listings")

    async def _tools(self, server: str | None, words: str) -> None:
        among = self._servers(server)
        groups: dict[str, list[tuple[str, str]]] = {}
        for item in (await self._finding.find(words, ("tool",))).items:
            if item.server in among:
                app = _APP * ("app" in item.badges)
                row = (item.name, _first_line(item.title or item.description) + app)
                groups.setdefault(item.server, []).append(row)
        self._show("Tools", groups, f"no tool matches {one_line(words, 40)}" if words else "")

    def prompts(self, given: Mapping[str, str]) -> None:
        """`/prompts [SERVER]`."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for server in self._servers(given.get("server")):
            for prompt in self._context.catalog(server).prompts:
                arguments = " ".join(a.name if a.required else f"[{a.name}]" for a in prompt.arguments)
                name = f"{prompt.name} {arguments}".rstrip()
                groups.setdefault(server, []).append((name, _first_line(prompt.title or prompt.description)))
        self._show("Prompts", groups)

    def resources(self, given: Mapping[str, str]) -> None:
        """`/resources [SERVER]`: asked of the servers now, through the resource tools."""
        self._context.run(self._resources(given.get("server")), "listings")

    async def _resources(self, server: str | None) -> None:
        from services.resource_tools import ResourceTools

        transcript = self._context.transcript
        if self._context.manager is None:
            transcript.notice("Resources", "the configuration is still being read")
            return
        tools = ResourceTools(self._context.manager)
        groups: dict[str, list[tuple[str, str]]] = {}
        failures: dict[str, str] = {}
        try:
            for kind, key, uri in (
                ("resources", "resources", "uri"),
                ("templates", "resourceTemplates", "uriTemplate"),
            ):
                answer = await tools.listing(kind, server)  # type: ignore[arg-type]
                failures |= answer.get("failures", {})
                for item in answer[key]:
                    about = item.get("title") or item.get("description") or item.get("name") or ""
                    row = (one_line(str(item.get(uri, "")), 300), _first_line(str(about)))
                    groups.setdefault(item["server"], []).append(row)
                if answer.get("nextCursor"):
                    groups.setdefault(str(server), []).append(("…", "there is more: the first page is shown"))
        except JackfieldError as error:
            transcript.failure(error)
            return
        self._show("Resources", groups)
        for name, failure in failures.items():
            transcript.warning(f"{one_line(name, 80)}: {failure}")

    def _show(self, title: str, groups: Mapping[str, Iterable[tuple[str, str]]], empty: str = "") -> None:
        if groups:
            self._context.transcript.listing(title, groups)
            return
        waiting = [s.server for s in self._all() if s.state is ServerState.STARTING]
        why = (
            f"{', '.join(one_line(name, 40) for name in waiting)} still starting"
            if waiting
            else "none offered"
        )
        self._context.transcript.notice(title, empty or why)

    def _servers(self, server: str | None) -> tuple[str, ...]:
        if self._context.manager is not None:
            self._context.manager.freshen(server)
        return (server,) if server is not None else tuple(self._context.servers())

    def _all(self) -> list[ServerStatus]:
        return list(self._context.manager.statuses) if self._context.manager is not None else []

    def _manager_status(self, server: str) -> ServerStatus:
        return next(status for status in self._all() if status.server == server)

    def _statuses(self, statuses: Iterable[ServerStatus], *, verbose: bool) -> None:
        lines: list[str] = []
        for status in statuses:
            lines += status_lines(status, verbose=verbose)
            lines += offer_lines(self._context.catalog(status.server)) if verbose else []
        self._context.transcript.text("MCP servers", lines or ["none configured: jackfield demo shows one"])


def _first_line(text: str) -> str:
    return one_line(text.strip().partition("\n")[0], 200)

"""The directories that servers are told of: listed, and changed for the session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import InvalidArguments, JackfieldError
from services.roots import Root
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.context import SessionContext
    from services.connection_manager import ConnectionManager

__all__ = ("RootsActions",)

_ASKED: Final = 'none configured: roots = ["."] in its table; else you are asked for the working directory'
_NONE: Final = "none; it may not ask where roots = [] is in its table"


class RootsActions:
    """`/roots` and its sub-commands."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context

    def show(self, given: Mapping[str, str]) -> None:
        """`/roots [SERVER]`: the directories that servers are told of when they ask."""
        server, manager = given.get("server"), self._context.connected()
        names = (server,) if server is not None else manager.servers
        self._context.transcript.listing("Roots", {name: _rows(manager, name) for name in names})

    def add(self, given: Mapping[str, str]) -> None:
        """`/roots add SERVER DIRECTORY`: tell a server of one more, for this session."""
        root = _root(given["directory"])
        if not root.path.is_dir():
            raise InvalidArguments(f"{one_line(str(root.path), 300)} is no directory")
        known = self._known(given["server"])
        self._choose(given["server"], (*(one for one in known if one != root), root))

    def remove(self, given: Mapping[str, str]) -> None:
        """`/roots remove SERVER DIRECTORY`: tell a server no more of it, for this session."""
        root, known = _root(given["directory"]), self._known(given["server"])
        if root not in known:
            told = ", ".join(one_line(str(one.path), 200) for one in known) or "no directory"
            raise InvalidArguments(
                f"{one_line(given['server'], 80)} is not told of {one_line(str(root.path), 300)}",
                hint=f"it is told of {told}",
            )
        self._choose(given["server"], tuple(one for one in known if one != root))

    def _known(self, server: str) -> tuple[Root, ...]:
        return self._context.connected().roots(server) or ()

    def _choose(self, server: str, roots: tuple[Root, ...]) -> None:
        self._context.run(self._chosen(server, roots), "servers")

    async def _chosen(self, server: str, roots: tuple[Root, ...]) -> None:
        try:
            await self._context.connected().choose_roots(server, roots)
        except JackfieldError as error:
            self._context.transcript.failure(error)
            return
        told = ", ".join(one_line(str(root.path), 200) for root in roots) or "no directory"
        self._context.transcript.notice(f"{one_line(server, 80)} is told of {told} in this session.")


def _rows(manager: ConnectionManager, server: str) -> list[tuple[str, str]]:
    roots = manager.roots(server)
    if not roots:
        return [(_ASKED if roots is None else _NONE, "")]
    return [
        (one_line(str(root.path), 300), "" if root.path.is_dir() else "no such directory") for root in roots
    ]


def _root(directory: str) -> Root:
    return Root(Path(os.path.normpath(Path(directory).expanduser().absolute())))

"""What the person allowed beyond one call: for the session, or for good while the tool is what it was."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from services.approval import ToolChange
from services.files import locked, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from services.catalog.entries import Tool

__all__ = ("FILE_NAME", "Allowances", "fingerprint")

FILE_NAME: Final = "approvals.json"
_MOST_KEPT: Final = 2_000


def fingerprint(tool: Tool) -> str:
    """What a yes was said to: a tool's description, schema and hints."""
    hints = (tool.read_only, tool.destructive, tool.idempotent, tool.open_world)
    said = json.dumps([tool.title, tool.description, tool.input_schema, hints], sort_keys=True, default=str)
    return sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


class Allowances:
    """The yeses of one session, and the tools as they were when they were allowed for good.

    That they are allowed stands in config.toml (`tools.NAME.approval_mode = "approve"`); the file of the home
    directory holds what they were then. Blocking: in the session, use `change` and `remember` in a thread.
    """

    def __init__(self, home: Path | None = None) -> None:
        self._file = None if home is None else home / FILE_NAME
        self._session: dict[tuple[str, str], str] = {}

    @property
    def session(self) -> tuple[tuple[str, str], ...]:
        """Server and tool, as on the wire, of everything allowed for the session."""
        return tuple(self._session)

    def allow(self, tool: Tool) -> None:
        """Ask no more for this tool in this session, as long as it stays as it is."""
        self._session[tool.server, tool.raw_name] = fingerprint(tool)

    def take_back(self, server: str, raw_name: str) -> bool:
        """Ask again in this session; False when nothing was allowed."""
        return self._session.pop((server, raw_name), None) is not None

    def allows(self, tool: Tool) -> bool:
        """Whether it is allowed for the session and still what it was."""
        return self._session.get((tool.server, tool.raw_name)) == fingerprint(tool)

    def change(self, tool: Tool) -> ToolChange | None:
        """How a tool that is allowed for good differs from what it was then; None when it does not.

        One that was allowed by hand in the file counts from its first use on.
        """
        kept = self._read().get(tool.server, {}).get(tool.raw_name)
        if not isinstance(kept, dict) or "fingerprint" not in kept:
            self.remember(tool)
            return None
        if kept["fingerprint"] == fingerprint(tool):
            return None
        schema = kept.get("schema")
        return ToolChange(
            str(kept.get("description", "")),
            tool.description,
            schema if isinstance(schema, dict) else {},
            tool.input_schema,
        )

    def remember(self, tool: Tool) -> None:
        """Keep what a tool that is allowed for good is now. Raises ConfigurationError."""
        if self._file is None:
            return
        with locked(self._file):
            kept = self._read()
            of_server = kept.setdefault(tool.server, {})
            of_server.pop(tool.raw_name, None)
            while len(of_server) >= _MOST_KEPT:
                del of_server[next(iter(of_server))]
            of_server[tool.raw_name] = {
                "fingerprint": fingerprint(tool),
                "description": tool.description,
                "schema": tool.input_schema,
            }
            write_whole(self._file, json.dumps(kept, indent=1))

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8")) if self._file is not None else {}
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(kept, dict):
            return {}
        return {server: tools for server, tools in kept.items() if isinstance(tools, dict)}

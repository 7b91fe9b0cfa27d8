"""Whose configuration file it is: by its name and place, else by what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from services.config.imports.shapes import is_registry

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ("Program", "owner_by_content", "owner_by_place")

Program = Literal[
    "codex",
    "claude",
    "cursor",
    "vscode",
    "windsurf",
    "gemini",
    "opencode",
    "goose",
    "cline",
    "roo",
    "zed",
    "continue",
    "lmstudio",
    "amazonq",
    "kiro",
    "jetbrains",
    "registry",
    "other",
]
"""Whose file it is; `other` is any that has `mcpServers`."""


_LONGEST_SECONDS: Final = 3600
"""The longest timeout that Cline and Roo take, in seconds."""

_FOLDERS: dict[str, Program] = {
    ".codex": "codex",
    ".cursor": "cursor",
    ".vscode": "vscode",
    ".gemini": "gemini",
    ".roo": "roo",
    ".zed": "zed",
    "zed": "zed",
    ".continue": "continue",
    ".lmstudio": "lmstudio",
    ".amazonq": "amazonq",
    "amazonq": "amazonq",
    ".junie": "jetbrains",
}
_AROUND: dict[str, Program] = {".kiro": "kiro", ".junie": "jetbrains", ".continue": "continue"}
"""Folders around the folder of a file."""
_NAMES: dict[str, Program] = {
    ".claude.json": "claude",
    ".mcp.json": "claude",
    "claude_desktop_config.json": "claude",
    "mcp_config.json": "windsurf",
    "opencode.json": "opencode",
    "opencode.jsonc": "opencode",
    "cline_mcp_settings.json": "cline",
    "mcp_settings.json": "roo",
}


def owner_by_place(path: Path) -> Program | None:
    """The program that keeps a file of that name in that folder."""
    folder = path.absolute().parent
    return _NAMES.get(path.name) or _FOLDERS.get(folder.name) or _AROUND.get(folder.parent.name)


def owner_by_content(data: dict[str, Any], listed: Iterable[Any]) -> Program:
    """The program that writes files like this one, with these entries."""
    entries = [entry for entry in listed if isinstance(entry, dict)]
    keys = {key for entry in entries for key in entry}
    if isinstance(data.get("extensions"), dict):
        return "goose"
    if isinstance(data.get("context_servers"), dict):
        return "zed"
    if isinstance(data.get("mcpServers"), list):
        return "continue"
    if is_registry(data):
        return "registry"
    if keys & {"alwaysAllow", "autoApprove", "watchPaths"} and not any(map(_in_milliseconds, entries)):
        return "roo" if keys & {"alwaysAllow", "watchPaths"} else "cline"
    if keys & {"serverUrl"}:
        return "windsurf"
    if keys & {"httpUrl", "includeTools", "excludeTools"}:
        return "gemini"
    if any(entry.get("type") in ("local", "remote") for entry in entries):
        return "opencode"
    return "vscode" if "mcpServers" not in data else "claude" if "projects" in data else "other"


def _in_milliseconds(entry: dict[str, Any]) -> bool:
    """Whether its timeout is too long to be meant in seconds."""
    timeout = entry.get("timeout")
    return isinstance(timeout, int | float) and timeout > _LONGEST_SECONDS

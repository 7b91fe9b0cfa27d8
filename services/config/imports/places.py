"""Where other programs keep their configuration files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.config.imports.files import Program

__all__ = ("find",)


def find(
    environ: Mapping[str, str], platform: str, project: Path, program: Program | None = None
) -> list[tuple[Program, Path]]:
    """The files of `program`, or of all programs, that exist; a project's come before the user's."""
    # In the home directory itself the two are the same.
    places = dict.fromkeys(_places(environ, platform, project))
    return [(owner, path) for owner, path in places if program in (None, owner) and path.is_file()]


def _places(environ: Mapping[str, str], platform: str, project: Path) -> Iterator[tuple[Program, Path]]:
    home = Path(environ.get("USERPROFILE" if platform == "win32" else "HOME") or Path.home())
    xdg = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    applications = {
        "win32": Path(environ.get("APPDATA") or home / "AppData" / "Roaming"),
        "darwin": home / "Library" / "Application Support",
    }.get(platform, xdg)
    yield "codex", project / ".codex" / "config.toml"
    yield "codex", Path(environ.get("CODEX_HOME") or home / ".codex") / "config.toml"
    yield "claude", project / ".mcp.json"
    yield "claude", home / ".claude.json"
    yield "claude", applications / "Claude" / "claude_desktop_config.json"
    yield "cursor", project / ".cursor" / "mcp.json"
    yield "cursor", home / ".cursor" / "mcp.json"
    yield "vscode", project / ".vscode" / "mcp.json"
    yield "vscode", applications / "Code" / "User" / "mcp.json"
    yield "windsurf", home / ".codeium" / "windsurf" / "mcp_config.json"
    yield "gemini", project / ".gemini" / "settings.json"
    yield "gemini", home / ".gemini" / "settings.json"
    for folder in (project, xdg / "opencode"):
        for name in ("opencode.json", "opencode.jsonc"):
            yield "opencode", folder / name
    storage = applications / "Code" / "User" / "globalStorage"
    yield "cline", storage / "saoudrizwan.claude-dev" / "settings" / "cline_mcp_settings.json"
    yield "roo", project / ".roo" / "mcp.json"
    yield "roo", storage / "rooveterinaryinc.roo-cline" / "settings" / "mcp_settings.json"
    yield "zed", project / ".zed" / "settings.json"
    yield "zed", (applications / "Zed" if platform == "win32" else xdg / "zed") / "settings.json"
    yield "continue", home / ".continue" / "config.yaml"
    yield "lmstudio", home / ".lmstudio" / "mcp.json"
    yield "amazonq", project / ".amazonq" / "mcp.json"
    yield "amazonq", home / ".aws" / "amazonq" / "mcp.json"
    for folder in (project, home):
        yield "kiro", folder / ".kiro" / "settings" / "mcp.json"
        yield "jetbrains", folder / ".junie" / "mcp" / "mcp.json"
    yield "registry", project / "server.json"
    goose = applications / "Block" / "goose" / "config" if platform == "win32" else xdg / "goose"
    yield "goose", goose / "config.yaml"

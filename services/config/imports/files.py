"""The configuration files of other programs: telling which it is, and reading the servers in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from services.config.file import from_tables, read_text, read_toml
from services.config.imports import codex
from services.config.imports.entries import Dialect, Draft, Skipped, draft, unique_name
from services.config.imports.owners import Program, owner_by_content, owner_by_place
from services.config.imports.shapes import shaped
from services.errors import ConfigurationError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from services.config.tables import Inputs
    from services.settings import Configuration

__all__ = (
    "Draft",
    "ForeignFile",
    "Input",
    "Program",
    "Skipped",
    "configuration",
    "detect",
    "read",
    "renamed",
)


class Input(NamedTuple):
    """A value that VS Code would ask for (`${input:ID}`)."""

    identifier: str
    description: str = ""
    secret: bool = True
    """Whether it is not to be seen while it is typed."""
    default: str = ""
    options: tuple[str, ...] = ()
    """What there is to choose from; empty where anything may be typed."""


class ForeignFile(NamedTuple):
    """What another program's file holds."""

    program: Program
    path: Path
    servers: tuple[Draft, ...]
    skipped: tuple[Skipped, ...] = ()
    inputs: tuple[Input, ...] = ()
    """The inputs that the servers refer to."""
    remarks: tuple[str, ...] = ()
    """What there is to say about the rest of the file."""


_DIALECTS: dict[Program, Dialect] = {
    "codex": Dialect("literal"),
    "gemini": Dialect("dollar", bare_url="sse"),
    "opencode": Dialect("braced", timeout_key="startup_timeout_sec"),
    "goose": Dialect("literal", "dollar", timeout_unit=1),
    "cline": Dialect(timeout_unit=1, bare_url="sse"),
    "roo": Dialect(timeout_unit=1),
    "zed": Dialect("literal"),
}
_EDITOR = Dialect()


def detect(path: Path) -> Program | None:
    """Whose configuration file `path` is, by its name and place, else by what is in it.

    None for a file of ours, and for one that is not understood.
    """
    if path.suffix == ".toml":
        return "codex" if path.parent.name == ".codex" else None
    data = _data(path)
    if not isinstance(data, dict):
        return None
    entries = [entry for _, entry, _ in _entries(data, None)]
    return owner_by_place(path) or (owner_by_content(data, entries) if entries else None)


def read(
    path: Path, *, program: Program | None = None, project: Path | None = None, text: str | None = None
) -> ForeignFile:
    """Read another program's file. `project` is the folder whose local servers count (Claude Code),
    and the one that `${workspaceFolder}` means. `text` is what is in the file, if it was read already.

    Raises ConfigurationError for a file that cannot be read or holds no servers of a known shape.
    """
    program = program or detect(path)
    data = _data(path, text)
    if program is None or not isinstance(data, dict):
        raise ConfigurationError(
            f"{one_line(str(path))} is not a configuration file of a program known here",
            hint="Known are Codex, Claude, Cursor, VS Code, Windsurf, Gemini CLI, opencode, goose, Cline, "
            "Roo, Zed, Continue, LM Studio, Amazon Q, Kiro, JetBrains Junie and the registry (server.json).",
        )
    if program == "codex":
        found: list[Draft | Skipped] = list(codex.servers(data))
    else:
        dialect = _DIALECTS.get(program, _EDITOR)
        folder = _project_folder(path) or project
        entries = _entries(data, project or _project_folder(path))
        found = [draft(name, entry, dialect, scope=scope, project=folder) for name, entry, scope in entries]
    servers = _distinct(one for one in found if isinstance(one, Draft))
    skipped = tuple(one for one in found if isinstance(one, Skipped))
    remarks = codex.remarks(data) if program == "codex" else ()
    return ForeignFile(program, path, servers, skipped, _inputs(data, servers), remarks)


def renamed(servers: Iterable[Draft], taken: Iterable[str]) -> tuple[Draft, ...]:
    """The servers under names that are not `taken`: `name-2` and so on, with a note that says so."""
    used, free = set(taken), []
    for server in servers:
        name = unique_name(server.name, used)
        if name != server.name:
            note = f"renamed: there is a server '{server.name}' already"
            server = server._replace(name=name, notes=(*server.notes, note))
        used.add(name)
        free.append(server)
    return tuple(free)


def configuration(
    foreign: ForeignFile,
    *,
    environ: Mapping[str, str] | None,
    strict: bool = False,
    inputs: Inputs | None = None,
) -> Configuration:
    """The file as a configuration to run with, as `--config FILE` does, without importing it."""
    tables = {server.name: server.table for server in foreign.servers}
    return from_tables(tables, environ=environ, strict=strict, source=str(foreign.path), inputs=inputs)


def _data(path: Path, text: str | None = None) -> Any:
    text = read_text(path) if text is None else text
    if text is None:
        raise ConfigurationError(f"there is no file {one_line(str(path))}")
    if path.suffix == ".toml":
        return read_toml(text, str(path))
    if path.suffix in (".yaml", ".yml"):
        from services import yaml_text

        try:
            return yaml_text.parse(text)
        except yaml_text.YamlError as error:
            raise ConfigurationError(
                f"{one_line(str(path))} cannot be read: {one_line(str(error))}"
            ) from None
    from services.config.imports import json_text

    return json_text.parse(text, str(path))


def _project_folder(path: Path) -> Path | None:
    """The project that a file within it belongs to; None for a file of the user's."""
    folder = path.absolute().parent
    if folder.parent.name in (".kiro", ".junie"):
        folder = folder.parent.parent
    elif folder.name in (".vscode", ".cursor", ".gemini", ".roo", ".zed", ".amazonq", ".continue"):
        folder = folder.parent
    elif path.name not in (".mcp.json", "opencode.json", "opencode.jsonc"):
        return None
    return None if folder == type(path).home() else folder


def _entries(data: dict[str, Any], project: Path | None) -> Iterator[tuple[str, Any, str]]:
    """Name, entry and scope of each server, whatever the shape of the file."""
    if isinstance(data.get("extensions"), dict):
        yield from _named(data["extensions"], "user")
        return
    if (found := shaped(data)) is not None:
        yield from ((name, entry, "user") for name, entry in found)
        return
    local = _local(data, project)
    own = dict(_named_table(local.get("mcpServers")))
    for name, entry in own.items():
        yield name, _switched(name, entry, local), "local"
    mcp = _named_table(data.get("mcp"))
    nested = _named_table(mcp.get("servers"))
    shared = _named_table(data.get("mcpServers")) or _named_table(data.get("servers")) or nested
    if not shared and mcp:
        shared = {name: entry for name, entry in mcp.items() if isinstance(entry, dict)}
    for name, entry in shared.items():
        if name not in own:
            yield name, _switched(name, _allowed(name, entry, mcp), local), "user"


def _named_table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _named(table: dict[str, Any], scope: str) -> Iterator[tuple[str, Any, str]]:
    for name, entry in table.items():
        yield str(name), entry, scope


def _local(data: dict[str, Any], project: Path | None) -> dict[str, Any]:
    """What Claude Code keeps for a project: that of the folder itself, else of the nearest around it."""
    projects = _named_table(data.get("projects"))
    folders = [project, *project.parents] if project else []
    return next((found for folder in folders if (found := _named_table(projects.get(str(folder))))), {})


def _switched(name: str, entry: Any, local: dict[str, Any]) -> Any:
    """A server that Claude Code has switched off for the project is disabled."""
    off = _list(local.get("disabledMcpServers")) + _list(local.get("disabledMcpjsonServers"))
    return entry | {"disabled": True} if isinstance(entry, dict) and name in off else entry


def _allowed(name: str, entry: Any, mcp: dict[str, Any]) -> Any:
    """Gemini CLI's `mcp.allowed` and `mcp.excluded`."""
    allowed, excluded = mcp.get("allowed"), mcp.get("excluded")
    off = (isinstance(allowed, list) and name not in allowed) or (
        isinstance(excluded, list) and name in excluded
    )
    return entry | {"disabled": True} if off and isinstance(entry, dict) else entry


def _distinct(servers: Iterable[Draft]) -> tuple[Draft, ...]:
    return renamed(servers, ())


def _inputs(data: dict[str, Any], servers: Iterable[Draft]) -> tuple[Input, ...]:
    wanted = {identifier for server in servers for identifier in server.inputs}
    listed = _list(data.get("inputs")) + _list(_named_table(data.get("mcp")).get("inputs"))
    known = {str(entry.get("id")): entry for entry in listed if isinstance(entry, dict)}
    return tuple(_input(identifier, known.get(identifier, {})) for identifier in sorted(wanted))


def _input(identifier: str, entry: dict[str, Any]) -> Input:
    options = tuple(
        str(option.get("value") if isinstance(option, dict) else option)
        for option in _list(entry.get("options"))
    )
    return Input(
        identifier,
        one_line(str(entry.get("description") or "")),
        # One that the file does not declare may be anything.
        not entry or entry.get("password") is True,
        str(entry.get("default") or ""),
        options if entry.get("type") == "pickString" else (),
    )

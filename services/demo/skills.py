"""The skills of the demo server (SEP-2640): the folders of `assets/demo/skills`, file by file a resource."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from services.yaml_text import parse

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext

    Context = ServerRequestContext[Any, Any]

__all__ = ("EXTENSIONS", "SkillParams", "get_skill", "list_skills", "read_directory", "read_skill_file")

EXTENSIONS: dict[str, dict[str, Any]] = {"io.modelcontextprotocol/skills": {"directoryRead": True}}
"""What the server declares."""

_MANIFEST = "SKILL.md"
_KINDS = {".md": "text/markdown", ".txt": "text/plain"}
_DIRECTORY = "inode/directory"
_TTL = 300_000
"""Milliseconds that a list may be used again."""


class SkillParams(types.RequestParams):
    """What `skills/get` and `resources/directory/read` are about."""

    uri: str


@cache
def _files() -> dict[str, str]:
    """The text of every file, by its URI."""
    with as_file(files("assets") / "demo" / "skills") as root:
        found = sorted(path for path in root.rglob("*") if path.is_file())
        return {
            f"skill://{path.relative_to(root).as_posix()}": path.read_text(encoding="utf-8") for path in found
        }


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    """What is listed of each skill."""
    return tuple(_entry(uri) for uri in _files() if uri.endswith(f"/{_MANIFEST}"))


def _entry(uri: str) -> dict[str, Any]:
    root = uri.removesuffix(_MANIFEST)
    resources = [
        {"uri": one, "digest": f"sha256:{sha256(text.encode()).hexdigest()}", "size": len(text.encode())}
        for one, text in _files().items()
        if one.startswith(root)
    ]
    return {"uri": uri, "frontmatter": parse(_files()[uri].split("---\n")[1]), "resources": resources}


async def list_skills(context: Context, params: types.PaginatedRequestParams) -> dict[str, Any]:
    """`skills/list`."""
    return _result(context, skills=list(_entries()))


async def get_skill(context: Context, params: SkillParams) -> dict[str, Any]:
    """`skills/get`."""
    found = next((entry for entry in _entries() if entry["uri"] == params.uri), None)
    if found is None:
        raise MCPError(types.INVALID_PARAMS, f"No skill is served at {params.uri}")
    return _result(context, skill=found)


async def read_directory(context: Context, params: SkillParams) -> dict[str, Any]:
    """`resources/directory/read`: what is in a directory of a skill, and no deeper."""
    below = [uri.removeprefix(f"{params.uri}/") for uri in _files() if uri.startswith(f"{params.uri}/")]
    if not below:
        raise MCPError(types.INVALID_PARAMS, f"{params.uri} is not a directory")
    children = dict.fromkeys(path.partition("/")[0] for path in below)
    listed = [
        {
            "uri": f"{params.uri}/{name}",
            "name": name,
            "mimeType": _kind(name) if name in below else _DIRECTORY,
        }
        for name in children
    ]
    return _result(context, resources=listed)


def read_skill_file(uri: str) -> types.TextResourceContents | None:
    """A file of a skill; None where there is no such file."""
    text = _files().get(uri)
    return types.TextResourceContents(uri=uri, mime_type=_kind(uri), text=text) if text is not None else None


def _kind(name: str) -> str:
    return _KINDS.get(PurePosixPath(name).suffix, "text/plain")


def _result(context: Context, **members: Any) -> dict[str, Any]:
    """A result of the revision that the client speaks."""
    if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        return members
    return {"resultType": "complete", "ttlMs": _TTL, "cacheScope": "public"} | members

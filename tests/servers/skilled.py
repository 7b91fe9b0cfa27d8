"""Skills for the small server over HTTP: `Web(before=Skilled(...))`; every answer can be made another.

It is strict, unless told otherwise: a client that does not declare the extension is refused.
"""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tests.servers.web_wire import Reply, error, result

if TYPE_CHECKING:
    from tests.servers.web_wire import Request

__all__ = ("EXTENSION", "Skilled", "entry", "manifest")

EXTENSION = "io.modelcontextprotocol/skills"
MODERN = "2026-07-28"


def manifest(
    name: str, description: str = "What it is for.", body: str = "Do it.\n", more: str = ""
) -> bytes:
    """A SKILL.md."""
    return f"---\nname: {name}\ndescription: {description}\n{more}---\n\n{body}".encode()


def entry(root: str, files: dict[str, bytes], **frontmatter: Any) -> dict[str, Any]:
    """What `skills/list` says of a skill."""
    name = root.rpartition("/")[2]
    resources = [
        {"uri": f"{root}/{path}", "digest": f"sha256:{sha256(data).hexdigest()}", "size": len(data)}
        for path, data in files.items()
    ]
    said = {"name": name, "description": "What it is for."} | frontmatter
    return {"uri": f"{root}/SKILL.md", "frontmatter": said, "resources": resources}


class Skilled:
    """Serves the skills of `listed`, two a page, and the bytes of `files` by URI."""

    def __init__(self, *listed: dict[str, Any], files: dict[str, bytes] | None = None) -> None:
        self.listed = list(listed)
        self.unlisted: list[dict[str, Any]] = []
        self.files = files or {}
        self.directories: dict[str, list[dict[str, Any]]] | None = None
        self.strict = True
        self.resources: list[dict[str, Any]] = []
        """What `resources/list` says."""
        self.ttl = 0
        self.reads: list[str] = []

    def __call__(self, request: Request) -> Reply | None:
        if request.method != "POST":
            return None
        message = request.message
        number, method, params = message.get("id"), message.get("method"), message.get("params") or {}
        modern = request.header("mcp-protocol-version") == MODERN
        reply = self.answer(method, params)
        if isinstance(reply, tuple):
            return error(number, *reply)
        if reply is None:
            return None
        client = (params.get("_meta") or {}).get("io.modelcontextprotocol/clientCapabilities") or {}
        declared = client.get("extensions") or {}
        if self.strict and str(method).startswith("skills/") and modern and EXTENSION not in declared:
            return error(number, -32021, "Missing required client capability", 400)
        if modern:
            reply = {"resultType": "complete", "ttlMs": self.ttl, "cacheScope": "private"} | reply
        return result(number, reply)

    def answer(self, method: str | None, params: dict[str, Any]) -> Any:
        """The result of a request, a code and words for an error, None where the server itself knows."""
        extensions = {EXTENSION: {"directoryRead": True} if self.directories is not None else {}}
        capabilities = {"resources": {}, "extensions": extensions}
        match method:
            case "server/discover":
                who = {"serverInfo": {"name": "skilled", "version": "1"}, "supportedVersions": [MODERN]}
                return who | {"capabilities": capabilities}
            case "initialize":
                version = params["protocolVersion"]
                who = {"serverInfo": {"name": "skilled", "version": "1"}, "protocolVersion": version}
                return who | {"capabilities": capabilities}
            case "skills/list":
                at = int(params.get("cursor") or 0)
                more = {"nextCursor": str(at + 2)} if len(self.listed) > at + 2 else {}
                return {"skills": self.listed[at : at + 2], **more}
            case "skills/get":
                found = [one for one in (*self.listed, *self.unlisted) if one["uri"] == params["uri"]]
                return {"skill": found[0]} if found else (-32602, "no such skill")
            case "resources/list":
                return {"resources": self.resources}
            case "resources/read":
                return self._read(params["uri"])
            case "resources/directory/read" if self.directories is not None:
                children = self.directories.get(params["uri"])
                return {"resources": children} if children is not None else (-32602, "no such directory")
        return None

    def _read(self, uri: str) -> Any:
        self.reads.append(uri)
        if uri not in self.files:
            return (-32602, "no such resource")
        data = self.files[uri]
        try:
            content: dict[str, str] = {"text": data.decode()}
        except UnicodeDecodeError:
            content = {"blob": base64.b64encode(data).decode()}
        known = next((one for one in self.resources if one["uri"] == uri), {})
        kind = {"mimeType": known["mimeType"]} if "mimeType" in known else {}
        return {"contents": [{"uri": uri, **kind, **json.loads(json.dumps(content))}]}

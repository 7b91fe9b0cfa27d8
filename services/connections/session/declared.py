"""What a server declared of itself: its name, its instructions, its capabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.connections.session.pages import SKILLS
from services.icons import icons_of
from services.text import one_line, printable

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

    from services.events import CatalogKind
    from services.icons import Icon

__all__ = ("Declared",)


class Declared:
    """The answer to `initialize`, or to `server/discover`, as far as anybody here asks for it."""

    def __init__(self, sdk: ClientSession) -> None:
        self._sdk = sdk

    @property
    def identity(self) -> str:
        info = self._sdk.server_info
        return one_line(f"{info.title or info.name} {info.version}", 100) if info else ""

    @property
    def icons(self) -> tuple[Icon, ...]:
        info = self._sdk.server_info
        named = [
            {"src": each.src, "mimeType": each.mime_type} for each in (info.icons if info else None) or ()
        ]
        return icons_of({"icons": named})

    @property
    def instructions(self) -> str:
        return printable(self._sdk.instructions or "")

    def offers(self, kind: CatalogKind) -> bool:
        """Whether the server declared the capability behind a list."""
        return self.of_list(kind) is not None

    def of_list(self, kind: CatalogKind) -> Any:
        """What the server declared of a list; None where it did not."""
        offered = self._sdk.server_capabilities
        if offered is None:
            return None
        if kind == "skills":
            return (offered.extensions or {}).get(SKILLS)
        return {"tools": offered.tools, "prompts": offered.prompts}.get(kind, offered.resources)

    @property
    def completes(self) -> bool:
        offered = self._sdk.server_capabilities
        return offered is not None and offered.completions is not None

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What the server declared, printable: `tools.listChanged`, `experimental.x`."""
        if (offered := self._sdk.server_capabilities) is None:
            return ()
        told = offered.model_dump(by_alias=True, exclude_none=True, mode="json")
        named: list[str] = []
        for name, value in told.items():
            parts = [part for part, on in value.items() if on is not False] if isinstance(value, dict) else []
            named += [f"{name}.{part}" for part in parts] or [name]
        return tuple(one_line(one, 100) for one in named)

    @property
    def experimental(self) -> frozenset[str]:
        """The names of the experimental capabilities that the server declared."""
        offered = self._sdk.server_capabilities
        return frozenset((offered.experimental if offered is not None else None) or ())

    @property
    def tells_of_resources(self) -> bool:
        """Whether the server tells of changes of single resources."""
        offered = self._sdk.server_capabilities
        return bool(offered and offered.resources and offered.resources.subscribe)

    @property
    def reads_directories(self) -> bool:
        """Whether the server has `resources/directory/read`."""
        declared = self.of_list("skills")
        return isinstance(declared, dict) and declared.get("directoryRead") is True

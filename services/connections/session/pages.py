"""Pages of a server's lists, as they stand on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import mcp_types as types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.events import CatalogKind

__all__ = ("LISTS", "SKILLS", "Page", "page_of")

SKILLS: Final = "io.modelcontextprotocol/skills"
"""The extension of SEP-2640; servers may refuse its methods to who does not declare it."""


class _ListSkills(types.Request[types.PaginatedRequestParams | None, Literal["skills/list"]]):
    """`skills/list` (SEP-2640), which the SDK has no type for."""

    method: Literal["skills/list"] = "skills/list"
    params: types.PaginatedRequestParams | None = None


LISTS: Final[dict[CatalogKind, tuple[type[Any], str]]] = {
    "tools": (types.ListToolsRequest, "tools"),
    "resources": (types.ListResourcesRequest, "resources"),
    "templates": (types.ListResourceTemplatesRequest, "resourceTemplates"),
    "prompts": (types.ListPromptsRequest, "prompts"),
    "skills": (_ListSkills, "skills"),
}
"""For each kind the request, and the key of its result."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list as it stood on the wire, and the cursor of the next."""

    items: tuple[Any, ...]
    cursor: str | None
    fault: str = ""


def page_of(raw: Mapping[str, Any], key: str, fault: str) -> Page:
    """The page of a result, with what is wrong with it."""
    items, following = raw.get(key), raw.get("nextCursor")
    return Page(
        tuple(items) if isinstance(items, list) else (),
        following if isinstance(following, str) else None,
        fault,
    )

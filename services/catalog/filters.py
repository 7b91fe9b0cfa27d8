"""Which tools of a server are offered: the allow list first, then the deny list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.catalog.entries import Tool
    from services.settings import ServerSettings

__all__ = ("offered",)


def offered(settings: ServerSettings, tools: Iterable[Tool]) -> tuple[Tool, ...]:
    """The tools that `enabled_tools` and `disabled_tools` leave; unknown names in them mean nothing."""
    allowed = settings.enabled_tools
    return tuple(
        tool
        for tool in tools
        if (allowed is None or tool.raw_name in allowed) and tool.raw_name not in settings.disabled_tools
    )

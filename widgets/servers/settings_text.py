"""The settings of a server and what it declares, as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.views.line import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ("settings_lines",)

_SOURCE = "$text-disabled"


def settings_lines(settings: Iterable[tuple[str, str, str]], capabilities: Sequence[str]) -> tuple[Line, ...]:
    """Key, value and source of each setting (no source: the default), then the server's capabilities."""
    rows = tuple(settings)
    width = max((len(key) for key, _, _ in rows), default=0)
    lines = [Line.of(("Settings", "bold"))]
    for key, value, source in rows:
        parts = ((f"  {key:<{width}}  ", "$text-muted"), (value, ""), (f"  {source or 'default'}", _SOURCE))
        lines.append(Line.of(*parts, indent=width + 4))
    lines += [Line.of(("", "")), Line.of(("Capabilities", "bold"))]
    declared = [Line.of((f"  {name}", "")) for name in capabilities]
    return (*lines, *(declared or [Line.of(("  none are known: it is not connected", "$text-muted"))]))

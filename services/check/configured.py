"""What of a server's table points nowhere: variables that are not set, filters that match nothing."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from services.check.findings import Finding, warning
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from services.settings import ServerSettings

__all__ = ("about_filters", "about_variables")


def about_variables(settings: ServerSettings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that are to be passed on, but are not there; the connection is tried without them."""
    if settings.invalid:
        return
    for name in settings.env_vars:
        if name not in environ:
            yield warning(
                "missing-variable",
                f"env_vars names {one_line(name, 100)}, which is not set",
                "The server starts without it.",
            )
    for header, name in settings.env_http_headers.items():
        if not environ.get(name, "").strip():
            yield warning(
                "missing-variable",
                f"env_http_headers takes {one_line(header, 80)} from {one_line(name, 80)}, which is not set",
                "The header is not sent.",
            )


def about_filters(settings: ServerSettings, tools: Sequence[str]) -> Iterator[Finding]:
    """Names in the server's table that are no tool of it."""
    listed = (
        ("enabled_tools", settings.enabled_tools or ()),
        ("disabled_tools", settings.disabled_tools),
        ("tools", tuple(settings.tools)),
    )
    for key, names in listed:
        for name in names:
            if name not in tools:
                near = difflib.get_close_matches(name, tools, 1)
                hint = f"Did you mean {one_line(near[0], 100)}?" if near else "It has no effect."
                yield warning(
                    "unknown-tool", f"{key} names {one_line(name, 100)}, which is not one of its tools", hint
                )

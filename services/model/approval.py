"""Who decides whether a model's call is made: a matrix of pure functions.

The question and the decisions are values of `services.approval`.

|mode|read-only|destructive: false, open world: false|nothing declared|destructive|
|---|---|---|---|---|
|auto|run|run|ask|ask|
|writes|run|ask|ask|ask|
|prompt|ask|ask|ask|ask|
|approve|run|run|run|run|

What a tool declares about itself is a hint of an untrusted server: who does not trust it sets `prompt`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.approval import (
    Lasting,
)

if TYPE_CHECKING:
    from services.approval import Lasting
    from services.catalog.entries import Tool
    from services.settings import ApprovalMode, ServerSettings

__all__ = (
    "approves_reads",
    "declared",
    "lastings",
    "mode_of",
    "must_ask",
)


def mode_of(settings: ServerSettings, raw_name: str) -> ApprovalMode:
    """The approval mode of a tool: its own, else that of its server."""
    return settings.tools.get(raw_name, settings.default_tools_approval_mode)


def must_ask(mode: ApprovalMode, tool: Tool) -> bool:
    """Whether a person must be asked before a model calls the tool."""
    if mode in ("prompt", "approve"):
        return mode == "prompt"
    reads = approves_reads(tool)
    harmless = tool.destructive is False and tool.open_world is False
    return not (reads or (mode == "auto" and harmless))


def approves_reads(tool: Tool) -> bool:
    """Whether the tool says that it only reads; one that also says it destroys does not count."""
    return tool.read_only is True and tool.destructive is not True


def lastings(mode: ApprovalMode, *, writable: bool) -> tuple[Lasting, ...]:
    """How long a yes may count: where the configuration wants a question each time, once."""
    if mode != "auto":
        return ("once",)
    return ("once", "session", "always") if writable else ("once", "session")


def declared(tool: Tool) -> tuple[str, ...]:
    """What a tool declares about itself, in words."""
    hints = (
        (tool.read_only, "only reads", "may change things"),
        (tool.destructive, "may destroy", "destroys nothing"),
        (tool.idempotent, "twice is as once", "each call counts"),
        (tool.open_world, "reaches the outside world", "stays within its own"),
    )
    return tuple(yes if value else no for value, yes, no in hints if value is not None) or (
        "declares nothing",
    )

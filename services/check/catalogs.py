"""Everything a server lists, read whole and looked at entry by entry, as it stood on the wire."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from services.arguments.uri_template import read_template
from services.catalog.listing import Reading
from services.check.findings import Finding, error, warning
from services.errors import InvalidArguments, JackfieldError
from services.events import ServerState
from services.schemas.lint import schema_faults
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from services.catalog.listing import ListFault
    from services.connection_manager import ConnectionManager
    from services.events import CatalogKind

__all__ = ("Lists", "check_lists", "findings_of")

KINDS: Final[tuple[CatalogKind, ...]] = ("tools", "resources", "templates", "prompts", "skills")

_NAMED_BY: Final[dict[CatalogKind, str]] = {
    "tools": "name",
    "resources": "uri",
    "templates": "uriTemplate",
    "prompts": "name",
    "skills": "uri",
}
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

_OPEN_OUTPUT: Final = "2026-07-28"
"""The first revision in which an output schema may be of any type."""

_ABOUT_SCHEMA: Final = "The tool's author must fix it."


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a server, and what is wrong with them."""

    items: Mapping[CatalogKind, Sequence[Any]]
    findings: tuple[Finding, ...]


async def check_lists(manager: ConnectionManager, server: str, seconds: float) -> Lists:
    """Read every list of a ready server, each for so long, and check every entry.

    Raises JackfieldError when the server is gone.
    """
    items: dict[CatalogKind, Sequence[Any]] = {}
    faults: dict[CatalogKind, Sequence[ListFault]] = {}
    failed: list[Finding] = []
    for kind in KINDS:
        reading = Reading(partial(manager.page, server, kind))
        try:
            async with asyncio.timeout(seconds):
                await reading.run()
        except TimeoutError:
            said = "has no end" if reading.items else "is not answered"
            text = f"{kind}: the list {said} within {seconds:g} s; the server works without it"
            failed.append(error("failed-list", text, "Is it busy, or does its nextCursor never end?"))
        except JackfieldError as failure:
            if manager.status(server).state is not ServerState.READY:
                raise
            text = f"{kind}: the list fails: {failure.message}; the server works without it"
            failed.append(error("failed-list", text, failure.hint))
        items[kind], faults[kind] = reading.items, reading.faults
    protocol = manager.status(server).protocol
    found = await asyncio.to_thread(findings_of, items, faults, protocol)
    if failed:
        found = tuple(finding for finding in found if finding.code != "nothing-offered")
    return Lists(items, (*failed, *found))


def findings_of(
    items: Mapping[CatalogKind, Sequence[Any]],
    faults: Mapping[CatalogKind, Sequence[ListFault]],
    protocol: str,
) -> tuple[Finding, ...]:
    """What is wrong with the lists; `faults` is what was seen while reading them."""
    found: list[Finding] = []
    for kind in items:
        own = [*_names(kind, items[kind]), *_entries(kind, items[kind], protocol)]
        # The SDK's complaint about a list says the same as ours about its entries, in other words.
        known = any(finding.severity == "error" for finding in own)
        found += [fault for seen in faults[kind] if (fault := _fault(kind, seen, known)) is not None]
        found += own
    if not any(items.values()):
        found.append(warning("nothing-offered", "offers no tools, resources, prompts or skills"))
    return tuple(found)


def _fault(kind: CatalogKind, seen: ListFault, known: bool) -> Finding | None:
    text = seen.text
    if seen.kind == "repeated":
        hint = "Its nextCursor must differ from page to page and be absent on the last."
        return error("repeated-cursor", f"{kind}: {text}", hint)
    if seen.kind == "endless":
        return error("endless-list", f"{kind}: {text}", "Does its nextCursor ever end?")
    return None if known else error("invalid-list", f"{kind}: {text}")


def _names(kind: CatalogKind, items: Sequence[Any]) -> Iterator[Finding]:
    key = _NAMED_BY[kind]
    names = [item.get(key) if isinstance(item, dict) else None for item in items]
    for index, name in enumerate(names):
        if not isinstance(name, str) or not name:
            text = f"{kind}: entry {index + 1} has no {key} and was left out"
            yield error("invalid-entry", text, detail=(one_line(repr(items[index]), 200),))
    for name, count in Counter(name for name in names if isinstance(name, str) and name).items():
        if count > 1:
            hint = f"Only the first counts: each {key} must be there once."
            yield error(
                "duplicate-name",
                f"is listed {count} times among the {kind}",
                hint,
                subject=one_line(name, 120),
            )


def _entries(kind: CatalogKind, items: Sequence[Any], protocol: str) -> Iterator[Finding]:
    for item in items:
        name = item.get(_NAMED_BY[kind]) if isinstance(item, dict) else None
        if not isinstance(name, str) or not name:
            continue
        if kind == "tools":
            yield from _tool(name, item, protocol)
        elif kind == "resources" and not _SCHEME.match(name):
            yield warning("resource-uri", "is not a URI: it has no scheme", subject=one_line(name, 120))
        elif kind == "templates":
            yield from _template(name)


def _template(text: str) -> Iterator[Finding]:
    subject = one_line(text, 120)
    if text.count("{") != text.count("}"):
        yield warning("uri-template", "has braces that do not match", subject=subject)
        return
    try:
        read_template(text)
    except InvalidArguments:
        yield warning(
            "uri-template", "is not a URI template (RFC 6570): nobody can fill it in", subject=subject
        )


def _tool(name: str, item: Mapping[str, Any], protocol: str) -> Iterator[Finding]:
    from mcp.shared.tool_name_validation import validate_tool_name  # late: the SDK is heavy

    subject = one_line(name, 120)
    if not validate_tool_name(name).is_valid:
        long = f"is {len(name)} characters long; " if len(name) > 128 else ""
        hint = "Use 1 to 128 letters, digits, '_', '-' and '.': some clients and models take no others."
        yield warning("tool-name", f"{long}is not a name that every client takes", hint, subject=subject)
    if "inputSchema" not in item:
        yield error("invalid-schema", "has no inputSchema", _ABOUT_SCHEMA, subject=subject)
    else:
        yield from _schema("inputSchema", item["inputSchema"], subject, object_root=True)
    if item.get("outputSchema") is not None:
        closed = protocol < _OPEN_OUTPUT
        yield from _schema("outputSchema", item["outputSchema"], subject, object_root=closed)


def _schema(key: str, schema: object, subject: str, *, object_root: bool) -> Iterator[Finding]:
    for code, text in schema_faults(schema, object_root=object_root):
        serious = code in ("invalid-schema", "schema-type")
        say = error if serious else warning
        yield say(code, f"its {key} {text}", _ABOUT_SCHEMA if serious else "", subject=subject)

"""From list entries as they stood on the wire to catalog values; malformed ones are left out by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.catalog.entries import Prompt, PromptArgument, Resource, ResourceTemplate, Tool
from services.icons import icons_of
from services.skills.entries import Skill
from services.skills.reading import read_skill
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from services.events import CatalogKind

__all__ = ("Entry", "read_entries", "wire_name")

Entry = Tool | Resource | ResourceTemplate | Prompt | Skill


def read_entries(
    server: str, kind: CatalogKind, items: Iterable[Any]
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The entries that can be used, and one line about each that cannot."""
    read = _READERS[kind]
    entries: list[Entry] = []
    faults = _Faults()
    seen: set[str] = set()
    for item in items:
        entry = read(server, item) if isinstance(item, dict) else None
        if entry is None:
            faults.add(f"{kind}: an entry without a usable name was left out: {item!r}")
        elif (name := wire_name(entry)) in seen:
            faults.add(f"{kind}: {one_line(name, 120)} is listed twice")
        else:
            seen.add(name)
            entries.append(entry)
    return tuple(entries), faults.lines(kind)


class _Faults:
    """The first lines, and how many there were more."""

    BOUND: Final = 20

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: str) -> None:
        if len(self._lines) < self.BOUND:
            self._lines.append(one_line(line, 200))
        else:
            self._more += 1

    def lines(self, kind: CatalogKind) -> tuple[str, ...]:
        more = (f"{kind}: {self._more:,} more entries left out",) if self._more else ()
        return (*self._lines, *more)


def wire_name(entry: Entry) -> str:
    """What the entry is called on the wire: its name, URI or URI template."""
    if isinstance(entry, Resource | Skill):
        return entry.raw_uri
    if isinstance(entry, ResourceTemplate):
        return entry.raw_uri_template
    return entry.raw_name


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return printable(value) if isinstance(value, str) else ""


def _line(item: dict[str, Any], key: str) -> str:
    value = item.get(key)
    return one_line(value, 300) if isinstance(value, str) else ""


def _size(item: dict[str, Any]) -> int | None:
    size = item.get("size")
    return size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None


def _tool(server: str, item: dict[str, Any]) -> Tool | None:
    name = item.get("name")
    if not isinstance(name, str) or not name:
        return None
    schema, output = item.get("inputSchema"), item.get("outputSchema")
    hints = item.get("annotations")
    hints = hints if isinstance(hints, dict) else {}

    def hint(key: str) -> bool | None:
        value = hints.get(key)
        return value if isinstance(value, bool) else None

    return Tool(
        server,
        one_line(name, 300),
        name,
        title=_line(item, "title") or _line(hints, "title"),
        description=_text(item, "description"),
        input_schema=schema if isinstance(schema, dict) else {},
        output_schema=output if isinstance(output, dict) else None,
        read_only=hint("readOnlyHint"),
        destructive=hint("destructiveHint"),
        idempotent=hint("idempotentHint"),
        open_world=hint("openWorldHint"),
        for_app_only=_is_for_app_only(item.get("_meta")),
        task_support=_task_support(item.get("execution")),
        app_uri=_app_uri(item.get("_meta")),
        icons=icons_of(item),
    )


def _task_support(execution: object) -> str:
    support = execution.get("taskSupport") if isinstance(execution, dict) else None
    return support if support in ("optional", "required") else ""


def _is_for_app_only(meta: object) -> bool:
    """What the extension `io.modelcontextprotocol/ui` says of who sees a tool."""
    ui = meta.get("ui") if isinstance(meta, dict) else None
    visibility = ui.get("visibility") if isinstance(ui, dict) else None
    return isinstance(visibility, list) and "model" not in visibility


def _app_uri(meta: object) -> str:
    """The page of a tool's MCP App, by the key of `io.modelcontextprotocol/ui` or the older flat one."""
    if not isinstance(meta, dict):
        return ""
    ui = meta.get("ui")
    uri = ui.get("resourceUri") if isinstance(ui, dict) else None
    uri = uri if isinstance(uri, str) else meta.get("ui/resourceUri")
    return one_line(uri, 1_000) if isinstance(uri, str) and uri.startswith("ui://") else ""


def _resource(server: str, item: dict[str, Any]) -> Resource | None:
    uri = item.get("uri")
    if not isinstance(uri, str) or not uri:
        return None
    return Resource(
        server,
        one_line(uri, 1_000),
        uri,
        name=_line(item, "name"),
        title=_line(item, "title"),
        description=_text(item, "description"),
        mime_type=_line(item, "mimeType"),
        icons=icons_of(item),
        size=_size(item),
    )


def _template(server: str, item: dict[str, Any]) -> ResourceTemplate | None:
    uri = item.get("uriTemplate")
    if not isinstance(uri, str) or not uri:
        return None
    return ResourceTemplate(
        server,
        one_line(uri, 1_000),
        uri,
        name=_line(item, "name"),
        title=_line(item, "title"),
        description=_text(item, "description"),
        mime_type=_line(item, "mimeType"),
        icons=icons_of(item),
    )


def _prompt(server: str, item: dict[str, Any]) -> Prompt | None:
    name = item.get("name")
    if not isinstance(name, str) or not name:
        return None
    arguments = item.get("arguments")
    return Prompt(
        server,
        one_line(name, 300),
        name,
        title=_line(item, "title"),
        description=_text(item, "description"),
        arguments=tuple(
            _argument(argument, argument["name"])
            for argument in (arguments if isinstance(arguments, list) else ())
            if isinstance(argument, dict) and isinstance(argument.get("name"), str)
        ),
        icons=icons_of(item),
    )


def _argument(item: dict[str, Any], name: str) -> PromptArgument:
    shown = one_line(name, 100)
    raw = "" if shown == name else name
    return PromptArgument(shown, _text(item, "description"), item.get("required") is True, raw)


_READERS: dict[CatalogKind, Callable[[str, dict[str, Any]], Entry | None]] = {
    "tools": _tool,
    "resources": _resource,
    "templates": _template,
    "prompts": _prompt,
    "skills": read_skill,
}

"""What a server says about one tool, resource, template, prompt or skill, as lines to read."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from services.amounts import byte_size
from services.catalog.entries import Prompt, Resource, ResourceTemplate, Tool
from services.skills.entries import Skill
from services.skills.naming import files_text, size_text
from services.text import one_line, printable
from widgets.servers.schema_text import argument_lines, json_lines
from widgets.views.line import Line, plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = (
    "Entry",
    "badge",
    "entry_json",
    "entry_key",
    "entry_lines",
    "entry_name",
    "entry_words",
)

Entry = Tool | Resource | ResourceTemplate | Prompt | Skill

_HINTS = (
    ("read_only", "read only", "writes"),
    ("destructive", "destructive", "not destructive"),
    ("idempotent", "idempotent", "not idempotent"),
    ("open_world", "open world", "closed world"),
)
_HINT_NAMES = (
    ("read_only", "readOnly"),
    ("destructive", "destructive"),
    ("idempotent", "idempotent"),
    ("open_world", "openWorld"),
)
_SAID = frozenset({"name", "description"})
"""What of a skill's frontmatter stands above it."""


def entry_key(entry: Entry) -> str:
    """What goes on the wire, and so tells entries of one kind apart."""
    match entry:
        case Resource() | Skill():
            return entry.raw_uri
        case ResourceTemplate():
            return entry.raw_uri_template
        case _:
            return entry.raw_name


def entry_name(entry: Entry) -> str:
    """The name an entry goes by in a list."""
    match entry:
        case Resource():
            return entry.title or entry.name or entry.uri
        case ResourceTemplate():
            return entry.title or entry.name or entry.uri_template
        case _:
            return entry.name


def entry_words(entry: Entry) -> str:
    """Everything the filter looks at, case folded."""
    where = getattr(entry, "uri", "") or getattr(entry, "uri_template", "")
    return "\n".join((entry.name, _title(entry), where, entry.description)).casefold()


def _title(entry: Entry) -> str:
    """What people may call it; a skill has its name alone."""
    return "" if isinstance(entry, Skill) else entry.title


def badge(entry: Entry) -> tuple[str, str]:
    """A word and its style for the right edge of the list: the one thing to know before opening."""
    match entry:
        case Tool(read_only=True, app_uri=page):
            return "app · read only" if page else "read only", "$text-muted"
        case Tool(destructive=True, app_uri=page):
            return "app · destructive" if page else "destructive", "$text-warning"
        case Tool(app_uri=page) if page:
            return "app", "$text-muted"
        case Skill(problem=problem) if problem:
            return "not loaded", "$text-warning"
        case Skill():
            return files_text(entry), "$text-muted"
        case Resource() | ResourceTemplate():
            return one_line(entry.mime_type, 24), "$text-muted"
        case Prompt(arguments=arguments) if arguments:
            return "(" + ", ".join(one_line(each.name, 24) for each in arguments) + ")", "$text-muted"
        case _:
            return "", ""


def entry_lines(entry: Entry, note: str = "") -> list[Line]:
    """All that is known about one entry; a note of ours stands below what it says of itself."""
    noted = [Line.of((note, "$text-muted"))] if note else []
    return [*_heading(entry), *noted, *_description(entry), *_body(entry)]


def entry_json(entry: Entry) -> str:
    """The entry as JSON, with the field names of the protocol, schemas as they came."""
    fields: dict[str, Any] = {"name": entry.name, "title": _title(entry), "description": entry.description}

    match entry:
        case Tool():
            hints = {word + "Hint": getattr(entry, field) for field, word in _HINT_NAMES}
            fields["annotations"] = {word: hint for word, hint in hints.items() if hint is not None}
            fields |= {"inputSchema": entry.input_schema, "outputSchema": entry.output_schema}
        case Resource():
            fields |= {"uri": entry.uri, "mimeType": entry.mime_type, "size": entry.size}
        case ResourceTemplate():
            fields |= {"uriTemplate": entry.uri_template, "mimeType": entry.mime_type}
        case Prompt():
            fields["arguments"] = [asdict(argument) for argument in entry.arguments]
        case Skill():
            files = [{"uri": file.raw_uri, "digest": file.digest, "size": file.size} for file in entry.files]
            fields = {"uri": entry.raw_uri, "frontmatter": entry.frontmatter}
            fields["resources"] = "dynamic" if entry.dynamic else files

    said = {key: value for key, value in fields.items() if value not in (None, "", {}, [])}

    try:
        return printable(json.dumps(said, indent=2, ensure_ascii=False))
    except (TypeError, ValueError, RecursionError):
        return "nested too deeply to show"


def _heading(entry: Entry) -> Iterator[Line]:
    name = entry.name or entry_name(entry)
    title = _title(entry)
    yield Line.of((one_line(title or name), "bold $text-accent"))

    if title and name and title != name:
        yield Line.of((one_line(name), "$text-muted"))

    match entry:
        case Tool():
            yield from _hints(entry)

            if entry.app_uri:
                said = ("has a page of its own, which is not shown: ", "$text-muted")
                yield Line.of(said, one_line(entry.app_uri, 300))
        case Skill():
            yield Line.of(entry.uri)
            yield Line.of((files_text(entry), "$text-muted"))

            if entry.problem:
                yield Line.of((f"not loaded: {entry.problem}", "$text-warning"))
        case Resource():
            yield Line.of(entry.uri)
            known = (entry.mime_type, byte_size(entry.size) if entry.size is not None else "")

            if any(known):
                yield Line.of((" · ".join(one_line(text) for text in known if text), "$text-muted"))
        case ResourceTemplate():
            yield Line.of(entry.uri_template)

            if entry.mime_type:
                yield Line.of((one_line(entry.mime_type), "$text-muted"))
        case _:
            pass


def _hints(tool: Tool) -> Iterator[Line]:
    """The annotations, marked as the server's own word: nobody has checked them."""
    said: list[tuple[str, str]] = []

    for field, yes, no in _HINTS:
        if (value := getattr(tool, field)) is not None:
            loud = field == "destructive" and value
            said.append((yes if value else no, "$text-warning" if loud else "$text-muted"))

    if said:
        between = [part for word in said for part in ((" · ", "$text-disabled"), word)][1:]
        yield Line.of(("declares: ", "$text-disabled"), *between)


def _description(entry: Entry) -> Iterator[Line]:
    if entry.description.strip():
        yield Line()
        yield from plain_lines(entry.description.strip("\n"))


def _body(entry: Entry) -> Iterator[Line]:
    match entry:
        case Tool():
            yield from _section("Arguments", argument_lines(entry.input_schema) or [_quiet("none")])

            if entry.output_schema is not None:
                yield from _section(
                    "Result", argument_lines(entry.output_schema) or [_quiet("see the schema")]
                )

            yield from _section("Input schema", json_lines(entry.input_schema))

            if entry.output_schema is not None:
                yield from _section("Output schema", json_lines(entry.output_schema))
        case Skill():
            more = {key: value for key, value in entry.frontmatter.items() if key not in _SAID}

            if more:
                yield from _section("Frontmatter", json_lines(more))

            yield from _section("Files", list(_files(entry)))
        case Prompt():
            yield from _section("Arguments", list(_prompt_arguments(entry)) or [_quiet("none")])
        case _:
            pass


def _files(skill: Skill) -> Iterator[Line]:
    for file in skill.files:
        yield Line.of("  ", file.path, (f"  {size_text(file)}", "$text-muted"), indent=4)


def _prompt_arguments(prompt: Prompt) -> Iterator[Line]:
    for argument in prompt.arguments:
        star = ("*", "$text-accent") if argument.required else " "
        word = ("required", "$text-muted") if argument.required else ""
        yield Line.of("  ", (one_line(argument.name, 80), "bold"), star, " ", word, indent=4)

        if argument.description.strip():
            yield Line.of("    ", one_line(argument.description, 1_000), indent=4)


def _section(title: str, lines: list[Line]) -> Iterator[Line]:
    yield Line()
    yield Line.of((title, "bold $text-muted"))
    yield from lines


def _quiet(text: str) -> Line:
    return Line.of((f"  {text}", "$text-muted"))

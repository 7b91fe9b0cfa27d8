"""What `calls.toml` may hold: its tables and keys, with what each means."""

from __future__ import annotations

import datetime
import json
import math
from typing import TYPE_CHECKING, Any, Final

from services.config.kinds import Flag, Key, Kind, Listing, Named, OneOf, Seconds, Table, Text, Whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.config.complaints import Complaint, Place

__all__ = ("CALL", "CALLS", "CHECK", "NAME", "VARIABLE")

CALLS: Final = "calls"
"""The table of the file that holds all calls."""

NAME: Final = r"^\S(?:[^\x00-\x1f\x7f]*\S)?$"
VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"


class Value(Kind):
    """Any value that JSON knows too."""

    what, hint = "a value that JSON has", "Write dates and times in quotes."

    def accepts(self, value: Any) -> bool:
        return not isinstance(value, datetime.date | datetime.time)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        if isinstance(value, float) and not math.isfinite(value):
            yield place.complaint(f"{place.key} must be a finite number")
        elif isinstance(value, dict):
            for name, entry in value.items():
                yield from self.check(entry, place.within(name))
        elif isinstance(value, list):
            for at, entry in enumerate(value):
                yield from self.check(entry, place.within(at))


class JsonText(Text):
    """JSON as a string: for null, which TOML lacks."""

    def __init__(self, *, of_object: bool = False) -> None:
        super().__init__()
        self._of_object = of_object

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        try:
            read = json.loads(value)
        except (ValueError, RecursionError) as error:
            yield place.complaint(f"{place.key} is not JSON: {error}")
            return
        if self._of_object and not isinstance(read, dict):
            yield place.complaint(f"{place.key} must be a JSON object")


class Expression(Text):
    """A regular expression that is searched for in linear time."""

    what = "a regular expression"

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        from services.schemas.patterns import compile_pattern

        # One with a variable in it is read when the variable is known.
        if "${" not in value and compile_pattern(value) is None:
            hint = "Look-around and back references are not known."
            yield place.complaint(f"{place.key} is no regular expression that can be searched for", hint)


class ByPath(Named):
    """A table whose keys are paths into a result."""

    what, hint = "a table of paths", 'Write { "/path" = value }, or { "$.path" = value }.'

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        from services.saved_calls.json_path import trouble

        for path in value:
            if wrong := trouble(path):
                yield place.within(path).complaint(f"{place.within(path).key}: {wrong}")
        yield from super().look_into(value, place)


class PathText(Text):
    """A path into a result."""

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        from services.saved_calls.json_path import trouble

        if wrong := trouble(value):
            yield place.complaint(f"{place.key}: {wrong}")


def _some(kind: Kind, what: str) -> Kind:
    return OneOf(f"{what}, or a list of them", kind, Listing(kind))


_TEXT = Text()
_NAME = Text(r"\S", "a name")
_POSITIVE = Whole(1)

IMAGE = Table(
    "image = { … }",
    {
        "width": Key(_POSITIVE, "Pixels."),
        "height": Key(_POSITIVE, "Pixels."),
        "format": Key(Text(r"\S", "a format such as PNG"), "`PNG`, `JPEG` and so on."),
    },
)

CHECK = Table(
    "[calls.NAME.check]",
    {
        "is_error": Key(Flag(), "Whether the tool must report an error.", False),
        "text": Key(_TEXT, "The whole text of the result."),
        "text_contains": Key(_some(_TEXT, "a text"), "What the text must hold."),
        "text_matches": Key(_some(Expression(), "a pattern"), "Patterns that must be found in the text."),
        "equals": Key(ByPath(Value()), "By path, the value that must stand there."),
        "equals_json": Key(ByPath(JsonText()), "The same with each value as JSON text: for null."),
        "matches": Key(ByPath(Expression()), "By path, a pattern that must be found there."),
        "schema_valid": Key(Flag(), "Whether structured content must fit the tool's output schema."),
        "image": Key(
            OneOf("true, false or a table", Flag(), IMAGE), "Whether an image must be there, and which."
        ),
        "links": Key(
            OneOf("true, false, a number or a list of URIs", Flag(), Whole(0), Listing(_TEXT)),
            "Links to resources: whether there are any, how many, or which.",
        ),
        "faster_than": Key(Seconds(), "Seconds that the call must stay below."),
        "tokens_fewer_than": Key(_POSITIVE, "About how many tokens of a model the result must stay below."),
    },
)

CALL = Table(
    "[calls.NAME]",
    {
        "server": Key(_NAME, "The server, by its name in config.toml.", needed=True),
        "tool": Key(_NAME, "The tool.", needed=True),
        "arguments": Key(Named(Value()), "The arguments."),
        "arguments_json": Key(JsonText(of_object=True), "The arguments as JSON text: for null."),
        "description": Key(_TEXT, "What it is for."),
        "timeout_sec": Key(Seconds(), "Seconds to wait, where the server's own limit is longer."),
        "save": Key(
            Named(PathText(), Text(VARIABLE, "a name of letters, digits and _")),
            "Names for later calls, with the paths in this result that they are taken from.",
        ),
        "check": Key(CHECK, "What the result must be. Without `is_error` it must be no error."),
    },
)

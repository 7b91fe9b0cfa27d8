"""Whether a result is what a saved call says it must be."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.amounts import plural, seconds_text
from services.differences import difference
from services.numbers import exact_json
from services.results.content import ImageBlock, ResourceLink
from services.saved_calls.json_path import BadPath, find, same_json
from services.saved_calls.values import CheckOutcome
from services.saved_calls.variables import as_text
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.catalog.entries import Tool
    from services.results.content import ToolResult
    from services.saved_calls.values import Check

__all__ = ("Answer", "Missing", "judge")

_SHOWN: Final = 200
"""Characters of a value in a message."""


class Missing(NamedTuple):
    """Why there is no value at a path."""

    reason: str


class Answer:
    """A result as checks look at it."""

    def __init__(self, result: ToolResult, tool: Tool | None) -> None:
        self.result = result
        self.tool = tool

    @cached_property
    def text(self) -> str:
        """The text blocks as they stood on the wire, one after the other."""
        listed = self.result.raw.get("content")
        blocks = listed if isinstance(listed, list) else []
        texts = (
            block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "text"
        )
        return "\n".join(text for text in texts if isinstance(text, str))

    @cached_property
    def value(self) -> Any:
        """What paths lead into: structured content, else the text where it is JSON, else `Missing`."""
        structured = self.result.raw.get("structuredContent")
        if structured is not None:
            return structured
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return Missing("the result has no structured content, and its text is no JSON")

    def at(self, path: str) -> Any:
        """The value at a path, or `Missing`."""
        if isinstance(self.value, Missing):
            return self.value
        try:
            found = find(path, self.value)
        except BadPath as error:
            return Missing(str(error))
        return found.value if found.values or not found.single else Missing(f"nothing stands at {path}")


class _Verdict(NamedTuple):
    passed: bool
    message: str = ""
    difference: tuple[str, ...] = ()
    seen: Any = None


def judge(check: Check, expected: Any, answer: Answer) -> CheckOutcome:
    """How one check goes; `expected` is the check's, with its variables replaced. Not yet masked."""
    verdict = _JUDGES[check.kind](check, expected, answer)
    message = "" if verdict.passed else one_line(verdict.message, 1_000)
    lines = () if verdict.passed else verdict.difference
    return CheckOutcome(check, verdict.passed, message, lines, verdict.seen)


def _is_error(check: Check, expected: Any, answer: Answer) -> _Verdict:
    seen = answer.result.is_error
    if seen and not expected:
        return _Verdict(False, f"the tool reported an error: {_short(answer.text)}", seen=seen)
    return _Verdict(seen == expected, "the tool reported no error", seen=seen)


def _text(check: Check, expected: Any, answer: Answer) -> _Verdict:
    return _Verdict(
        answer.text == expected,
        "the text is another one",
        tuple(difference(printable(expected), printable(answer.text))),
        answer.text,
    )


def _text_contains(check: Check, expected: Any, answer: Answer) -> _Verdict:
    message = f"the text does not hold {_quoted(expected)}: {_short(answer.text)}"
    return _Verdict(expected in answer.text, message, seen=answer.text)


def _text_matches(check: Check, expected: Any, answer: Answer) -> _Verdict:
    wrong = _unmatched(expected, answer.text)
    return _Verdict(not wrong, f"the text {wrong}", seen=answer.text)


def _unmatched(pattern: str, text: str) -> str:
    """What stands against the pattern being in the text; empty when it is."""
    from services.schemas.patterns import Undecided, compile_pattern

    compiled = compile_pattern(pattern)
    if compiled is None:
        return f"cannot be searched for {_quoted(pattern)}, which is no usable pattern"
    try:
        return "" if compiled.found_in(text) else f"does not match {_quoted(pattern)}: {_short(text)}"
    except Undecided:
        return f"is too long to be searched for {_quoted(pattern)}"


def _equals(check: Check, expected: Any, answer: Answer) -> _Verdict:
    seen = answer.at(check.path)
    if isinstance(seen, Missing):
        return _Verdict(False, seen.reason, seen=seen)
    old, new = _pretty(expected), _pretty(seen)
    many = "\n" in old + new or len(old + new) > _SHOWN
    message = "the value is another one" if many else f"it is {new}, not {old}"
    return _Verdict(same_json(seen, expected), message, tuple(difference(old, new)) if many else (), seen)


def _matches(check: Check, expected: Any, answer: Answer) -> _Verdict:
    seen = answer.at(check.path)
    if isinstance(seen, Missing):
        return _Verdict(False, seen.reason, seen=seen)
    found = find(check.path, answer.value)
    values = found.values
    wrong = [why for value in values if (why := _unmatched(expected, as_text(value)))]
    if not values:
        return _Verdict(False, f"nothing stands at {check.path}", seen=seen)
    return _Verdict(not wrong, f"it {wrong[0]}" if wrong else "", seen=seen)


def _schema_valid(check: Check, expected: Any, answer: Answer) -> _Verdict:
    schema = answer.tool.output_schema if answer.tool is not None else None
    structured = answer.result.raw.get("structuredContent")
    if schema is None:
        faults: tuple[str, ...] = ("the tool declares no output schema",)
    elif "structuredContent" not in answer.result.raw:
        faults = ("the result has no structured content",)
    else:
        from services.schemas.output import misfits

        faults = misfits(structured, schema)
    if not expected:
        return _Verdict(bool(faults), "structured content fits the tool's output schema")
    return _Verdict(not faults, "; ".join(faults))


def _image(check: Check, expected: Any, answer: Answer) -> _Verdict:
    pictures = answer.result.pictures
    broken = [
        block.problem for block in answer.result.blocks if isinstance(block, ImageBlock) and block.problem
    ]
    if expected is False:
        return _Verdict(not pictures and not broken, "there is an image")
    if not pictures:
        return _Verdict(False, f"there is no image{f' that can be read: {broken[0]}' if broken else ''}")
    wanted = expected if isinstance(expected, dict) else {}
    fits = any(
        wanted.get("width", picture.width) == picture.width
        and wanted.get("height", picture.height) == picture.height
        and str(wanted.get("format", picture.format)).upper()
        in (picture.format, _OTHER_NAMES.get(picture.format))
        for picture in pictures
    )
    seen = {"width": pictures[0].width, "height": pictures[0].height, "format": pictures[0].format}
    sizes = ", ".join(f"{one.format} {one.width}×{one.height}" for one in pictures)
    asked = " ".join(f"{key} {value}" for key, value in wanted.items())
    return _Verdict(fits, f"no image has {asked}: {sizes}", seen={key: seen[key] for key in wanted} or True)


_OTHER_NAMES: Final = {"JPEG": "JPG", "TIFF": "TIF"}


def _links(check: Check, expected: Any, answer: Answer) -> _Verdict:
    uris = [block.uri for block in answer.result.blocks if isinstance(block, ResourceLink)]
    count = plural(len(uris), "link")
    if isinstance(expected, bool):
        return _Verdict(bool(uris) is expected, f"there are {count}", seen=bool(uris))
    if isinstance(expected, int):
        return _Verdict(len(uris) == expected, f"there are {count}, not {expected}", seen=len(uris))
    message = "the links are others"
    return _Verdict(uris == expected, message, tuple(difference("\n".join(expected), "\n".join(uris))), uris)


def _faster_than(check: Check, expected: Any, answer: Answer) -> _Verdict:
    took = answer.result.duration
    return _Verdict(took < expected, f"it took {seconds_text(took)}, not less than {expected:g} s", seen=took)


def _tokens_fewer_than(check: Check, expected: Any, answer: Answer) -> _Verdict:
    from services.model.cleaning import tokens

    text = answer.text or ("" if isinstance(answer.value, Missing) else exact_json(answer.value))
    count = tokens(text)
    return _Verdict(
        count < expected, f"the result is about {plural(count, 'token')}, not fewer than {expected:,}"
    )


_JUDGES: Final[dict[str, Callable[[Check, Any, Answer], _Verdict]]] = {
    "is_error": _is_error,
    "text": _text,
    "text_contains": _text_contains,
    "text_matches": _text_matches,
    "equals": _equals,
    "matches": _matches,
    "schema_valid": _schema_valid,
    "image": _image,
    "links": _links,
    "faster_than": _faster_than,
    "tokens_fewer_than": _tokens_fewer_than,
}


def _pretty(value: Any) -> str:
    return printable(exact_json(value, ensure_ascii=False, indent=2))


def _short(text: str) -> str:
    return _quoted(text) if text else "there is none"


def _quoted(text: Any) -> str:
    return f'"{one_line(str(text), _SHOWN)}"'

"""Mentions in a text for a model: `@server` and `@server:uri`, read, written, and while they are typed.

A name or a URI that would end too early goes in double quotes: `@"my server":"file:///My notes.txt"`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ("Begun", "Mention", "begun", "mentions", "written", "written_uri")

_OPENING: Final = "*([{<\"'“‘«„‚—–,;|¿¡（【「『《，、；。：！？"
_WIDE: Final = "，、；。：！？）】」』》"
_CLOSING: Final = f".,;:!?…)]}}>\"'”’»{_WIDE}"
_AT: Final = re.compile(f"(?<![^\\s{re.escape(_OPENING)}])@")
"""An at sign that begins a word: not one within an address of mail, nor behind another."""
_AFTER: Final = re.compile(f"(?:['’]s)?(?:[*{re.escape(_CLOSING)}]*(?=[\\s—–{_WIDE}]|\\Z)|[,;|]+(?=@))")
"""What may follow a name: nothing of a longer word."""
_QUOTED: Final = re.compile(r'"((?:[^"\\\n]|\\["\\]|\\(?!["\\]))*)"')
_BEGUN_QUOTE: Final = re.compile(r'"((?:[^"\\\n]|\\["\\]|\\(?!["\\]))*)')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_BARE: Final = re.compile(r"\S+")
_BEGUN_NAME: Final = re.compile(r'[^\s"@:]*')
_BACKTICKS: Final = re.compile(r"`+")
_FENCE: Final = re.compile(r"^[^\S\n]*(?=```)", re.MULTILINE)
_BLANK_LINE: Final = re.compile(r"\n[^\S\n]*\n")
_PAIRS: Final = {")": "(", "]": "[", "}": "{", ">": "<"}
_MOST_SIGNS: Final = 8
"""At signs before the cursor that are looked at: a URI may hold some."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A server or one of its resources, named within a text."""

    server: str
    """The name in the configuration."""
    uri: str | None
    """The resource; None where the server itself is meant."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Begun:
    """A mention that is being typed: it ends where the cursor stands."""

    server: str
    """What is typed of the name."""
    start: int
    """Where its at sign stands."""
    uri: str | None = None
    """What is typed of the URI; None while it is the name that is typed."""
    uri_start: int = 0


def mentions(text: str, servers: Iterable[str]) -> Iterator[Mention]:
    """The mentions of these servers, those in code (backticks) left out. Cost is linear in the text."""
    known = _by_shown(servers)
    longest = max(map(len, known), default=0)
    code = _code(text) if "@" in text and "`" in text else ([], [])
    at = 0
    while (sign := _AT.search(text, at)) is not None:
        found = None if _within(code, sign.start()) else _mention(text, sign.start(), known, longest)
        if found is not None:
            yield found
        at = sign.end() if found is None else found.end


def written(server: str) -> str:
    """A server as it is mentioned."""
    bare = f"@{server}"
    found = next(mentions(bare, (server,)), None)
    plain = found is not None and found.end == len(bare) and _BEGUN_NAME.fullmatch(server)
    return bare if plain else "@" + _in_quotes(server)


def written_uri(uri: str) -> str:
    """A URI as it stands behind `@server:`."""
    return uri if not uri.startswith('"') and _uri(uri, 0) == (uri, len(uri)) else _in_quotes(uri)


def begun(line: str) -> Begun | None:
    """The mention that the end of the line belongs to; None where it is no mention, or in backticks."""
    if line.count("`") % 2:
        return None
    end = len(line)
    for _ in range(_MOST_SIGNS):
        if (end := line.rfind("@", 0, end)) < 0:
            return None
        if _AT.match(line, end) and (found := _begun(line, end)) is not None:
            return found
    return None


def _begun(line: str, at: int) -> Begun | None:
    quoted = _QUOTED.match(line, at + 1)
    name = quoted or (None if line.startswith('"', at + 1) else _BEGUN_NAME.match(line, at + 1))
    if name is None:
        unclosed = _BEGUN_QUOTE.fullmatch(line, at + 1)
        return Begun(_plain(unclosed[1]), at) if unclosed else None
    server = _plain(quoted[1]) if quoted else name[0]
    if name.end() == len(line):
        return Begun(server, at)
    if line[name.end()] != ":":
        return None
    start = name.end() + 1
    if unclosed := _BEGUN_QUOTE.fullmatch(line, start):
        return Begun(server, at, _plain(unclosed[1]), start)
    rest = _BARE.fullmatch(line, start)
    is_uri = start == len(line) or (rest is not None and not line.startswith('"', start))
    return Begun(server, at, line[start:], start) if is_uri else None


def _by_shown(servers: Iterable[str]) -> dict[str, str]:
    """The servers by name, and by what the screen shows of the name."""
    names = tuple(servers)
    return {one_line(name): name for name in reversed(names)} | {name: name for name in names}


def _mention(text: str, at: int, known: Mapping[str, str], longest: int) -> Mention | None:
    found = _name(text, at + 1, known, longest)
    if found is None:
        return None
    server, end = found
    uri = _uri(text, end + 1) if text.startswith(":", end) else None
    if uri is not None:
        return Mention(server, uri[0], at, uri[1])
    return Mention(server, None, at, end) if _AFTER.match(text, end) else None


def _name(text: str, start: int, known: Mapping[str, str], longest: int) -> tuple[str, int] | None:
    """The longest known name that stands here, and where it ends."""
    if text.startswith('"', start):
        quoted = _QUOTED.match(text, start, start + 2 * longest + 2)
        name = known.get(_plain(quoted[1])) if quoted else None
        return (name, quoted.end()) if quoted and name is not None else None
    for end in range(min(len(text), start + longest), start, -1):
        name = known.get(text[start:end])
        if name is not None and (text.startswith(":", end) or _AFTER.match(text, end)):
            return name, end
    return None


def _uri(text: str, start: int) -> tuple[str, int] | None:
    """The URI that stands here, and where it ends; punctuation at its end belongs to the sentence."""
    if (quoted := _QUOTED.match(text, start)) is not None:
        return (_plain(quoted[1]), quoted.end()) if quoted[1] else None
    if (bare := _BARE.match(text, start)) is None:
        return None
    uri = bare[0]
    end = len(uri)
    open_brackets = {closing: uri.count(closing) - uri.count(opening) for closing, opening in _PAIRS.items()}
    while end and uri[end - 1] in _CLOSING:
        last = uri[end - 1]
        if last in open_brackets:
            if open_brackets[last] <= 0:
                break  # it was opened within the URI
            open_brackets[last] -= 1
        end -= 1
    return (uri[:end], start + end) if end else None


def _in_quotes(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted)


def _code(text: str) -> tuple[list[int], list[int]]:
    """Where code begins and ends: between two runs of as many backticks, as in Markdown.

    Within a line of a paragraph both must stand in that paragraph; a fence that is not closed goes on to
    the end.
    """
    runs = [(run.start(), run.end()) for run in _BACKTICKS.finditer(text)]
    blanks = [line.start() for line in _BLANK_LINE.finditer(text)]
    fences = {fence.end() for fence in _FENCE.finditer(text)}
    following, last = [-1] * len(runs), dict[int, int]()
    for index in range(len(runs) - 1, -1, -1):
        size = runs[index][1] - runs[index][0]
        following[index] = last.get(size, -1)
        last[size] = index
    starts, ends, index = list[int](), list[int](), 0
    while index < len(runs):
        start, close = runs[index][0], following[index]
        near = close >= 0 and bisect_right(blanks, start) == bisect_right(blanks, runs[close][0])
        if near or start in fences:
            starts.append(start)
            ends.append(runs[close][1] if close >= 0 else len(text))
            index = close if close >= 0 else len(runs)
        index += 1
    return starts, ends


def _within(spans: tuple[list[int], list[int]], place: int) -> bool:
    starts, ends = spans
    before = bisect_right(starts, place) - 1
    return before >= 0 and place < ends[before]

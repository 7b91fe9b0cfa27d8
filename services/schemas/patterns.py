"""Regular expressions of servers, searched without ever hanging.

A `pattern` comes from an untrusted server and Python's `re` backtracks: `^(a+)+$` against thirty
characters holds the event loop for minutes, and nothing can stop it. Here a pattern becomes a small
program whose branches are followed side by side (Thompson, 1968), so a search costs at most the size
of the program times the length of the text, and it is counted. The dialect is the one JSON Schema
names, ECMA-262: `$` is the very end and `\\d` is ASCII.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from services.schemas.pattern_nodes import Alternatives, Anchor, Chars, Look, Repeat, Sequence
from services.schemas.pattern_syntax import parse

if TYPE_CHECKING:
    from services.schemas.pattern_nodes import Node

__all__ = ("Pattern", "Undecided", "compile_pattern")

_LARGEST_PROGRAM = 8_000
_MOST_STEPS = 50_000
"""What one search may cost: some 50 ms."""


class Undecided(Exception):
    """The search cost more than it may; nothing is known about the text."""


@dataclass(slots=True)
class _Split:
    """Go on at each of these places."""

    targets: tuple[int, ...]


_Instruction = Chars | Anchor | _Split | Literal["match"] | tuple[Look, "_Program"]
_Program = list[_Instruction]


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled pattern."""

    source: str
    program: _Program = field(repr=False, compare=False)

    def found_in(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text. Raises `Undecided`."""
        return _Search(text).run(self.program, 0, anchored=False)


def compile_pattern(source: object) -> Pattern | None:
    """The pattern, or None for one that is invalid, too large, or uses what is not supported.

    Not supported: back references, look behind, inline flags other than a leading `(?i)`.
    """
    try:
        return Pattern(str(source), _Compiler().compile(parse(source)))
    except ValueError:
        return None


class _Search:
    """One search of one text, with its budget."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._steps = 0

    def run(self, program: _Program, start: int, *, anchored: bool) -> bool:
        """Walk the text once, holding every place of the program that is still possible."""
        places: set[int] = {0}
        for position in range(start, len(self._text) + 1):
            waiting = self._follow(program, places, position)
            if waiting is None:
                return True
            if position == len(self._text):
                break
            character = self._text[position]
            places = {at + 1 for at, chars in waiting if chars.has(character)}
            if not anchored:
                places.add(0)
            elif not places:
                break
        return False

    def _follow(self, program: _Program, places: set[int], position: int) -> list[tuple[int, Chars]] | None:
        """Everything reachable without reading a character: the places that read one, or None at a match."""
        seen = set(places)
        stack = list(places)
        waiting: list[tuple[int, Chars]] = []
        while stack:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise Undecided
            at = stack.pop()
            match program[at]:
                case "match":
                    return None
                case Chars() as chars:
                    waiting.append((at, chars))
                    continue
                case _Split(targets=targets):
                    pass
                case Anchor() as anchor:
                    targets = (at + 1,) if anchor.holds(self._text, position) else ()
                case (look, inner):
                    found = self.run(inner, position, anchored=True)
                    targets = (at + 1,) if found is not look.negative else ()
            stack.extend(new for new in targets if new not in seen)
            seen.update(targets)
        return waiting


class _Compiler:
    """Turns nodes into one program, counting what that costs."""

    def __init__(self) -> None:
        self._emitted = 0

    def compile(self, node: Node) -> _Program:
        program: _Program = []
        self._emit(node, program)
        program.append("match")
        return program

    def _emit(self, node: Node, program: _Program) -> None:
        self._emitted += 1
        if self._emitted > _LARGEST_PROGRAM:
            raise ValueError("too large")
        match node:
            case Chars() | Anchor():
                program.append(node)
            case Look():
                program.append((node, self.compile(node.inner)))
            case Sequence():
                for part in node.parts:
                    self._emit(part, program)
            case Alternatives():
                self._emit_alternatives(node, program)
            case Repeat():
                self._emit_repeat(node, program)

    def _emit_alternatives(self, node: Alternatives, program: _Program) -> None:
        split, starts, ends = _Split(()), [], []
        program.append(split)
        for branch in node.branches:
            starts.append(len(program))
            self._emit(branch, program)
            ends.append(_Split(()))
            program.append(ends[-1])
        split.targets = tuple(starts)
        for end in ends:
            end.targets = (len(program),)

    def _emit_repeat(self, node: Repeat, program: _Program) -> None:
        for _ in range(node.least):
            self._emit(node.inner, program)
        if node.most is None:
            self._emit_loop(node.inner, program)
            return
        skips = []
        for _ in range(node.most - node.least):
            skips.append((_Split(()), len(program) + 1))
            program.append(skips[-1][0])
            self._emit(node.inner, program)
        for skip, inside in skips:
            skip.targets = (inside, len(program))

    def _emit_loop(self, inner: Node, program: _Program) -> None:
        loop, start = _Split(()), len(program)
        program.append(loop)
        self._emit(inner, program)
        program.append(_Split((start,)))
        loop.targets = (start + 1, len(program))

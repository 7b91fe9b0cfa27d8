"""The syntax of ECMA-262 regular expressions, as far as schemas use it, read into nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.schemas.pattern_nodes import (
    CLASSES,
    Alternatives,
    Anchor,
    Chars,
    Look,
    Repeat,
    Sequence,
    any_but_newlines,
    category,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.schemas.pattern_nodes import Node

__all__ = ("parse",)

_LONGEST = 2_000
_DEEPEST = 60
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}


def parse(source: object) -> Node:
    """Read a pattern. Raises ValueError for what is invalid or not supported."""
    if not isinstance(source, str) or len(source) > _LONGEST:
        raise ValueError("no pattern, or too long")
    folded = source.startswith("(?i)")
    return _Parser(source[4:] if folded else source, folded).whole()


class _Parser:
    def __init__(self, source: str, folded: bool) -> None:
        self._source = source
        self._folded = folded
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._source):
            raise ValueError("unbalanced parenthesis")
        return node

    def _peek(self, text: str) -> bool:
        return self._source.startswith(text, self._at)

    def _take(self, text: str) -> bool:
        found = self._peek(text)
        self._at += len(text) * found
        return found

    def _next(self) -> str:
        if self._at >= len(self._source):
            raise ValueError("the pattern ends too early")
        self._at += 1
        return self._source[self._at - 1]

    def _until(self, end: str) -> str:
        stop = self._source.find(end, self._at)
        if stop < 0:
            raise ValueError(f"{end} is missing")
        text, self._at = self._source[self._at : stop], stop + len(end)
        return text

    def _alternatives(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("nested too deeply")
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._at < len(self._source) and not self._peek("|") and not self._peek(")"):
            parts.append(self._quantified(self._atom()))
        return Sequence(tuple(parts))

    def _quantified(self, node: Node) -> Node:
        bounds = self._quantifier()
        if bounds is None:
            return node
        self._take("?")
        if self._quantifier() is not None:
            raise ValueError("nothing to repeat")
        return Repeat(node, *bounds)

    def _quantifier(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        if not self._peek("{"):
            return None
        inside, closed, _ = self._source[self._at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        if not closed or not _is_number(least) or not (most == "" or _is_number(most)):
            return None
        self._at += len(inside) + 2
        low = int(least)
        high = (int(most) if most else None) if comma else low
        if high is not None and high < low:
            raise ValueError("the bounds of a repetition are swapped")
        return low, high

    def _atom(self) -> Node:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return self._set()
            case ".":
                return Chars(any_but_newlines)
            case "^":
                return Anchor("start")
            case "$":
                return Anchor("end")
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise ValueError("nothing to repeat")
        return self._one(character)

    def _group(self) -> Node:
        look: bool | None = None
        if self._take("?"):
            if self._take("=") or self._take("!"):
                look = self._source[self._at - 1] == "!"
            elif not self._take(":"):
                self._take("P")
                if not self._take("<") or self._peek("=") or self._peek("!"):
                    raise ValueError("not supported")
                self._until(">")
        node = self._alternatives()
        if not self._take(")"):
            raise ValueError("unbalanced parenthesis")
        return node if look is None else Look(node, look)

    def _escape(self) -> Node:
        character = self._next()
        if character in "bB":
            return Anchor("boundary" if character == "b" else "inside")
        if character in "AZz":  # no ECMA-262, but servers written in Python and Rust use them
            return Anchor("start" if character == "A" else "end")
        if character in "123456789k":
            raise ValueError("back references are not supported")
        found = self._class(character)
        return Chars(found) if found else self._one(self._escaped(character))

    def _class(self, character: str) -> Callable[[str], bool] | None:
        """`\\d`, `\\W`, `\\p{L}` and the like; None for the escape of one character."""
        positive: Callable[[str], bool]
        if character.lower() in CLASSES:
            positive = CLASSES[character.lower()]
        elif character in "pP" and self._take("{"):
            name = self._until("}").removeprefix("General_Category=").removeprefix("gc=")
            positive = category(name)
        else:
            return None
        return (lambda one: not positive(one)) if character.isupper() else positive

    def _escaped(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            return _code_point(self._digits(2))
        if character == "u":
            return _code_point(self._until("}") if self._take("{") else self._digits(4))
        if character == "c":
            return chr(ord(self._next()) % 32)
        return character

    def _digits(self, count: int) -> str:
        return "".join(self._next() for _ in range(count))

    def _one(self, wanted: str) -> Chars:
        if self._folded:
            return Chars(lambda one: one == wanted or one.lower() == wanted.lower())
        return Chars(lambda one: one == wanted)

    def _set(self) -> Chars:
        negative = self._take("^")
        ranges: list[tuple[str, str]] = []
        classes: list[Callable[[str], bool]] = []
        while not self._take("]"):
            low = self._member()
            if not isinstance(low, str):
                classes.append(low)
            elif self._peek("-") and not self._peek("-]"):
                self._at += 1
                high = self._member()
                if not isinstance(high, str) or high < low:
                    raise ValueError("a range that is none")
                ranges.append((low, high))
            else:
                ranges.append((low, low))
        return self._members(ranges, classes, negative)

    def _members(
        self, ranges: list[tuple[str, str]], classes: list[Callable[[str], bool]], negative: bool
    ) -> Chars:
        single = frozenset(low for low, high in ranges if low == high)
        spans = tuple((low, high) for low, high in ranges if low != high)

        def member(one: str) -> bool:
            return (
                one in single
                or any(low <= one <= high for low, high in spans)
                or any(accepts(one) for accepts in classes)
            )

        def folded(one: str) -> bool:
            return member(one) or member(one.lower()) or member(one.upper())

        found = folded if self._folded else member
        return Chars((lambda one: not found(one)) if negative else found)

    def _member(self) -> str | Callable[[str], bool]:
        character = self._next()
        if character != "\\":
            return character
        character = self._next()
        if character == "b":
            return "\b"
        return self._class(character) or self._escaped(character)


def _is_number(text: str) -> bool:
    return 0 < len(text) <= 9 and text.isascii() and text.isdigit()


def _code_point(digits: str) -> str:
    if not digits.isalnum():
        raise ValueError("no code point")
    code = int(digits, 16)
    if code > 0x10FFFF:
        raise ValueError("no code point")
    return chr(code)

"""From the regular expressions of JSON Schema (ECMA-262) to those of the Rust crate `regex`.

The two differ in small things: `\\d`, `\\w` and `\\b` are ASCII, `.` leaves out four line ends, `[` in
a set is a character, `x{y}` is text, `\\uXXXX` and `\\/` are escapes. Everything that is one character
is written as its code point, so nothing of the source is read twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("translated",)

_LONGEST = 2_000
_DEEPEST = 60
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_SPACES = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_CLASSES = {"d": "0-9", "w": "0-9A-Za-z_", "s": _SPACES}
_ANY = r"\x{0}-\x{10ffff}"
_WIDE = 4
"""What a set beyond ASCII counts for: reading one takes 50 µs."""
_PROPERTY = 60
"""What a set of a Unicode property counts for: reading one takes 1 ms."""

Piece = tuple[str, int]
"""A part of the translation and its size with repetitions written out."""


def translated(source: object) -> Piece:
    """The pattern in the other dialect. Raises ValueError for what is invalid or not supported."""
    if not isinstance(source, str) or len(source) > _LONGEST:
        raise ValueError("no pattern, or too long")
    folded = source.startswith("(?i)")
    text, size = _Translator(source[4:] if folded else source).whole()
    return f"(?i){text}" if folded else text, size


class _Translator:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._depth = 0

    def whole(self) -> Piece:
        piece = self._alternatives()
        if self._at < len(self._source):
            raise ValueError("unbalanced parenthesis")
        return piece

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

    def _alternatives(self) -> Piece:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("nested too deeply")
        text, size = self._sequence()
        while self._take("|"):
            other, more = self._sequence()
            text, size = f"{text}|{other}", size + more + 1
        self._depth -= 1
        return text, size

    def _sequence(self) -> Piece:
        texts, size = [], 1
        while self._at < len(self._source) and not self._peek("|") and not self._peek(")"):
            text, more = self._quantified(self._atom())
            texts.append(text)
            size += more
        return "".join(texts), size

    def _quantified(self, piece: Piece) -> Piece:
        text, size = piece
        bounds = self._quantifier()
        if bounds is None:
            return piece
        self._take("?")  # lazy or not: found is found
        if self._quantifier() is not None:
            raise ValueError("nothing to repeat")
        least, most = bounds
        written = f"{{{least},{'' if most is None else most}}}"
        return f"(?:{text}){written}", size * max(1, least + 1 if most is None else most)

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

    def _atom(self) -> Piece:
        character = self._next()
        match character:
            case "(":
                return self._group()
            case "[":
                return self._set()
            case ".":
                return r"[^\n\r\x{2028}\x{2029}]", _WIDE
            case "^":
                return r"\A", 1
            case "$":
                return r"\z", 1
            case "\\":
                return self._escape()
            case "*" | "+" | "?":
                raise ValueError("nothing to repeat")
        return _literal(character), 1

    def _group(self) -> Piece:
        if self._take("?") and not self._take(":"):
            self._take("P")
            if not self._take("<") or self._peek("=") or self._peek("!"):
                raise ValueError("not supported")
            self._until(">")
        text, size = self._alternatives()
        if not self._take(")"):
            raise ValueError("unbalanced parenthesis")
        return f"(?:{text})", size

    def _escape(self) -> Piece:
        character = self._next()
        if character in "bB":
            return rf"(?-u:\{character})", 1
        if character in "AZz":  # no ECMA-262, but servers written in Python and Rust use them
            return r"\A" if character == "A" else r"\z", 1
        if character in "123456789k":
            raise ValueError("back references are not supported")
        found = self._class(character)
        return (found, _size((found,))) if found else (_literal(self._escaped(character)), 1)

    def _class(self, character: str) -> str:
        """`\\d`, `\\W`, `\\p{L}` and the like; empty for the escape of one character."""
        if members := _CLASSES.get(character.lower()):
            return f"[{'^' if character.isupper() else ''}{members}]"
        if character in "pP" and self._take("{"):
            name = self._until("}")
            if not name.replace("_", "").replace("=", "").isalnum():
                raise ValueError("an unknown property")
            return f"\\{character}{{{name}}}"
        return ""

    def _escaped(self, character: str) -> str:
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            return _code_point(self._digits(2))
        if character == "u":
            return self._code_unit()
        if character == "c":
            return chr(ord(self._next()) % 32)
        return character

    def _code_unit(self) -> str:
        r"""`\u{…}`, `\uXXXX`, or two of the latter that are one character."""
        if self._take("{"):
            return _code_point(self._until("}"))
        high = self._digits(4)
        if high[:2].lower() in ("d8", "d9", "da", "db") and self._take("\\u"):
            low = self._digits(4)
            return bytes.fromhex(high + low).decode("utf-16-be")
        return _code_point(high)

    def _digits(self, count: int) -> str:
        return "".join(self._next() for _ in range(count))

    def _set(self) -> Piece:
        negative = self._take("^")
        members: list[str] = []
        while not self._take("]"):
            low, single = self._member()
            if single and self._peek("-") and not self._peek("-]"):
                self._at += 1
                high, closed = self._member()
                if not closed:
                    raise ValueError("a range that is none")
                members.append(f"{low}-{high}")
            else:
                members.append(low)
        if not members:
            return (f"[{_ANY}]" if negative else f"[^{_ANY}]"), _WIDE
        size = _size(members)
        return f"[{'^' if negative else ''}{''.join(members)}]", max(size, _WIDE) if negative else size

    def _member(self) -> tuple[str, bool]:
        """A member of a set, and whether it is one character."""
        character = self._next()
        if character != "\\":
            return _literal(character), True
        character = self._next()
        if character == "b":
            return _literal("\b"), True
        if found := self._class(character):
            return found, False
        return _literal(self._escaped(character)), True


def _size(members: Sequence[str]) -> int:
    """What a set of these members counts for."""
    properties = sum(text.startswith((r"\p", r"\P")) for text in members)
    narrow = all(text.isalnum() or text in ("[0-9]", "[0-9A-Za-z_]") for text in members)
    return properties * _PROPERTY or (1 if narrow else _WIDE)


def _literal(character: str) -> str:
    return character if character.isascii() and character.isalnum() else f"\\x{{{ord(character):x}}}"


def _is_number(text: str) -> bool:
    return 0 < len(text) <= 9 and text.isascii() and text.isdigit()


def _code_point(digits: str) -> str:
    if not digits.isalnum():
        raise ValueError("no code point")
    code = int(digits, 16)
    if code > 0x10FFFF:
        raise ValueError("no code point")
    return chr(code)

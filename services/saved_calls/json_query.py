"""Reading a JSONPath query (RFC 9535) into steps; functions such as `length()` are not known."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple, NoReturn

__all__ = ("Query", "Step", "parse")

_LONGEST: Final = 2_000
_DEEPEST: Final = 40
"""Filters and parentheses within each other."""
_BLANK: Final = re.compile(r"[ \t\r\n]*")
_NAME: Final = re.compile(r"[^\W\d][\w]*", re.UNICODE)
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})(?![0-9])")
_SLICE: Final = re.compile(r"(-?[0-9]{0,16})\s*:\s*(-?[0-9]{0,16})\s*(?::\s*(-?[0-9]{0,16}))?")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_STRING: Final = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_QUOTE: Final = re.compile(r"""\\.|["]""", re.DOTALL)
_SIGN: Final = re.compile(r"==|!=|<=|>=|<|>")
_WORD: Final = re.compile(r"(true|false|null)\b")
_WORDS: Final = {"true": True, "false": False, "null": None}


class Step(NamedTuple):
    """One segment: the selectors, and whether they look below as well (`..`).

    A selector is a name, an index, a `slice`, None for `*`, or a filter: ("or", …), ("and", …),
    ("not", test), ("there", query), (sign, operand, operand). An operand is a query, or a tuple of one value.
    """

    selectors: tuple[Any, ...]
    deep: bool = False


class Query(NamedTuple):
    """A query from the root (`$`), or within a filter from the current value (`@`)."""

    steps: tuple[Step, ...]
    absolute: bool = True

    @property
    def singular(self) -> bool:
        """Whether it leads to one value at most: nothing but names and indexes."""
        return all(
            not step.deep and len(step.selectors) == 1 and isinstance(step.selectors[0], str | int)
            for step in self.steps
        )


def parse(text: str) -> Query:
    """The query; ValueError that says in one line what is wrong and where."""
    if len(text) > _LONGEST:
        raise ValueError(f"a JSONPath may have {_LONGEST:,} characters")
    reader = _Reader(text)
    query = reader.query()
    if reader.at < len(text):
        reader.refuse("not expected here")
    return query


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._depth = 0

    def refuse(self, what: str) -> NoReturn:
        if self.at >= len(self.text):
            raise ValueError(f"the JSONPath ends too early: {what}")
        raise ValueError(f"character {self.at + 1} of the JSONPath, {self.text[self.at]!r}: {what}")

    def query(self) -> Query:
        absolute = self.text[self.at] == "$"
        self.at += 1
        steps = []
        while (step := self._step()) is not None:
            steps.append(step)
        return Query(tuple(steps), absolute)

    def _step(self) -> Step | None:
        before = self.at
        self._take(_BLANK)
        deep = self._taken("..")
        if self._taken("["):
            return Step(self._selectors(), deep)
        if not deep and not self._taken("."):
            self.at = before
            return None
        if self._taken("*"):
            return Step((None,), deep)
        if (name := self._take(_NAME)) is None:
            self.refuse("a name or * was expected; names with other characters are written ['…']")
        if self._peek() == "(":
            self.refuse("functions are not known")
        return Step((name[0],), deep)

    def _selectors(self) -> tuple[Any, ...]:
        found = [self._selector()]
        self._take(_BLANK)
        while self._taken(","):
            found.append(self._selector())
            self._take(_BLANK)
        if not self._taken("]"):
            self.refuse("] was expected")
        return tuple(found)

    def _selector(self) -> Any:
        self._take(_BLANK)
        if self._taken("*"):
            return None
        if self._taken("?"):
            return self._either()
        if self._peek() in ("'", '"'):
            return self._string()
        if (span := self._take(_SLICE)) is not None:
            return slice(*(int(part) if part and part != "-" else None for part in span.groups()))
        if (number := self._take(_INTEGER)) is not None:
            return int(number[0])
        self.refuse("an index, a name in quotes, * or a filter was expected")

    # Filters.

    def _either(self) -> tuple[Any, ...]:
        self._depth += 1
        if self._depth > _DEEPEST:
            self.refuse("nested too deeply")
        tests = [self._all()]
        while self._word("||"):
            tests.append(self._all())
        self._depth -= 1
        return tests[0] if len(tests) == 1 else ("or", *tests)

    def _all(self) -> tuple[Any, ...]:
        tests = [self._one()]
        while self._word("&&"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else ("and", *tests)

    def _one(self) -> tuple[Any, ...]:
        if self._word("!"):
            return ("not", self._in_parentheses() if self._word("(") else self._comparison())
        return self._in_parentheses() if self._word("(") else self._comparison()

    def _in_parentheses(self) -> tuple[Any, ...]:
        test = self._either()
        if not self._word(")"):
            self.refuse(") was expected")
        return test

    def _comparison(self) -> tuple[Any, ...]:
        left = self._operand()
        self._take(_BLANK)
        if (sign := self._take(_SIGN)) is None:
            if isinstance(left, Query):
                return ("there", left)
            self.refuse("a comparison was expected")
        right = self._operand()
        if any(isinstance(side, Query) and not side.singular for side in (left, right)):
            raise ValueError("only a path of names and indexes can be compared in a JSONPath")
        return (sign[0], left, right)

    def _operand(self) -> Any:
        self._take(_BLANK)
        if self._peek() in ("@", "$"):
            return self.query()
        if self._peek() in ("'", '"'):
            return (self._string(),)
        if (word := self._take(_WORD)) is not None:
            return (_WORDS[word[1]],)
        if (number := self._take(_NUMBER)) is not None:
            return (json.loads(number[0]),)
        self.refuse("@…, $…, a text in quotes or a number was expected")

    # Characters.

    def _string(self) -> str:
        match = self._take(_STRING)
        if match is None:
            self.refuse("this quote is not closed")
        inner = match[1] if match[1] is not None else match[2]
        escaped = _QUOTE.sub(lambda found: _QUOTES.get(found[0], found[0]), inner)
        try:
            return str(json.loads(f'"{escaped}"', strict=False))
        except ValueError:
            raise ValueError(f"'{inner[:40]}' in a JSONPath has an escape that JSON does not know") from None

    def _word(self, word: str) -> bool:
        self._take(_BLANK)
        return not (word == "!" and self.text.startswith("!=", self.at)) and self._taken(word)

    def _taken(self, word: str) -> bool:
        if self.text.startswith(word, self.at):
            self.at += len(word)
            return True
        return False

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]


_QUOTES: Final = {"\\'": "'", '"': '\\"'}
"""What stands for a quote within the other kind of quotes, as JSON writes it."""

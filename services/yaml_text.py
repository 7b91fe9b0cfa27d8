"""YAML as settings and the frontmatter of skills are written in it, read by PyYAML's parser.

Built from its events without recursion, so depth costs nothing and every complaint names its line.
Anchors, aliases, tags, directives, complex keys, double keys and several documents are refused: an
alias is how a small file becomes a large value. Types are those of YAML 1.2 (`yes` is text).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Plain = Callable[[str, Any], Any]

__all__ = ("YamlError", "parse")

_MOST: Final = 1 << 20
"""Characters of a file; a megabyte takes the parser written in C half a second."""
_DEEPEST: Final = 100
_NOT_READ: Final = "{} is a part of YAML that is not read here"
_LONGEST_NUMBER: Final = 1_000
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9A-Fa-f]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -float("inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """The text is not YAML, or uses a part of it that is not read here."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


def parse(text: str, plain: Plain | None = None) -> Any:
    """The value of a YAML text; raises YamlError.

    `plain` makes the value of each scalar without quotes, of its text and what YAML 1.2 reads in it.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > _MOST:
        raise YamlError(f"a file of more than {_MOST >> 20} MiB is not read", 1)
    return _Builder(text, plain).built()


class _Builder:
    """Puts the events of a document together; `_open` holds the lists and mappings not yet closed."""

    def __init__(self, text: str, plain: Plain | None) -> None:
        self._text = text
        self._plain = plain
        self._lines = text.splitlines() or [""]
        self._open: list[list[Any] | dict[str, Any]] = []
        self._keys: list[str | None] = []
        self._value: Any = None
        self._documents = 0

    def built(self) -> Any:
        for event in self._events():
            self._take(event)
        return self._value

    def _events(self) -> Iterator[Any]:
        try:
            yield from yaml.parse(self._text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlError(error.problem or "not YAML", self._line(mark)) from None
        except yaml.reader.ReaderError as error:
            line = self._text.count("\n", 0, error.position) + 1
            raise YamlError("a character that YAML does not allow", line) from None
        except yaml.YAMLError:
            raise YamlError("not YAML", 1) from None

    def _take(self, event: Any) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise self._refused("one document is read, not several", event)
                if event.version or event.tags:
                    raise YamlError("directives are not read", 1)
            case yaml.AliasEvent():
                raise self._refused(_NOT_READ.format("*"), event)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._begin(event, [] if isinstance(event, yaml.SequenceStartEvent) else {})
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._open.pop()
                self._keys.pop()
            case yaml.ScalarEvent():
                self._check(event)
                if self._wants_key():
                    self._keys[-1] = self._key(event)
                else:
                    self._put(self._scalar(event))
            case _:
                pass

    def _begin(self, event: Any, value: list[Any] | dict[str, Any]) -> None:
        self._check(event)
        if self._wants_key():
            raise self._refused("a key must be a text", event)
        if len(self._open) >= _DEEPEST:
            raise self._refused(f"more than {_DEEPEST} levels", event)
        self._put(value)
        self._open.append(value)
        self._keys.append(None)

    def _check(self, event: Any) -> None:
        if event.anchor:
            raise self._refused(_NOT_READ.format("&"), event)
        if event.tag and event.tag != "!":
            raise self._refused(_NOT_READ.format("!"), event)

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1], dict) and self._keys[-1] is None

    def _key(self, event: Any) -> str:
        before = self._lines[event.start_mark.line][: event.start_mark.column]
        if before.rstrip().endswith("?"):
            raise self._refused(_NOT_READ.format("?"), event)
        into, key = self._open[-1], str(event.value)
        if key in into:
            raise self._refused(f"{key} stands there twice", event)
        return key

    def _put(self, value: Any) -> None:
        if not self._open:
            self._value = value
        elif isinstance(into := self._open[-1], list):
            into.append(value)
        else:
            into[str(self._keys[-1])] = value
            self._keys[-1] = None

    def _scalar(self, event: Any) -> Any:
        text = event.value
        if not event.implicit[0]:
            return text
        value = self._plain_scalar(text, event)
        return value if self._plain is None else self._plain(text, value)

    def _plain_scalar(self, text: str, event: Any) -> Any:
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > _LONGEST_NUMBER:
            if text.lstrip("+-").isdigit():
                raise self._refused("a number with too many digits", event)
            return text
        if _INTEGER.fullmatch(text):
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _line(self, mark: Any) -> int:
        return min(mark.line + 1, max(len(self._lines), 1)) if mark is not None else 1

    def _refused(self, reason: str, event: Any) -> YamlError:
        return YamlError(reason, self._line(event.start_mark))

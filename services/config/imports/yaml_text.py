"""The part of YAML that settings files are written in, enough for goose's config.yaml.

Block mappings and lists, flow ones, plain, quoted and block scalars, comments; YAML 1.2 types.
Anchors, aliases, tags, directives, complex keys and several documents are refused with their
line: an alias is how a small file becomes a large value.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, NoReturn

__all__ = ("YamlError", "parse")


class YamlError(ValueError):
    """The text is not YAML, or uses a part of it that is not read here."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class _Incomplete(Exception):
    """A flow value goes on in the next line."""


_KEY = re.compile(
    r"""("(?:\\.|[^"\\])*"|'(?:''|[^'])*'(?!')|"""
    r"""(?:[^\s\[\]{}#&*!|>'"%@`,?:-]|[-?:](?=\S))(?:[^\s#]|(?<=\S)\#|\s+(?!\#))*?)\s*:(?=\s|$)"""
)
_DOUBLE = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
_SINGLE = re.compile(r"'(?:''|[^'])*'(?!')")
_FLOW_PLAIN = re.compile(r"(?:[^,\[\]{}:#]|:(?=[^\s,\[\]{}])|(?<=\S)#)+")
_FLOW_SPACE = re.compile(r"(?:\s|(?:^|(?<=\s))#[^\n]*)*")
_REFUSED = re.compile(r"[&*!%@`]|\?(?:\s|$)")
_BLOCK = re.compile(r"([|>])(?:([1-9])?([+-])?|([+-])([1-9]))\s*(?:#.*)?$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_JOINED = re.compile(r"(?<!\\)((?:\\\\)*)\\\n")
_ESCAPES = dict(zip('0abtnvfre"/\\N_LP \t', '\0\a\b\t\n\v\f\r\x1b"/\\\x85\xa0\u2028\u2029 \t', strict=True))
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9A-Fa-f]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "true": True, "false": False, ".inf": float("inf"), "-.inf": -float("inf")}
_WORDS |= {".nan": float("nan"), "null": None}


def parse(text: str) -> Any:
    """The value of a YAML text; raises YamlError."""
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = text.removeprefix("\ufeff").splitlines()
        self.at = 0

    def document(self) -> Any:
        if self._next() is not None and re.fullmatch(r"---\s*(#.*)?", self.lines[self.at]):
            self.at += 1
        value = None if (indent := self._next()) is None else self._block(indent)
        if self._next() is not None:
            self._fail("something stands where nothing was expected")
        return value

    def _fail(self, reason: str) -> NoReturn:
        raise YamlError(reason, min(self.at + 1, max(len(self.lines), 1)))

    def _next(self) -> int | None:
        """Move to the next line that says something; its indentation, or None at the end."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            content = line.lstrip(" ")
            if content.strip() and not content.startswith("#"):
                if content.startswith("\t"):
                    self._fail("a tab cannot indent")
                return len(line) - len(content)
            self.at += 1
        return None

    def _block(self, indent: int) -> Any:
        content = self.lines[self.at][indent:]
        if re.match(r"-(\s|$)", content):
            return self._list(indent)
        if _KEY.match(content):
            return self._mapping(indent)
        return self._value(content, indent - 1)

    def _list(self, indent: int) -> list[Any]:
        items: list[Any] = []
        while self._next() == indent and re.match(r"-(\s|$)", self.lines[self.at][indent:]):
            line = self.lines[self.at]
            rest = line[indent + 1 :]
            inner = indent + 1 + len(rest) - len(rest.lstrip(" "))
            if _COMMENT.sub("", rest).strip() and (
                _KEY.match(rest.lstrip(" ")) or re.match(r" +-(\s|$)", rest)
            ):
                self.lines[self.at] = " " * inner + line[inner:]
                items.append(self._block(inner))
            else:
                items.append(self._value(rest.strip(), indent))
        return items

    def _mapping(self, indent: int) -> dict[str, Any]:
        table: dict[str, Any] = {}
        while self._next() == indent:
            match = _KEY.match(self.lines[self.at], indent)
            if not match:
                self._fail("a key and a colon were expected")
            key = str(self._scalar(match[1])) if match[1][0] in "\"'" else match[1]
            if key in table:
                self._fail(f"the key {key[:40]} stands twice")
            table[key] = self._value(self.lines[self.at][match.end() :].strip(), indent, in_mapping=True)
        return table

    def _value(self, content: str, indent: int, *, in_mapping: bool = False) -> Any:
        """The value that begins with `content` on this line, at a place indented by `indent`."""
        if not _COMMENT.sub("", content).strip():
            self.at += 1
            below = self._next()
            dash = below == indent and in_mapping and re.match(r"-(\s|$)", self.lines[self.at][below:])
            return self._block(below) if below is not None and (below > indent or dash) else None
        if _REFUSED.match(content):
            self._fail(f"{content[0]} is a part of YAML that is not read here")
        if content[0] in "|>":
            return self._block_scalar(content, indent)
        if content[0] in "[{":
            return self._flow(content)
        if content[0] in "\"'":
            return self._quoted(content)
        return self._plain(content, indent)

    def _block_scalar(self, header: str, indent: int) -> str:
        match = _BLOCK.match(header)
        if not match:
            self._fail("a block of text begins wrongly")
        style, keep = match[1], match[3] or match[4] or ""
        deep = match[2] or match[5]
        self.at += 1
        first = self.at
        while self.at < len(self.lines) and (
            not self.lines[self.at].strip() or _indent(self.lines[self.at]) > indent
        ):
            self.at += 1
        lines = self.lines[first : self.at]
        depth = (
            max(indent, 0) + int(deep) if deep else next((_indent(line) for line in lines if line.strip()), 0)
        )
        texts = [line[depth:] for line in lines]
        while texts and not texts[-1].strip():
            texts.pop()
        if not texts:
            return "\n" * len(lines) if keep == "+" else ""
        body = _folded_block(texts) if style == ">" else "\n".join(texts)
        return body + {"-": "", "": "\n", "+": "\n" * (len(lines) - len(texts) + 1)}[keep]

    def _flow(self, content: str) -> Any:
        while True:
            try:
                value, end = self._flow_value(content, 0)
            except _Incomplete:
                self.at += 1
                if self.at >= len(self.lines):
                    self._fail("a bracket is not closed")
                content += "\n" + self.lines[self.at].strip()
            else:
                break
        if _COMMENT.sub("", content[end:]).strip():
            self._fail("something follows a bracket")
        self.at += 1
        return value

    def _flow_value(self, text: str, at: int) -> tuple[Any, int]:
        if text[at] == "[":
            return self._flow_entries(text, at, "]")
        if text[at] == "{":
            return self._flow_entries(text, at, "}")
        if text[at] in "\"'":
            match = (_DOUBLE if text[at] == '"' else _SINGLE).match(text, at)
            if not match:
                raise _Incomplete
            return self._scalar(match[0]), match.end()
        match = _FLOW_PLAIN.match(text, at)
        if not match or _REFUSED.match(text, at):
            self._fail("a value was expected")
        return self._scalar(re.sub(r"\s*\n\s*", " ", match[0].strip())), match.end()

    def _flow_entries(self, text: str, at: int, closing: str) -> tuple[Any, int]:
        items: list[Any] = []
        table: dict[str, Any] = {}
        at = _past_space(text, at + 1)
        while text[at] != closing:
            value, at = self._flow_value(text, at)
            at = _past_space(text, at)
            if closing == "}":
                key, value = str(value), None
                if text[at] == ":":
                    at = _past_space(text, at + 1)
                    if text[at] not in ",}":
                        value, at = self._flow_value(text, at)
                        at = _past_space(text, at)
                table[key] = value
            else:
                items.append(value)
            if text[at] not in (",", closing):
                self._fail("a comma was expected")
            at = _past_space(text, at + 1) if text[at] == "," else at
        return (table if closing == "}" else items), at + 1

    def _quoted(self, content: str) -> Any:
        pattern = _DOUBLE if content[0] == '"' else _SINGLE
        while not (match := pattern.match(content)):
            self.at += 1
            if self.at >= len(self.lines):
                self._fail("a quotation is not closed")
            content += "\n" + self.lines[self.at].strip()
        if _COMMENT.sub("", content[match.end() :]).strip():
            self._fail("something follows a quotation")
        self.at += 1
        return self._scalar(match[0])

    def _plain(self, content: str, indent: int) -> Any:
        """A plain scalar with the lines that continue it."""
        parts = [_COMMENT.sub("", content).rstrip()]
        if re.search(r":(\s|$)", parts[0]):
            self._fail("a colon stands where none was expected")
        self.at += 1
        while parts[-1] == content or len(parts) > 1:
            ahead = self.at
            while ahead < len(self.lines) and not self.lines[ahead].strip():
                ahead += 1
            line = self.lines[ahead] if ahead < len(self.lines) else ""
            if not line or _indent(line) <= indent or line.lstrip().startswith("#"):
                break
            content = line.strip()
            parts += [""] * (ahead - self.at) + [_COMMENT.sub("", content).rstrip()]
            if _KEY.match(content):
                self._fail("a key stands where none was expected")
            self.at = ahead + 1
        return _typed(parts[0]) if len(parts) == 1 else _folded(parts)

    def _scalar(self, text: str) -> Any:
        if text[:1] == "'":
            return _folded(text[1:-1].replace("''", "'").split("\n"))
        if text[:1] == '"':
            joined = _JOINED.sub(r"\1", text[1:-1])
            return _ESCAPE.sub(self._escaped, _folded(joined.split("\n")))
        return _typed(text)

    def _escaped(self, match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "xuU" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code not in _ESCAPES:
            self._fail(f"\\{code} is no escape")
        return _ESCAPES[code]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _past_space(text: str, at: int) -> int:
    match = _FLOW_SPACE.match(text, at)
    at = match.end() if match else at
    if at >= len(text):
        raise _Incomplete
    return at


def _folded(lines: list[str]) -> str:
    """Lines joined as YAML folds them: by a space, or by as many newlines as there are empty ones between."""
    text, breaks = lines[0], 0
    for line in lines[1:-1]:
        if line:
            text += ("\n" * breaks or " ") + line
            breaks = 0
        else:
            breaks += 1
    return text + ("\n" * breaks or " ") + lines[-1] if len(lines) > 1 else text


def _folded_block(lines: list[str]) -> str:
    """Lines of a `>` block, joined: those indented further keep their newlines."""
    text = lines[0]
    for before, line in pairwise(lines):
        further = before[:1] in (" ", "\t") or line[:1] in (" ", "\t")
        text += "\n" + line if further or not line else line if not before else " " + line
    return text


def _typed(text: str) -> Any:
    lowered = text.lower()
    if lowered in _WORDS and text in (lowered, lowered.upper(), lowered.capitalize()):
        return _WORDS[lowered]
    if _INTEGER.fullmatch(text):
        return int(text, 10) if text.lstrip("-+").isdigit() else int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text

"""A line as the history shows it: what looks like a secret in `/mcp add` is masked."""

from __future__ import annotations

from itertools import islice

from app.slash.command import Kind
from app.slash.parse import split_command
from app.slash.table import COMMANDS
from services.arguments.words import quote, words
from services.secrecy.secrets import masked_arguments

__all__ = ("masked_line",)


def masked_line(text: str) -> str:
    """The line with the secrets of a new server masked; any other line as it is."""
    head = tuple(islice(words(text), 3))
    path, _ = split_command(head, COMMANDS)
    if not path or not any(argument.kind is Kind.NEW_SERVER for argument in path[-1].arguments):
        return text
    found = list(words(text))
    masked = masked_arguments([word.text for word in found])
    for word, shown in reversed(list(zip(found, masked, strict=True))):
        if shown != word.text:
            text = text[: word.start] + quote(shown) + text[word.end :]
    return text

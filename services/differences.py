"""What is another in a later version of a text, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("difference",)

_MOST_COMPARED: Final = 1_000
"""Lines: comparing may cost their square."""
_AROUND: Final = 2


def difference(before: str, now: str) -> Iterator[str]:
    """Lines that went (`- …`), that came (`+ …`), and two around each; nothing where nothing changed."""
    if before == now:
        return
    import difflib

    old, new = before.split("\n"), now.split("\n")
    found = difflib.unified_diff(old[:_MOST_COMPARED], new[:_MOST_COMPARED], n=_AROUND, lineterm="")
    for number, row in enumerate(found):
        if number >= 3:  # two heads, and where the first difference is
            yield "  …" if row.startswith("@") else f"{row[:1]} {row[1:]}"
    if (rest := max(len(old), len(new)) - _MOST_COMPARED) > 0:
        yield f"  … and {rest:,} more lines that were not compared"

"""Words that are nearly what was typed: letters wrong, missing, too many, or changed about."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ("allowed_edits", "edits", "in_order", "letters", "near_words")

_LONGEST = 40
"""Letters of a word; nobody types a longer one with a slip in it."""


_HEAD = 12
"""Letters of a word that are looked at first."""


def allowed_edits(typed: str) -> int:
    """How many slips are forgiven: none in short words, of which too many are alike."""
    size = len(typed)
    return 0 if not 4 <= size <= _LONGEST else 1 if size < 8 else 2


def letters(word: str) -> int:
    """Which letters the beginning of a word has, as bits; several letters may share one."""
    bits = 0
    for letter in word[:_HEAD]:
        bits |= 1 << ord(letter) % 61
    return bits


def near_words(typed: str, words: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Of words with their `letters` those that begin nearly as typed, and by how many edits."""
    most = allowed_edits(typed)
    if most:
        # One edit brings in one letter at most, and moves the others by one: most words are out at once.
        wanted, least = letters(typed[: _HEAD - most]), len(typed) - most
        few = [word for word, bits in words if (wanted & ~bits).bit_count() <= most and len(word) >= least]
        counted = ((word, edits(typed, word, most)) for word in few)
        yield from ((word, count) for word, count in counted if count <= most)


def edits(typed: str, word: str, most: int) -> int:
    """The edits between what is typed and the nearest beginning of a word; `most + 1` where they are more.

    Two neighbours changed about are one edit (optimal string alignment).
    """
    if word.startswith(typed):
        return 0
    if not most:
        return 1
    at = 0
    for letter, other in zip(typed, word, strict=False):
        if letter != other:
            break
        at += 1
    typed, word = typed[at:], word[at:]
    swapped = len(word) > 1 and word[:2] == typed[1::-1]
    if most == 1:  # the same in few steps: nearly all words end here
        rest = typed[1:]
        fits = word.startswith(rest) or word.startswith(rest, 1) or word.startswith(typed, 1)
        return 1 if fits or (swapped and word.startswith(typed[2:], 2)) else 2
    ways = [edits(typed[1:], word, most - 1)]  # one too many
    if word:
        ways += [edits(typed[1:], word[1:], most - 1), edits(typed, word[1:], most - 1)]  # wrong, missing
    if swapped:
        ways.append(edits(typed[2:], word[2:], most - 1))
    return 1 + min(ways)


def in_order(typed: str, words: Sequence[str]) -> bool:
    """Whether the letters stand in the words of a name in this order, the first at the beginning of one."""
    whole, start = "".join(words), 0
    for word in words:
        if word[0] == typed[:1] and _follow(typed, whole, start):
            return True
        start += len(word)
    return False


def _follow(typed: str, whole: str, at: int) -> bool:
    for letter in typed:
        at = whole.find(letter, at) + 1
        if not at:
            return False
    return True

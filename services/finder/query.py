"""What somebody looks for: words, each in the forms it may stand in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.finder.words import fold, name_words, text_words

__all__ = ("Query", "QueryWord", "read_query")

_LONGEST: Final = 400
"""Characters of a query; what is longer was pasted."""
_MOST_WORDS: Final = 16


@dataclass(frozen=True, slots=True)
class QueryWord:
    """One word as typed, and what it may look like in the words of a name or a text."""

    typed: str
    """Case and accents folded."""
    forms: tuple[str, ...]
    """Words with one blank between them: `getWeather` is `get weather` and `getweather`; never empty."""

    @property
    def letters(self) -> str:
        """The word without what stands between its letters, for comparing it letter by letter."""
        return self.forms[-1]


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: every word has to fit."""

    words: tuple[QueryWord, ...]

    @property
    def phrase(self) -> str:
        """All of it, as it would stand in a name."""
        return " ".join(word.forms[0] for word in self.words)


def read_query(text: str) -> Query:
    """The words of a text, each once; blanks of any script part them."""
    typed = dict.fromkeys(text[:_LONGEST].split())
    return Query(tuple(_word(word) for word in list(typed)[:_MOST_WORDS]))


def _word(word: str) -> QueryWord:
    typed = fold(word)
    if "@" in word:
        return QueryWord(typed, (typed,))  # begins a mention, or is an address: not a mere separator
    plain = text_words(word)
    forms = (" ".join(name_words(word)), " ".join(plain), "".join(plain))
    return QueryWord(typed, tuple(dict.fromkeys(form for form in forms if form)) or (typed,))

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.arguments.words import quote, words


def texts(line: str) -> list[str]:
    return [word.text for word in words(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/call demo echo", ["/call", "demo", "echo"]),
        ('/log "my files"', ["/log", "my files"]),
        ("/log 'it''s'", ["/log", "its"]),
        (r'say "a \"b\" \\ \d"', ["say", r'a "b" \ \d']),
        (r"two\ words C:\data \"x", ["two words", r"C:\data", '"x']),
        ('a""b "" end', ["ab", "", "end"]),
        ("  spaced\tout\nlines ", ["spaced", "out", "lines"]),
        ("", []),
    ],
)
def test_a_line_splits_as_in_a_shell(line: str, expected: list[str]) -> None:
    assert texts(line) == expected


def test_a_word_knows_its_place_and_its_open_quote() -> None:
    first, second = words('/log "my fi')
    assert (first.start, first.end, first.quoted) == (0, 4, False)
    assert (second.text, second.start, second.end, second.unclosed) == ("my fi", 5, 11, '"')


@given(st.text())
def test_any_line_splits(line: str) -> None:
    for word in words(line):
        assert line[word.start : word.end]


@given(st.lists(st.text(), min_size=1))
def test_quoted_names_come_back_whole(names: list[str]) -> None:
    assert texts(" ".join(map(quote, names))) == names

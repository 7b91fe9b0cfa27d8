"""Text is broken into rows by cells, and only as far as it is looked at."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.work import growth
from widgets.views.wrapping import content_end, cut, wrap

ANY_TEXT = st.text(st.sampled_from("ab  \n漢あe\u0301👍\u200d👩\ufe0f❤—é"), max_size=120)


def rows(text: str, width: int, limit: int = 1000) -> list[str]:
    return [" " * row.indent + text[row.start : row.end] for row in wrap(text, width, limit)]


def test_words_stay_whole_where_they_can() -> None:
    assert rows("the operator plugs the cord", 12) == ["the operator", "plugs the", "cord"]


def test_a_word_longer_than_the_row_is_broken() -> None:
    assert rows("see abcdefghijkl", 5) == ["see", "abcde", "fghij", "kl"]


def test_rows_that_continue_a_line_are_moved_in_like_the_line() -> None:
    assert rows('  "key": "some value here"', 16) == ['  "key": "some', '  value here"']


def test_empty_lines_stay() -> None:
    assert rows("a\n\nb\n", 10) == ["a", "", "b", ""]


def test_wide_characters_take_two_cells_and_break_anywhere() -> None:
    assert rows("漢字かな交じり", 6) == ["漢字か", "な交じ", "り"]


def test_combining_marks_and_joined_emoji_are_never_torn() -> None:
    assert rows("e\u0301e\u0301e\u0301", 2) == ["e\u0301e\u0301", "e\u0301"]
    assert rows("👩\u200d👩\u200d👧👍", 2) == ["👩\u200d👩\u200d👧", "👍"]


def test_text_is_cut_by_cells() -> None:
    assert cut("operator", 8) == "operator"
    assert cut("operators", 8) == "operato…"
    assert cut("漢字かな", 5) == "漢字…"
    assert cut("a\nb", 5) == "a b"
    assert cut("abc", 0) == ""


def test_blank_lines_at_the_end_do_not_count() -> None:
    assert content_end("a \n\n") == 1


@settings(deadline=None, database=None)
@given(ANY_TEXT, st.integers(2, 20))
def test_nothing_is_lost_and_every_row_fits(text: str, width: int) -> None:
    slices = wrap(text, width, 1000)
    assert "".join(text[row.start : row.end] for row in slices).replace(" ", "") == (
        text.replace("\n", "").replace(" ", "")
    )
    assert all(row.indent + cell_len(text[row.start : row.end]) <= width for row in slices)


def test_only_what_is_asked_for_is_looked_at() -> None:
    for text in ("word " * 4_000_000, "漢" * 10_000_000, "\n" * 20_000_000, "e" + "\u0301" * 5_000_000):
        assert 1 <= len(wrap(text, 80, 10)) <= 10
        assert growth(lambda text: wrap(text, 80, 10), text[: len(text) // 100], text) < 8

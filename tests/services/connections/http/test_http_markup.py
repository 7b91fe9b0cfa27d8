"""What a web page says, whatever it opens and never closes."""

from __future__ import annotations

import pytest

from services.connections.http.markup import words
from tests.support.work import growth


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<html><head><TITLE lang=en>Please sign in</title></head><body>no</body>", "Please sign in"),
        ("<style>p {}</style ><p>one<br>two</p><script src=a>three</script>", "one two"),
        ("one<!-- <b>two</b> -->three", "one three"),
        ("<title> </title>one", "one"),
        ("<title>one", "one"),
        ("<head><p>one", "one"),
        ("<!-- one", "<!-- one"),
        ("<!-- one <b>two", "two"),
        ("1 < 2", "1 < 2"),
        ("<header>one</header>", "one"),
        ("\u0130<b>one", "\u0130 one"),
        ("<script>a</script", ""),
    ],
)
def test_the_words_of_a_page(page: str, said: str) -> None:
    assert " ".join(words(page).split()) == said


@pytest.mark.parametrize(
    "piece", ["<!--", "<", "<title", "<script", "<style>", "</", "<!-- -->", "<head></head"]
)
def test_ten_times_the_markup_takes_about_ten_times_as_long(piece: str) -> None:
    assert growth(words, piece * 20_000, piece * 200_000) < 4 * 10

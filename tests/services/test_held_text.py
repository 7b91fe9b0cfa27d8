"""Text in an editor: nothing of it is lost, and nothing that could act is drawn."""

from __future__ import annotations

from hypothesis import given as examples
from hypothesis import strategies as st

from services.held_text import drawn, given, held, pasted
from services.text import printable

texts = st.text(
    st.characters()
    | st.sampled_from("\t\r\n\x00\x1b\x7f\x85\u2028\u200b\u202e\ufeff\ud800\U000e0067")
    | st.sampled_from("\U000f0000\U000f0fff\U000f1000\U0010001b\U0010ffff")
)


@examples(texts)
def test_what_is_held_is_given(text: str) -> None:
    assert given(held(text)) == text
    assert given(held(text, tabs=True)) == text


@examples(texts)
def test_what_is_drawn_is_printable_and_as_long(text: str) -> None:
    for inside in (held(text), held(text, tabs=True), text):
        shown = drawn(inside)
        assert len(shown) == len(inside)
        assert printable(shown).replace("    ", "\t") == shown.replace("    ", "\t")


@examples(texts)
def test_an_editor_finds_no_lines_but_ours(text: str) -> None:
    assert "\n".join(held(text).split("\n")) == held(text)
    assert len(held(text).splitlines()) == len(held(text).removesuffix("\n").split("\n")) * bool(text)
    assert len(held(text, tabs=True).splitlines()) <= 1


def test_the_newlines_of_a_paste() -> None:
    assert pasted("a\rb\r") == "a\nb\n"
    assert pasted("a\r\nb\rc\n") == "a\r\nb\rc\n"
    assert pasted("a\tb") == "a\tb"

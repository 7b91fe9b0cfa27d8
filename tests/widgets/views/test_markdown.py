"""Markdown in blocks and rows: the same however it is cut, nothing hidden, flat cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.views.markdown_blocks import MarkdownStream, markdown_blocks
from widgets.views.markdown_rows import markdown_rows

if TYPE_CHECKING:
    from widgets.views.markdown_blocks import MarkdownBlock

PIECES = st.sampled_from(
    [
        "# Title\n",
        "text with `code` and *words*\n",
        "\n",
        "- item\n",
        "  - nested\n",
        "1. one\n",
        "12) twelve\n",
        "```python\n",
        "```\n",
        "~~~\n",
        "   ```\n",
        "    indented\n",
        "> quote\n",
        "| a | b |\n",
        "|---|---|\n",
        "| 1 | 2 |\n",
        "---\n",
        "<b>html</b>\n",
        "no end",
        "`" * 3,
        "語 🖼\n",
        "x" * 5_000,
    ]
)


def drawn(text: str, width: int = 60) -> str:
    """The whole text as it stands on the screen."""
    return "\n".join(
        "".join(segment.text for segment in row).rstrip()
        for block in markdown_blocks(text)
        for row in markdown_rows(block, width)
    )


def in_steps(text: str, step: int) -> tuple[MarkdownBlock, ...]:
    stream = MarkdownStream()
    for start in range(0, len(text), step):
        stream.add(text[start : start + step])
    stream.end()
    return stream.blocks


@given(st.lists(PIECES, max_size=20), st.integers(1, 9))
def test_all_blocks_together_are_the_text(pieces: list[str], step: int) -> None:
    text = "".join(pieces)
    assert "".join(block.source for block in markdown_blocks(text)) == text
    assert "".join(block.source for block in in_steps(text, step)) == text


@given(st.lists(PIECES, max_size=20), st.integers(1, 9))
def test_blocks_are_the_same_however_the_text_comes(pieces: list[str], step: int) -> None:
    text = "".join(pieces)
    assert in_steps(text, step) == markdown_blocks(text)


@given(st.lists(PIECES, max_size=12), st.integers(1, 100))
def test_every_block_can_be_drawn_within_its_width(pieces: list[str], width: int) -> None:
    for block in markdown_blocks("".join(pieces)):
        for row in markdown_rows(block, width):
            assert sum(segment.cell_length for segment in row) <= max(width, 8)


def test_blocks_that_are_finished_stay_the_same_objects() -> None:
    stream = MarkdownStream()
    stream.add("# One\n\ntext\n\n- a\n- b\n\nmore")
    before = stream.blocks
    stream.add(" and more\n\nlast\n")
    after = stream.blocks
    assert all(old is new for old, new in zip(before[:-1], after, strict=False))
    assert after[-1].source == "last\n"


@pytest.mark.parametrize(
    "text",
    [
        "```\n" + "print('line')\n" * 2_000,
        "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 2_000,
        "word " * 20_000,
        "\n".join(f"- item {n}" for n in range(2_000)),
        "line\n" * 5_000,
        "x" * 100_000,
    ],
    ids=("code", "table", "line", "list", "lines", "word"),
)
def test_no_block_grows_without_end(text: str) -> None:
    assert max(len(block.source) for block in markdown_blocks(text)) <= 8_100


def test_what_is_no_markdown_here_is_drawn_as_text() -> None:
    text = drawn(
        "<script>x</script> and List<String>\n\n![a picture](http://host/p.png) [a link](http://host/)"
    )
    assert "<script>x</script> and List<String>" in text
    assert "a picture" in text and "http://host/p.png" in text
    assert "a link (http://host/)" in text


def test_markup_of_other_kinds_means_nothing() -> None:
    assert "[red]not red[/red] [@click=app.quit]no[/] :smile:" in drawn(
        "[red]not red[/red] [@click=app.quit]no[/] :smile:"
    )
    for block in markdown_blocks("[red]x[/red] [@click=app.quit]no[/] [l](http://h/)"):
        for row in markdown_rows(block, 60):
            assert not any(segment.style and "@click" in segment.style.meta for segment in row)
            assert not any(segment.style and segment.style.link for segment in row)


def test_code_keeps_its_lines_and_not_its_fences() -> None:
    assert drawn("```python\nif x:\n    y\n```\nafter") == " if x:\n     y\nafter"
    assert drawn("- item\n  ```\n  code\n  ```\n") == " • item\n code"
    assert drawn("~~~ text\n```\n~~~") == " ```"
    assert drawn("```nonsense-language\ncode\n```") == " code"


def test_lists_stand_together_and_keep_their_numbers() -> None:
    blocks = markdown_blocks("1. one\n2. two\n\n3. three\n\nend")
    assert [block.joined for block in blocks] == [False, True, False, False]
    assert drawn("7. seven\n8. eight") == " 7 seven\n 8 eight"


def test_the_rest_of_a_long_table_stands_under_its_head() -> None:
    rows = "".join(f"| {n} | {n * n} |\n" for n in range(100))
    blocks = markdown_blocks(f"| n | square |\n|---|---|\n{rows}")
    assert len(blocks) > 1
    assert all("square" in block.drawn for block in blocks)
    assert drawn(f"| n | square |\n|---|---|\n{rows}").count("9801") == 1

"""Cells as they are kept: each part comes back as it was, and one that is not known any more as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest

from app.session.kept_cells import Origin, cell_of, entry_of
from services.transcript.entries import Entry, Part
from services.transcript.lines import entry_line
from services.transcript.reading import Found, newest_first
from widgets.history import cells
from widgets.history.cells import Cell, JsonPart, LinkPart, MarkdownPart, NotePart, PicturePart, TextPart
from widgets.views.markdown_blocks import markdown_blocks

if TYPE_CHECKING:
    from pathlib import Path

PARTS = [
    TextPart("one\n  two", "heading"),
    JsonPart('{\n  "a": 1\n}'),
    MarkdownPart(markdown_blocks("# Head\n\n- one\n- two\n\n```py\nx = 1\n```\n")),
    LinkPart("demo://x", "A label", "what it is"),
    LinkPart("demo://x"),
    NotePart("a remark", "warning"),
]


def kept(path: Path, *entries: Entry) -> Found:
    path.write_bytes(b"".join(map(entry_line, entries)))
    return next(newest_first([path]))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_each_part_comes_back_as_it_was(tmp_path: Path, part: Any) -> None:
    cell = Cell("done", "a.b", "x=1", "3 ms", (part,))
    assert cell_of(kept(tmp_path / "a.jsonl", entry_of(0, 1.0, cell, Origin()))) == cell


def test_every_kind_of_part_is_tried() -> None:
    assert {type(part) for part in PARTS} | {PicturePart} == set(get_args(cells.Part))


@pytest.mark.parametrize("kind", get_args(cells.Kind))
def test_each_kind_of_cell_comes_back(tmp_path: Path, kind: Any) -> None:
    found = cell_of(kept(tmp_path / "a.jsonl", entry_of(0, 1.0, Cell(kind, "n"), Origin())))
    assert found.kind == ("interrupted" if kind == "running" else kind)


@pytest.mark.parametrize(
    "part",
    [
        Part("table", "a  b", more={"columns": 2}),
        Part("link", "a  b"),
        Part("link", "a  b", more={"uri": 5}),
        Part("text", "a  b", "no such tone"),
        Part("note", "a  b", more={"style": None, "other": "x"}),
    ],
)
def test_a_part_that_is_not_known_is_its_text(tmp_path: Path, part: Part) -> None:
    [shown] = cell_of(kept(tmp_path / "a.jsonl", Entry(0, 1.0, "no such kind", parts=(part,)))).parts
    assert getattr(shown, "text", "") == "a  b" and getattr(shown, "style", "plain") in ("plain", "dim")

"""What a cell of the history is made of: the one vocabulary between the app and the widget.

All text in these values is printable and never markup.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from services.connections.calls import Progress
    from widgets.picture import Drawable
    from widgets.views.markdown_blocks import MarkdownBlock

__all__ = (
    "CALLS",
    "Cell",
    "JsonPart",
    "Kind",
    "LinkPart",
    "MarkdownPart",
    "NotePart",
    "Part",
    "PicturePart",
    "TextPart",
    "Tone",
)

Kind = Literal[
    "entry",
    "running",
    "done",
    "failed",
    "cancelled",
    "denied",
    "interrupted",
    "resource",
    "prompt",
    "notice",
    "warning",
    "error",
    "text",
    "answer",
    "thinking",
]
Tone = Literal["plain", "dim", "warning", "error", "heading"]

CALLS = frozenset({"running", "done", "failed", "cancelled", "denied", "interrupted"})
"""The kinds that stand for one tool invocation."""


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text of any length; long text folds."""

    text: str
    style: Tone = "plain"


@dataclass(frozen=True, slots=True)
class JsonPart:
    """Indented JSON of any length, with its keys and values coloured; long JSON folds."""

    text: str


@dataclass(frozen=True, slots=True)
class MarkdownPart:
    """Markdown in blocks; a block that stays the same object is not drawn again. Of a model shown whole."""

    blocks: tuple[MarkdownBlock, ...]
    plain: bool = False
    """Shown as the text that it is."""

    @property
    def text(self) -> str:
        """It as it came."""
        return "".join(block.source for block in self.blocks)


@dataclass(frozen=True, slots=True)
class PicturePart:
    """A picture under its heading; opens on a key. Not `drawn`, only the heading stands there."""

    picture: Drawable
    heading: str = "tool result (image output)"
    drawn: bool = True


@dataclass(frozen=True, slots=True)
class LinkPart:
    """Something to be read on a key, such as a resource link."""

    uri: str
    label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class NotePart:
    """A remark on one line: what is wrong with a result, what is there to save."""

    text: str
    style: Tone = "dim"


Part = TextPart | JsonPart | MarkdownPart | PicturePart | LinkPart | NotePart


@dataclass(frozen=True, slots=True)
class Cell:
    """One entry of the history.

    With a `name` there is a head line: glyph, name, detail, and `right` at the right edge.
    Without one the glyph stands before the first part, as for entries and notices.
    """

    kind: Kind
    name: str = ""
    """Bold: `server.tool`."""
    detail: str = ""
    """Dim, one line; cut to fit until the cell is unfolded: the arguments."""
    right: str = ""
    """At the right edge: how long it took."""
    parts: tuple[Part, ...] = ()
    progress: Progress | None = None
    """How far a running call is."""
    started: float | None = None
    """By the history's clock: when a running call began."""

    @property
    def targets(self) -> tuple[LinkPart | PicturePart, ...]:
        """The parts that open on a key, in the order of `History.ActionRequested.target_index`."""
        return tuple(part for part in self.parts if isinstance(part, LinkPart | PicturePart))

"""From cells to the entries that are kept of them, and back."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, get_args

from app.session.cell_source import Source
from services.transcript.entries import Entry, Part, ResultKind
from services.transcript.export import blob_of
from widgets.history import cells as shown
from widgets.history.cells import Cell, MarkdownPart, PicturePart, TextPart
from widgets.history.plain_text import cell_text
from widgets.views.markdown_blocks import markdown_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.results.content import PromptResult, ResourceResult, ToolResult
    from services.results.pictures import Picture, Pixels
    from services.transcript.reading import Found

    Result = ToolResult | ResourceResult | PromptResult

__all__ = (
    "KeptPicture",
    "KeptSource",
    "Origin",
    "cell_of",
    "entry_of",
    "origin_of",
    "replaced_picture",
    "source_of",
)

_KINDS: Final = frozenset(get_args(shown.Kind))
_TONES: Final = frozenset(get_args(shown.Tone))
_PARTS: Final = {cls.__name__.removesuffix("Part").lower(): cls for cls in get_args(shown.Part)}
_OWN: Final = ("text", "style")
_RESULTS: Final[dict[str, ResultKind]] = {
    "ToolResult": "tool",
    "ResourceResult": "resource",
    "PromptResult": "prompt",
}


# To what is kept.


class Origin(NamedTuple):
    """A cell's source as it was when the cell changed."""

    server: str = ""
    again: str = ""
    shell: str = ""
    stem: str = ""
    copied: str = ""
    raw: Mapping[str, Any] | None = None
    result: ResultKind = ""


_NOWHERE: Final = Origin()


def origin_of(source: Source | None) -> Origin:
    """A source as a value."""
    if source is None:
        return _NOWHERE
    result = _RESULTS.get(type(source.result).__name__, "") if source.result is not None else ""
    return Origin(source.server, source.again, source.shell, source.stem, source.copied, source.raw, result)


def entry_of(number: int, at: float, cell: Cell, origin: Origin) -> Entry:
    """What is kept of a cell; not masked yet. May be called in a thread."""
    again = origin.again
    if cell.kind == "entry":
        from app.slash.masking import masked_line

        again = masked_line(again)
    return Entry(
        number,
        at,
        cell.kind,
        cell.name,
        cell.detail,
        cell.right,
        tuple(map(_kept, cell.parts)),
        origin.server,
        again,
        origin.shell,
        origin.stem,
        origin.copied,
        origin.result,
        origin.raw,
    )


def _kept(part: shown.Part) -> Part:
    if isinstance(part, MarkdownPart):
        return Part("markdown", part.text)
    if isinstance(part, PicturePart):
        return _kept_picture(part)
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    more = {name: value for name, value in values.items() if name not in _OWN}
    if any(not isinstance(value, str | int | float | bool | None) for value in more.values()):
        return Part("text", cell_text(Cell("text", parts=(part,))))  # as plain text, at least
    kind = type(part).__name__.removesuffix("Part").lower()
    return Part(kind, values.get("text", ""), values.get("style", ""), more)


def _kept_picture(part: PicturePart) -> Part:
    picture: Any = part.picture
    more = {
        "block": getattr(picture, "block_index", -1),
        "format": picture.format,
        "width": picture.width,
        "height": picture.height,
        "size": picture.byte_size,
        "mime": getattr(picture, "mime_type", ""),
        "drawn": part.drawn,
    }
    return Part("picture", part.heading, more=more)


# And back.


class KeptSource(Source):
    """The source of a cell that was kept: what it brought back is read from the file when it is wanted."""

    __slots__ = ("_kind", "_number", "_place", "_uri", "at")

    def __init__(self, found: Found) -> None:
        entry = found.entry
        self._number, self._place = entry.number, found.place
        self._kind: ResultKind = entry.result if entry.raw is not None else ""
        self._uri = entry.detail
        self.at = entry.at
        """When it began, in seconds since 1970."""
        super().__init__(entry.server, entry.again, entry.shell, entry.stem)
        self.copied = entry.copied

    @property
    def raw(self) -> Mapping[str, Any] | None:
        """The answer as it stood on the wire. Reads a file."""
        entry = self._place.entry(self._number)
        return entry.raw if entry is not None else None

    @raw.setter
    def raw(self, raw: object) -> None:
        """It is in the file."""

    @property
    def result(self) -> Result | None:
        """What it brought back, without pictures that are decoded. Reads a file."""
        from services.results import reader

        raw: Any = self.raw if self._kind else None
        if raw is None:
            return None
        match self._kind:
            case "resource":
                return reader.read_resource_result(self.server, self._uri, raw, 0.0)
            case "prompt":
                return reader.read_prompt_result(raw, 0.0)
            case _:
                return reader.read_tool_result(raw, None, 0.0)

    @result.setter
    def result(self, result: object) -> None:
        """It is in the file."""


class KeptPicture:
    """A picture that was kept: known by its measures, decoded when it is first to be drawn."""

    def __init__(
        self, found: Found, more: Mapping[str, Any], wanted: Callable[[KeptPicture], None] | None
    ) -> None:
        self._place, self.number = found.place, found.entry.number
        self._wanted = wanted
        self.format = str(more.get("format", ""))
        self.width, self.height, self.byte_size, self.block_index = (
            _whole(more.get(name)) for name in ("width", "height", "size", "block")
        )
        self.mime_type = str(more.get("mime", ""))

    def pixels(self, columns: int, rows: int) -> Pixels | None:
        """Nothing yet; asked for once, it is decoded behind the screen and takes the place of this."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            wanted(self)
        return None

    @property
    def data(self) -> bytes:
        """The bytes as they came; none where they were not kept. Reads a file."""
        entry = self._place.entry(self.number)
        return blob_of(entry, self.block_index) if entry is not None else b""

    def decoded(self) -> Picture | None:
        """The picture; None where it was not kept whole. Blocks for up to 0.3 s."""
        from services.results.pictures import PictureRefused, decode

        try:
            return decode(self.data, self.block_index, self.mime_type)
        except PictureRefused:
            return None


def source_of(found: Found) -> Source | None:
    """Where a kept cell came from; None where nothing is known of it."""
    entry = found.entry
    known = entry.server or entry.again or entry.shell or entry.stem or entry.copied or entry.raw is not None
    return KeptSource(found) if known else None


def cell_of(found: Found, wanted: Callable[[KeptPicture], None] | None = None, *, drawn: bool = True) -> Cell:
    """A kept entry as a cell, its pictures `drawn` or only named. May be called in a thread.

    `wanted` is told when a picture is about to be drawn, and has it decoded.
    """
    entry = found.entry
    kind: Any = entry.kind if entry.kind in _KINDS else "text"
    parts = tuple(_shown(part, found, wanted, drawn) for part in entry.parts)
    return Cell(kind, entry.name, entry.detail, entry.took, parts)


def _shown(part: Part, found: Found, wanted: Callable[[KeptPicture], None] | None, drawn: bool) -> shown.Part:
    if part.kind == "markdown":
        return MarkdownPart(markdown_blocks(part.text))
    if part.kind == "picture":
        picture = KeptPicture(found, part.more, wanted)
        return PicturePart(picture, part.text, drawn=drawn and part.more.get("drawn") is True)
    cls: Any = _PARTS.get(part.kind, TextPart)
    given = {**part.more, "text": part.text, "style": part.style if part.style in _TONES else "plain"}
    values = {}
    for field in fields(cls):
        value = given.get(field.name)
        wants = str if field.default is MISSING else type(field.default)
        if isinstance(value, wants):
            values[field.name] = value
        elif field.default is MISSING:
            return TextPart(part.text)  # of a kind that is none any more
    return cls(**values)  # type: ignore[no-any-return]


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def replaced_picture(cell: Cell, kept: KeptPicture, picture: Picture | None) -> Cell:
    """The cell with a decoded picture in the place of a kept one; with a word where there is none."""

    def part_of(part: shown.Part) -> shown.Part:
        if not isinstance(part, PicturePart) or part.picture is not kept:
            return part
        if picture is None:
            return replace(part, heading=f"{part.heading} (not kept)", drawn=False)
        return replace(part, picture=picture)

    return replace(cell, parts=tuple(map(part_of, cell.parts)))

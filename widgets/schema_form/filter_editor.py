"""Editor of many options: type a part of one, pick it from what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from services.text import printable
from widgets.schema_form.editor import FIELD_KEYS, Editor, EntryChanged
from widgets.schema_form.options_editor import chosen_indices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult, RenderResult
    from textual.geometry import Size

    from services.forms.choices import Option
    from services.forms.fields import Entry, Field, Scalar

__all__ = ("FilterEditor",)

_ROWS = 5


class MatchList(Widget):
    """The options that match, a few at a time."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"matches--cursor", "matches--more"}
    DEFAULT_CSS = """
    MatchList {
        height: auto;
        color: $text-muted;
        text-wrap: nowrap;
        pointer: pointer;
        & > .matches--cursor { color: $text; background: $foreground 12%; }
        & > .matches--more { color: $text-disabled; }
    }
    """

    @dataclass
    class Picked(Message):
        """An option was clicked."""

        index: int

    cursor: reactive[int] = reactive(0)
    chosen: reactive[frozenset[int]] = reactive(frozenset[int]())

    def __init__(self, options: Sequence[Option], chosen: frozenset[int], many: bool) -> None:
        super().__init__()
        self.many = many
        self.left: Sequence[int] = range(len(options))
        """The places of the options that match."""
        self._options = options
        self._folded = [option.label.casefold() for option in options]
        self.set_reactive(MatchList.chosen, chosen)
        self.set_reactive(MatchList.cursor, min(chosen, default=0))

    @property
    def values(self) -> tuple[Scalar, ...]:
        """The values of the options that are chosen."""
        return tuple(self._options[index].value for index in sorted(self.chosen))

    @property
    def current(self) -> int | None:
        """The place of the option under the cursor."""
        return self.left[self.cursor] if self.left else None

    def narrow(self, part: str) -> None:
        """Leave the options that contain a text, those that begin with it first."""
        wanted = part.casefold().strip()
        found = [place for place, label in enumerate(self._folded) if wanted in label]
        if wanted:
            found.sort(key=lambda place: not self._folded[place].startswith(wanted))
        self.left = found
        first = min(self.chosen, default=0) if not wanted and not self.many else 0
        self.cursor = first
        self.refresh(layout=True)

    def move(self, by: int) -> bool:
        """Move the cursor; False at the end of the list."""
        to = self.cursor + by
        if not 0 <= to < len(self.left):
            return False
        self.cursor = to
        return True

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return min(max(len(self.left), 1), _ROWS) + (len(self.left) > _ROWS)

    @property
    def _first(self) -> int:
        return max(0, min(self.cursor - _ROWS // 2, len(self.left) - _ROWS))

    def render(self) -> RenderResult:
        if not self.left:
            return Content("  nothing matches")
        width = max(self.content_size.width, 1)
        shown = range(self._first, min(self._first + _ROWS, len(self.left)))
        lines = [self._line(place, width) for place in shown]
        if len(self.left) > _ROWS:
            more = self.get_visual_style("matches--more", partial=True)
            lines.append(Content(f"  {shown.stop:,} of {len(self.left):,}").stylize(more))
        return Content("\n").join(lines)

    def _line(self, place: int, width: int) -> Content:
        index = self.left[place]
        marks = ("[ ]", "[x]") if self.many else ("○", "●")
        text = Content(f"{marks[index in self.chosen]} {self._options[index].label}")
        text = text.truncate(width, ellipsis=True)
        if place != self.cursor:
            return text
        return text.pad_right(max(0, width - text.cell_length)).stylize(
            self.get_visual_style("matches--cursor", partial=True)
        )

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        place = -1 if offset is None else self._first + offset.y
        if offset is not None and offset.y < _ROWS and place < len(self.left):
            self.cursor = place
            self.post_message(self.Picked(self.left[place]))


class FilterInput(Editor, Input):
    DEFAULT_CSS = """
    FilterInput {
        background: $foreground 6%;
        &:focus { background: $foreground 12%; background-tint: $foreground 0%; }
        & > .input--placeholder { color: $text-disabled; }
        &.-chosen > .input--placeholder { color: $text; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "choose", show=True, id="form.take"),
        *FIELD_KEYS,
    ]

    def __init__(self, matches: MatchList, pick: Callable[[int], None], show: Callable[[], None]) -> None:
        super().__init__(compact=True)
        self._matches = matches
        self._pick = pick
        self._show = show

    @property
    def typed(self) -> Entry:
        values = self._matches.values
        if self._matches.many:
            return values
        return values[0] if values else None

    @property
    def is_blank(self) -> bool:
        return not self._matches.chosen

    def wipe(self) -> None:
        self.value = ""
        self._matches.chosen = frozenset()

    def show_void(self) -> None:
        self._show()

    def keeps(self, key: str) -> bool:
        if key in ("up", "down"):
            return self._matches.move(-1 if key == "up" else 1)
        if key == "enter" and self._matches.current is not None:
            fresh = self._matches.current not in self._matches.chosen or self._matches.many
            # Enter picks; on what is picked already, of one among many, it goes on.
            if fresh:
                self._pick(self._matches.current)
            return self._matches.many
        return False

    async def action_submit(self) -> None:
        """Nothing more: the key has done its work."""

    def action_delete_left(self) -> None:
        """Delete a character; on an empty filter, what was chosen."""
        if self.value or (self._matches.many and self.void is None):
            super().action_delete_left()
        elif self._matches.chosen or self.void is not None:
            self.say(None)

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert_text_at_cursor(" ".join(printable(event.text).split()))


class FilterEditor(Vertical):
    """One line that shows what is chosen and takes a filter; the list opens while it has the keys."""

    DEFAULT_CSS = """
    FilterEditor {
        height: auto;
        & > MatchList { display: none; }
        &.-open > MatchList { display: block; }
    }
    """

    def __init__(self, options: Sequence[Option], entry: Entry = None, *, many: bool = False) -> None:
        super().__init__()
        self._options = options
        self._many = many
        self._matches = MatchList(options, chosen_indices(options, entry), many)
        self._filter = FilterInput(self._matches, self._pick, self._show_chosen)

    def compose(self) -> ComposeResult:
        yield self._filter
        yield self._matches

    def on_mount(self) -> None:
        self._show_chosen()

    @property
    def entry(self) -> Entry:
        """What the person chose."""
        return self._filter.entry

    def hold(self, field: Field, entry: Entry) -> None:
        """Be the editor of a field with this entry."""
        self._filter.hold(field, entry)

    def wipe(self) -> None:
        """Take out what was chosen."""
        self._filter.wipe()

    def adopt(self, field: Field) -> None:
        """Be the editor of what the field has become."""
        self._filter.adopt(field)

    def be_item(self, is_item: bool, moves: bool) -> None:
        """Be the editor of one of several, or not."""
        self._filter.be_item(is_item, moves)

    def be_inside(self, is_inside: bool, is_folded: bool) -> None:
        """Be in something that can be folded, or not; be the head of something that is folded."""
        self._filter.be_inside(is_inside, is_folded)

    def focus_entry(self) -> None:
        """Give the keys to the filter."""
        self._filter.focus_entry()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._matches.narrow(event.value)

    @on(MatchList.Picked)
    def _clicked(self, event: MatchList.Picked) -> None:
        event.stop()
        self._pick(event.index)
        self._filter.focus()

    def on_descendant_focus(self) -> None:
        self.add_class("-open")

    def on_descendant_blur(self) -> None:
        self.remove_class("-open")
        if self._filter.value and len(self._matches.left) == 1 and not self._many:
            self._pick(self._matches.left[0])
        self._filter.value = ""

    def _pick(self, index: int) -> None:
        before = self._matches.chosen
        if self._many:
            self._matches.chosen = before ^ {index}
        else:
            self._matches.chosen = frozenset({index})
        if self._matches.chosen != before:
            self._filter.filled()
            self._show_chosen()
            self.post_message(EntryChanged())

    def _show_chosen(self) -> None:
        labels = [self._options[index].label for index in sorted(self._matches.chosen)]
        count = f"{len(labels)} chosen: " if len(labels) > 1 else ""
        word = "" if labels else self._filter.void_word
        none = f"{word} · " * bool(word) + f"type to filter {len(self._options):,} options"
        self._filter.placeholder = count + ", ".join(labels) if labels else none
        self._filter.set_class(bool(labels), "-chosen")

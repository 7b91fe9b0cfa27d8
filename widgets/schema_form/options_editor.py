"""Editors of a few options side by side: one of them, some of them, yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from widgets.schema_form.editor import FIELD_KEYS, Editor, EntryChanged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.app import RenderResult
    from textual.geometry import Size

    from services.forms.choices import Option
    from services.forms.fields import Entry

__all__ = ("OptionsEditor", "ToggleEditor", "chosen_indices")

_GAP = 2


def chosen_indices(options: Sequence[Option], entry: Entry) -> frozenset[int]:
    """Which options an entry stands for; True is not 1."""
    values = entry if isinstance(entry, tuple) else () if entry is None else (entry,)
    wanted = {(isinstance(value, bool), value) for value in values}
    return frozenset(
        index for index, one in enumerate(options) if (isinstance(one.value, bool), one.value) in wanted
    )


class Marks(Editor, Widget, can_focus=True):
    """Marks with labels in a row, as many rows as they need; arrows move, the space bar acts."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"marks--chosen", "marks--cursor", "marks--other"}
    DEFAULT_CSS = """
    Marks {
        height: auto;
        pointer: pointer;
        text-wrap: nowrap;
        & > .marks--other { color: $text-muted; }
        & > .marks--chosen { color: $text; }
        &:focus > .marks--chosen { color: $text-accent; text-style: bold; }
        & > .marks--cursor { background: $foreground 12%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "previous", show=False, id="options.previous"),
        Binding("right", "move(1)", "next", show=False, id="options.next"),
        Binding("home", "move(-1000000)", "first", show=False, id="options.first"),
        Binding("end", "move(1000000)", "last", show=False, id="options.last"),
        Binding("space", "choose", "choose", show=True, id="options.choose"),
        Binding("delete,backspace", "clear", "clear", show=True, key_display="del", id="options.clear"),
        *FIELD_KEYS,
    ]

    cursor: reactive[int] = reactive(0)
    """The option the keys act on."""

    chosen: reactive[frozenset[int]] = reactive(frozenset[int](), layout=True)
    """The options that are chosen, by their places."""

    @property
    def shown(self) -> Sequence[tuple[str, str]]:
        """The mark and the label of each option."""
        raise NotImplementedError

    def render(self) -> RenderResult:
        rows: list[list[Content]] = []
        for row, start, _, index in self._placed(self.content_size.width):
            if row == len(rows):
                rows.append([])
            rows[row].append(Content(" " * _GAP if start else ""))
            rows[row].append(self._one(index))
        return Content("\n").join([Content("").join(row) for row in rows])

    def _one(self, index: int) -> Content:
        mark, label = self.marks[index]
        text = Content(f"{mark} {label}").truncate(max(self.content_size.width, 1), ellipsis=True)
        look = "marks--chosen" if index in self.chosen else "marks--other"
        text = text.stylize(self.get_visual_style(look, partial=True))
        if self.has_focus and index == self.cursor:
            text = text.stylize(self.get_visual_style("marks--cursor", partial=True))
        return text

    def _placed(self, width: int) -> Iterator[tuple[int, int, int, int]]:
        """Where each option stands: row, first column, one past its last, place."""
        row = column = 0
        for index, (mark, label) in enumerate(self.marks):
            size = min(Content(f"{mark} {label}").cell_length, max(width, 1))
            if column and column + _GAP + size > width:
                row, column = row + 1, 0
            start = column + (_GAP if column else 0)
            column = start + size
            yield row, start, column, index

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max((row for row, *_ in self._placed(width)), default=0) + 1

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        for row, start, end, index in self._placed(self.content_size.width):
            inside = offset is not None and offset.y == row and start <= offset.x < end
            if inside and index < len(self.shown):
                self.cursor = index
                self.pick(index)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to clear only where something is chosen."""
        if action == "clear":
            return not self.is_blank or self.void is not None
        return super().check_action(action, parameters)

    @property
    def is_blank(self) -> bool:
        return not self.chosen

    def wipe(self) -> None:
        self.chosen = frozenset()

    def show_void(self) -> None:
        self.refresh(layout=True)

    @property
    def marks(self) -> Sequence[tuple[str, str]]:
        """What is drawn: the options, and while none is chosen what is sent for that."""
        word = self.void_word if self.is_blank else ""
        if not word or (self.void is None and not self._has_room(word)):
            return self.shown
        return [*self.shown, ("", word)]

    def _has_room(self, word: str) -> bool:
        """Whether a word stands beside the options: those without a mark say as much."""
        taken = sum(_GAP + 1 + Content(f"{mark}{label}").cell_length for mark, label in self.shown)
        return taken + 1 + len(word) <= self.content_size.width

    def action_move(self, by: int) -> None:
        """Move to another option."""
        self.cursor = max(0, min(self.cursor + by, len(self.shown) - 1))

    def action_choose(self) -> None:
        """Choose the option under the cursor; of many, give it up where it was chosen."""
        self.pick(self.cursor)

    def action_clear(self) -> None:
        """Choose nothing."""
        self.say(None)

    def pick(self, index: int) -> None:
        """What the space bar and a click do to an option."""
        raise NotImplementedError

    def choose(self, chosen: frozenset[int]) -> None:
        """Have these options chosen, and say so."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.filled()
            self.refresh_bindings()
            self.post_message(EntryChanged())


class OptionsEditor(Marks):
    """A few options: one of them, or as many as wanted."""

    def __init__(self, options: Sequence[Option], entry: Entry = None, *, many: bool = False) -> None:
        super().__init__()
        self._options = options
        self._many = many
        chosen = chosen_indices(options, entry)
        self.set_reactive(Marks.chosen, chosen)
        self.set_reactive(Marks.cursor, min(chosen, default=0))

    @property
    def typed(self) -> Entry:
        values = tuple(self._options[index].value for index in sorted(self.chosen))
        if self._many:
            return values
        return values[0] if values else None

    @property
    def shown(self) -> Sequence[tuple[str, str]]:
        marks = ("[ ]", "[x]") if self._many else ("○", "●")
        return [(marks[index in self.chosen], option.label) for index, option in enumerate(self._options)]

    def action_move(self, by: int) -> None:
        # Of one among some, the arrows choose, as radio buttons do everywhere.
        if self.chosen or self._many or abs(by) > 1:
            super().action_move(by)
        else:
            self.cursor = 0 if by > 0 else len(self._options) - 1
        if not self._many:
            self.choose(frozenset({self.cursor}))

    def pick(self, index: int) -> None:
        if self._many:
            self.choose(self.chosen ^ {index})
        else:
            self.choose(frozenset({index}))


class ToggleEditor(Marks):
    """Yes, no, or nothing said yet."""

    def __init__(self, entry: Entry = None) -> None:
        super().__init__()
        self.value = entry if isinstance(entry, bool) else None

    @property
    def typed(self) -> Entry:
        return self.value

    @property
    def shown(self) -> Sequence[tuple[str, str]]:
        if self.value is None:
            return [("[ ]", "null" if self.void_word == "null" else "not set")]
        return [("[x]", "yes")] if self.value else [("[ ]", "no")]

    @property
    def marks(self) -> Sequence[tuple[str, str]]:
        return self.shown

    @property
    def is_blank(self) -> bool:
        return self.value is None

    def wipe(self) -> None:
        self._take(None)

    def action_move(self, by: int) -> None:
        self._set(not self.value)

    def pick(self, index: int) -> None:
        self._set(not self.value)

    def _set(self, value: bool) -> None:
        if value is not self.value:
            self._take(value)
            self.filled()
            self.refresh_bindings()
            self.post_message(EntryChanged())

    def _take(self, value: bool | None) -> None:
        self.value = value
        self.set_reactive(Marks.chosen, frozenset({0} if value else ()))
        self.refresh(layout=True)

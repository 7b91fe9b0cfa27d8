"""Rows of a long form that come into being once they are seen, or led to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.containers import Vertical

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.geometry import Region
    from textual.strip import Strip

    from services.forms.nodes import Row
    from widgets.schema_form.field_row import FieldRow

__all__ = ("LazyRows",)


class LazyRows(Vertical):
    """Some rows; until they are there, as much room as they will need at least."""

    DEFAULT_CSS = """
    LazyRows { height: auto; }
    """

    def __init__(self, rows: Sequence[Row], make: Callable[[Row], FieldRow]) -> None:
        super().__init__()
        self.rows = list(rows)
        self._make = make
        self._is_filled = False
        self._filling = asyncio.Lock()
        self.styles.height = len(rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        if not self._is_filled:  # only what is in sight is drawn
            self.call_later(self.fill)
        return super().render_lines(crop)

    @property
    def is_filled(self) -> bool:
        """Whether the rows are there."""
        return self._is_filled

    def change(self, rows: Sequence[Row]) -> None:
        """Have these rows."""
        self.rows = list(rows)
        if not self._is_filled:
            self.styles.height = len(self.rows)

    async def fill(self) -> None:
        """Have the rows there."""
        async with self._filling:
            if not self._is_filled:
                await self.mount_all([self._make(row) for row in self.rows])
                self.styles.height = "auto"
                self._is_filled = True

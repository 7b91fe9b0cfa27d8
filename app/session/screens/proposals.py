"""The values that a server proposes for a field of a form (`completion/complete`)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.errors import JackfieldError
from services.forms.fields import TextField
from services.text import one_line
from widgets.key_names import chosen_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from widgets.schema_form.field_row import FieldRow
    from widgets.schema_form.schema_form import SchemaForm

    Complete = Callable[[str, str, Mapping[str, str]], Awaitable[tuple[str, ...]]]
    """Proposes values for a field by its name, what stands in it, and what stands in the others."""

__all__ = ("Proposals",)

_PAUSE: Final = 0.3
"""Seconds without a key before the server is asked."""

_PATIENCE: Final = 3.0
"""Seconds the server may take; then there is nothing to offer."""

_MOST_SHOWN: Final = 8


class Proposals:
    """Offers values beside the field that has the keys; one that cannot be had costs nothing."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete
        self._row: FieldRow | None = None
        self._values: tuple[str, ...] = ()
        self._taken = -1
        self._shown = ""

    def offers(self, form: SchemaForm) -> bool:
        """Whether there is a value to take for the field with the keys."""
        return bool(self._values) and form.focused_text is self._row

    async def ask(self, form: SchemaForm) -> None:
        """Ask the server after a pause, and show what it proposes."""
        row = form.focused_text
        if row is None or not isinstance(row.field, TextField):
            return
        if self._is_taken(row):
            row.show_offer(self._shown)
            return
        await asyncio.sleep(_PAUSE)
        values = await self._proposed(row, form.value)
        if form.focused_text is row:
            self._show(row, values)

    async def _proposed(self, row: FieldRow, others: Mapping[str, Any]) -> tuple[str, ...]:
        name, typed = row.field.name, row.text or ""
        given = {key: value for key, value in others.items() if key != name and isinstance(value, str)}
        try:
            async with asyncio.timeout(_PATIENCE):
                values = await self._complete(name, typed, given)
        except (JackfieldError, TimeoutError):
            return ()
        return tuple(dict.fromkeys(value for value in values if value != typed))[:100]

    def _is_taken(self, row: FieldRow) -> bool:
        """Whether one of the values was taken, so that the key goes on to the next one."""
        return row is self._row and self._taken >= 0 and row.text == self._values[self._taken]

    def _show(self, row: FieldRow, values: tuple[str, ...]) -> None:
        if self._row is not None and self._row is not row:
            self._row.show_offer("")
        self._row, self._values, self._taken = row, values, -1
        shown = [one_line(value, 40) or "(empty)" for value in values[:_MOST_SHOWN]]
        more = " …" if len(values) > _MOST_SHOWN else ""
        key = chosen_key(row.app, "form.value", "^y")
        self._shown = f"{key} {' · '.join(shown)}{more}" if values else ""
        row.show_offer(self._shown)

    def take(self, form: SchemaForm) -> None:
        """Put the next of the values into the field."""
        if self._row is not None and self.offers(form):
            self._taken = (self._taken + 1) % len(self._values)
            self._row.hold_line(self._values[self._taken])

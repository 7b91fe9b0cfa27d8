"""Forms of hundreds of fields: all of them are there, those out of sight when they are wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tests.support.screens import type_at_once, until
from tests.widgets.inbox.stage import FormStage, text_on
from widgets.schema_form.field_row import FieldRow

if TYPE_CHECKING:
    from textual.pilot import Pilot

COUNT = 500


def stage(*required: str, **more: Any) -> FormStage:
    fields = {f"field{number}": {"type": "string"} for number in range(COUNT)}
    return FormStage({"type": "object", "properties": {**fields, **more}, "required": list(required)})


async def started(app: FormStage, pilot: Pilot[None]) -> None:
    """Wait until the form has the keys, then give them to its first row, whichever it chose."""
    await until(pilot, lambda: app.form.has_focus_within)
    app.query(FieldRow).first().focus_entry()
    await pilot.pause()


async def test_it_opens_with_what_is_in_sight_and_scrolls_to_the_rest() -> None:
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await until(pilot, lambda: app.form.max_scroll_y >= COUNT - 30)
        assert len(app.query(FieldRow)) <= 60
        app.form.scroll_to(y=250, animate=False)
        await until(pilot, lambda: "field255 " in text_on(app))
        app.form.scroll_end(animate=False)
        await until(pilot, lambda: "field499 " in text_on(app))
        assert len(app.query(FieldRow)) <= 150


async def test_the_arrows_lead_through_all_fields() -> None:
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await until(pilot, lambda: app.form.max_scroll_y >= COUNT - 30)
        await type_at_once(pilot, *["down"] * 45, "x", *["tab"] * 30, "y", *["up"] * 70, "z")
        wanted = {"field45": "x", "field75": "y", "field5": "z"}
        await until(pilot, lambda: {one: text for one, text in app.form.entries.items() if text} == wanted)


async def test_what_is_wrong_far_down_is_gone_to() -> None:
    app = stage("field400")
    async with app.run_test(size=(80, 24)) as pilot:
        await started(app, pilot)
        await until(pilot, lambda: app.form.max_scroll_y >= COUNT - 30)
        app.form.submit()
        await until(pilot, lambda: "required" in text_on(app))
        await until(pilot, lambda: app.focused is not None and app.form.has_focus_within)
        await until(pilot, lambda: "field400" in text_on(app))
        await pilot.press("x")
        app.form.submit()
        await until(pilot, lambda: app.submitted == [{"field400": "x"}])


async def test_it_opens_about_as_fast_as_a_form_of_twenty() -> None:
    seconds = {}
    for count in (20, COUNT):
        app = FormStage({"properties": {f"field{number}": {"type": "string"} for number in range(count)}})
        async with app.run_test(size=(80, 24)) as pilot:
            began = time.perf_counter()
            await until(pilot, lambda: "field12" in text_on(app))  # noqa: B023
            seconds[count] = time.perf_counter() - began
    assert seconds[COUNT] < seconds[20] + 0.3

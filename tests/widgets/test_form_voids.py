"""Fields left out, empty and null, with the keys that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.screens import type_at_once, until
from tests.widgets.inbox.stage import FormStage, text_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

NULLABLE: dict[str, Any] = {
    "text": {"type": ["string", "null"], "examples": ["Ann"]},
    "lines": {"type": ["string", "null"], "default": "one\ntwo"},
    "number": {"type": ["integer", "null"]},
    "flag": {"type": ["boolean", "null"]},
    "few": {"enum": ["a", "b", None]},
    "some": {"type": "array", "items": {"enum": ["a", "b"]}},
    "many": {"enum": [*(f"option {number}" for number in range(40)), None]},
    "json": {"type": ["object", "null"]},
}


def stage(**properties: Any) -> FormStage:
    return FormStage({"type": "object", "properties": properties}, strict=False)


async def started(app: FormStage, pilot: Pilot[None]) -> None:
    await until(pilot, lambda: app.form.has_focus_within)
    await pilot.pause()


async def sent(app: FormStage, pilot: Pilot[None]) -> dict[str, Any]:
    count = len(app.submitted)
    app.form.submit()
    await until(pilot, lambda: len(app.submitted) > count)
    return app.submitted[-1]


@pytest.mark.parametrize("name", [name for name in NULLABLE if name != "some"])
async def test_each_kind_of_field_is_left_out_and_sent_as_null(name: str) -> None:
    app = stage(it=NULLABLE[name])
    async with app.run_test(size=(100, 24)) as pilot:
        await started(app, pilot)
        await pilot.press("ctrl+l")
        assert "null" in text_on(app)
        assert await sent(app, pilot) == {"it": None}
        await pilot.press("ctrl+d")
        assert "not se" in text_on(app)
        assert await sent(app, pilot) == {}


async def test_one_key_goes_through_all_there_is_to_say() -> None:
    app = stage(it=NULLABLE["text"])
    async with app.run_test() as pilot:
        await started(app, pilot)
        assert "not sent · e.g. Ann" in text_on(app)
        seen = []
        for key in ("x", "ctrl+d", "ctrl+d", "ctrl+d", "ctrl+d", "ctrl+l", "backspace"):
            await pilot.press(key)
            seen.append((await sent(app, pilot)).get("it", "-"))
        assert seen == ["x", "-", "", None, "-", None, "-"]


async def test_typing_takes_the_place_of_null_and_erased_it_is_left_out() -> None:
    app = stage(it=NULLABLE["text"], other=NULLABLE["few"])
    async with app.run_test() as pilot:
        await started(app, pilot)
        await type_at_once(pilot, "ctrl+l", "a", "backspace", "tab", "ctrl+l", "right", "delete")
        assert await sent(app, pilot) == {}
        await type_at_once(pilot, "a", "ctrl+l")
        assert await sent(app, pilot) == {"other": None}


async def test_an_empty_list_is_sent() -> None:
    app = stage(it=NULLABLE["some"])
    async with app.run_test() as pilot:
        await started(app, pilot)
        await pilot.press("ctrl+d")
        assert "[]" in text_on(app)
        assert await sent(app, pilot) == {"it": []}


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_what_is_sent_for_nothing_is_seen(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    fields = {f"{name} {key}": part for name, part in NULLABLE.items() for key in ("left out", "null")}
    app = stage(**fields, empty={"type": "string", "default": ""})
    async with app.run_test(size=size) as pilot:
        await started(app, pilot)
        for name in fields:
            await pilot.press(*(["ctrl+l"] if name.endswith("null") else []), "tab")
        app.form.scroll_home(animate=False)
        await pilot.pause()
        assert screen_matches(app)

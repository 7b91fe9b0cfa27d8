"""The two themes: everything written in them can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.app import App
from textual.color import Color

from app.themes import DEFAULT_THEME, THEMES, register_themes

if TYPE_CHECKING:
    from textual.theme import Theme

GROUNDS = ("background", "surface", "panel")
READ = ("text", "text-muted", "text-primary", "text-accent", "text-success", "text-warning", "text-error")
"""What a person must be able to read (WCAG 2.2, 1.4.3: 4.5 to 1)."""
UNIMPORTANT = ("text-disabled",)
"""Incidental text; 3 to 1 all the same."""


def luminance(color: Color) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (value / 255 for value in color.rgb)
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colors(theme: Theme) -> dict[str, str]:
    return {**theme.to_color_system().generate(), **theme.variables}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_stands_out_from_every_ground(theme: Theme) -> None:
    named = colors(theme)
    grounds = {name: Color.parse(named[name]) for name in GROUNDS}
    primary = Color.parse(named["primary"])
    # The rows a person stands on: the ground with a quarter of the accent.
    grounds["cursor"] = grounds["background"].blend(primary, 0.25)

    for wanted, names in ((4.5, READ), (3.0, UNIMPORTANT)):
        for name in names:
            for ground, color in grounds.items():
                least = 3.0 if ground == "cursor" and name != "text" else wanted
                least = 2.2 if ground == "cursor" and name in UNIMPORTANT else least
                found = contrast(Color.parse(named[name]), color)
                assert found >= least, f"{name} on {ground}: {found:.2f}"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_states_can_be_told_apart(theme: Theme) -> None:
    named = colors(theme)
    states = [
        Color.parse(named[name]) for name in ("text-success", "text-warning", "text-error", "text-accent")
    ]

    assert len({color.hex for color in states}) == 4


async def test_both_can_be_chosen_and_one_is_the_default() -> None:
    app: App[None] = App()
    register_themes(app)
    app.theme = DEFAULT_THEME

    async with app.run_test():
        assert {"jackfield", "jackfield-light"} <= set(app.available_themes)
        assert app.current_theme.dark
        app.theme = "jackfield-light"
        assert not app.current_theme.dark

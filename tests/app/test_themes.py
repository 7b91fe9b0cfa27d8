"""The themes: everything written in ours can be read, and all of Textual's can be used."""

from __future__ import annotations

import re
import tomllib
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from app.session.screens.themes import ThemeScreen
from app.themes import DEFAULT_THEME, THEMES, register_themes
from services.config.edit import set_setting
from services.config.source import named_source
from tests.app.conftest import session
from tests.support.places import ROOT
from tests.support.screens import screen_text
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.theme import Theme

READ, SEEN = 4.5, 3.0
"""What WCAG 2.2 AA asks of text (1.4.3) and of lines that show where something is (1.4.11)."""
OPAQUE = ("background", "surface", "panel")
LAID = ("background", "surface")
"""What grounds that are not opaque are laid over."""


class Pairs(NamedTuple):
    """What the styles use, each as written: `$primary 18%`."""

    texts: set[str]
    grounds: set[str]
    both: set[tuple[str, str]]
    """A text with the ground that the same rule gives it."""
    lines: set[str]


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


def rules() -> Iterator[str]:
    """The declarations of each rule of each style in the program, without the rules nested in it."""
    for path in (*ROOT.glob("app/**/*"), *ROOT.glob("widgets/**/*")):
        if path.suffix == ".py":
            text = path.read_text(encoding="utf-8")
            styles = [css for css in re.findall(r'"""(.*?)"""', text, re.DOTALL) if "{" in css]
        elif path.suffix == ".tcss":
            styles = [path.read_text(encoding="utf-8")]
        else:
            continue
        for css in styles:
            while found := re.search(r"\{([^{}]*)\}", css):
                yield found[1]
                css = css[: found.start()] + ";" + css[found.end() :]


def used() -> Pairs:
    """Every text, ground and line of the styles, and the colours of spans in the code."""
    pairs = Pairs(set(), set(), set(), set())
    for rule in rules():
        declared = dict(re.findall(r"(?:^|[;\s])(color|background): *(\$[^;]+)", rule))
        pairs.lines.update(re.findall(r"border[a-z-]*: *\w+ (\$[^;]+)", rule))
        text, ground = declared.get("color"), declared.get("background")
        if text and ground:
            pairs.both.add((text, ground))
        elif text:
            pairs.texts.add(text)
        elif ground:
            pairs.grounds.add(ground)
    for path in (*ROOT.glob("app/**/*.py"), *ROOT.glob("widgets/**/*.py")):
        pairs.texts.update(
            re.findall(r'"(?:bold |italic )*(\$text[a-z-]*)"', path.read_text(encoding="utf-8"))
        )
    return pairs


def on(named: dict[str, str], ground: str) -> Iterator[Color]:
    """The colours a ground may come out as."""
    name, _, percent = ground.removeprefix("$").partition(" ")
    color = Color.parse(named[name])
    if not percent:
        yield color
    else:
        for below in LAID:
            yield Color.parse(named[below]).blend(color, float(percent.rstrip("%")) / 100)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_text_and_lines_stand_out_from_every_ground_they_may_have(theme: Theme) -> None:
    named, pairs = colors(theme), used()
    assert {"$text-muted", "$text-error", "$text-disabled"} <= pairs.texts
    assert {"$primary 18%", "$surface"} <= pairs.grounds
    grounds = pairs.grounds | {f"${name}" for name in OPAQUE}
    wanted = [(text, ground, READ) for text, ground in (*product(pairs.texts, grounds), *pairs.both)]
    wanted += [(line, f"${name}", SEEN) for line, name in product(pairs.lines, LAID)]
    wanted += [("$scrollbar", "$background", SEEN), ("$footer-key-foreground", "$footer-background", READ)]
    poor = [
        f"{front} on {ground}: {found:.2f}"
        for front, ground, least in wanted
        for below in on(named, ground)
        for color in _front(named, front, below)
        if (found := contrast(color, below)) < least
    ]
    assert not poor, "\n".join(poor)


def _front(named: dict[str, str], front: str, below: Color) -> Iterator[Color]:
    name, _, percent = front.removeprefix("$").partition(" ")
    color = Color.parse(named[name])
    yield below.blend(color, float(percent.rstrip("%")) / 100) if percent else color


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


async def test_all_themes_can_be_used_while_the_session_stands(
    record_property: Callable[[str, object], None],
) -> None:
    async with session(quick()) as s:
        for name in (*BUILTIN_THEMES, *(theme.name for theme in THEMES)):
            s.app.theme = name
            await s.pilot.pause()
            assert "servers" in screen_text(s.app)
            ground = s.app.session.styles.background
            _, _, _, text = s.app.session.composer.entry.colors
            record_property(name, f"{contrast(text, ground):.1f}")


async def test_one_is_seen_while_one_moves_and_kept_with_enter(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('# mine\n[ui]  # looks\nimages = "off"\n\n[mcp_servers]\n')
    async with session(source=lambda: named_source(str(file))) as s:
        before = s.app.theme
        await s.enter("/theme")
        await s.until(lambda: isinstance(s.app.screen, ThemeScreen))
        await s.pilot.press("home")
        await s.until(lambda: s.app.theme == sorted(s.app.available_themes)[0])
        await s.pilot.press("escape")
        await s.until(lambda: s.app.theme == before and s.app.session.is_current)
        assert "theme" not in file.read_text()
        await s.enter("/theme")
        await s.until(lambda: isinstance(s.app.screen, ThemeScreen))
        await s.pilot.press("down", "enter")
        await s.until(lambda: s.app.session.is_current)
        assert s.app.theme == "jackfield-light"
        await s.until(lambda: "theme" in file.read_text())
        kept = '# mine\n[ui]  # looks\nimages = "off"\ntheme = "jackfield-light"\n\n[mcp_servers]\n'
        assert file.read_text() == kept


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "nord"'),
        ('[ui]\ntheme = "dracula"  # dark\n', '[ui]\ntheme = "nord"  # dark\n'),
        ('ui = { images = "off" } # x\n', 'ui = { images = "off", theme = "nord" } # x\n'),
        ('ui.images = "off"\nstart = "lazy"\n', 'ui.theme = "nord"'),
    ],
)
def test_only_the_theme_changes_in_the_file(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(before)
    set_setting(file, ("ui", "theme"), "nord")
    text = file.read_text()
    assert after in text
    assert tomllib.loads(text)["ui"]["theme"] == "nord"


async def test_without_colour_everything_is_still_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with session(quick()) as s:
        await s.pilot.press("f2")
        await s.until(lambda: "quick" in screen_text(s.app) and "disconnect" in screen_text(s.app))
        shades = {
            tuple(color.triplet)
            for line in s.app.screen._compositor.render_strips()
            for segment in line
            if segment.style is not None
            for color in (segment.style.color, segment.style.bgcolor)
            if color is not None and color.triplet is not None
        }
        assert all(len(set(shade)) == 1 for shade in shades)

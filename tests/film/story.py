"""What is played: from the first screen to the panel of servers, in less than half a minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.color import Color

from tests.film.drawing import Palette, drawn
from tests.film.stage import stage

if TYPE_CHECKING:
    from tests.film.cells import Colour
    from tests.film.stage import Stage

__all__ = ("SCENES", "film", "play")

SCENES: Final = ("start", "finder", "form", "picture", "completion", "question", "answer", "panel", "server")
"""In the order they are seen."""


async def film() -> str:
    """Play the demo and draw it."""
    async with stage() as played:
        await play(played)
        return drawn(played.shots, _palette(played), still="picture")


async def play(s: Stage) -> None:
    """Press every key of the story."""
    s.scene("start", "", "Many MCP servers in one terminal")
    await s.press(shows="/call demo echo")
    await s.hold(2.0)
    await _call_from_the_finder(s)
    await _question(s)
    await _servers(s)


async def _call_from_the_finder(s: Stage) -> None:
    s.scene("finder", "Ctrl+K", "Find tools, resources and prompts of all servers")
    await s.press("ctrl+k", shows="Says back what it was told")
    await s.hold(1.4)
    await s.type("image", 0.14)
    await s.press(shows="1 of ")
    await s.hold(1.0)
    s.scene("form", "Enter", "A form made from the schema of the tool")
    await s.press("enter", shows="what the answer holds")
    await s.hold(1.4)
    await s.type("text", 0.14)
    await s.press(shows="○ text_then_image")
    await s.hold(0.7)
    await s.press("enter")
    await s.hold(0.6)
    await s.type("Plugged in.", 0.07)
    await s.hold(0.6)
    s.scene("picture", "Ctrl+S", "What comes back is drawn, pictures included")
    await s.press("ctrl+s", shows="▀▀▀▀")
    await s.hold(3.0)


async def _question(s: Stage) -> None:
    s.scene("completion", "/", "Commands, servers, tools and arguments complete as you type")
    await s.type("/call demo ask form=short", 0.08)
    await s.hold(0.6)
    s.scene("question", "Enter", "A server asks back: answer, decline or cancel")
    await s.press("enter", shows="^s accept")
    await s.hold(1.4)
    await s.type("Maria", 0.12)
    await s.press("tab", "right")
    await s.hold(0.6)
    await s.press("tab")
    await s.type("42", 0.2)
    await s.hold(0.9)
    s.scene("answer", "Ctrl+S", "The answer goes back, and the call goes on")
    await s.press("ctrl+s", shows='"lucky": 42')
    await s.hold(2.4)


async def _servers(s: Stage) -> None:
    s.scene("panel", "F2", "The state of every server, and its trouble if it has some")
    await s.press("f2", shows="1 ready")
    await s.hold(2.2)
    s.scene("server", "Enter", "What it offers, with schemas, log and trace")
    await s.press("enter", shows="Input schema")
    await s.hold(3.0)


def _palette(s: Stage) -> Palette:
    def colour(name: str) -> Colour:
        return Color.parse(s.app.theme_variables[name]).rgb

    return Palette(
        ground=colour("background"),
        frame=colour("panel"),
        key=colour("accent"),
        words=colour("foreground"),
        faint=colour("secondary"),
    )

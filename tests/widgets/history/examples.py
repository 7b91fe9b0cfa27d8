"""Cells and pictures for the tests of the history."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

from textual.app import App

from app.themes import DEFAULT_THEME, register_themes
from services.connections.calls import Progress
from widgets.history.cells import Cell, JsonPart, LinkPart, PicturePart, TextPart
from widgets.history.history import History

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.message import Message

NOW = 100.0
"""What the clock of the tests says."""

FRAME = {
    "id": "12:4",
    "name": "Card / Weather",
    "size": {"width": 1280, "height": 800},
    "visible": True,
    "opacity": 0.85,
    "parent": None,
    "children": ["12:5", "12:6", "12:7", "12:8"],
}


@dataclass(frozen=True)
class Grid:
    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True)
class Sunset:
    """A picture that needs no decoder."""

    format: str = "PNG"
    width: int = 1280
    height: int = 800
    byte_size: int = 214_000

    def pixels(self, columns: int, rows: int) -> Grid:
        scale = min(1.0, columns / self.width, rows * 2 / self.height)
        width, height = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return Grid(
            width,
            height,
            bytes(c for y in range(height) for x in range(width) for c in _sky(x / width, y / height)),
        )


def _sky(x: float, y: float) -> tuple[int, int, int]:
    if hypot((x - 0.62) * 1.6, y - 0.52) < 0.16 and y < 0.68:
        return 255, 214, 120

    if y > 0.68:
        return (24 + int(30 * (1 - y)), 44 + int(40 * (1 - y)), 78 + int(50 * (1 - y)))

    return (60 + int(190 * y), 60 + int(70 * y), 120 - int(40 * y))


def rich_example() -> list[Cell]:
    """One cell of each kind."""
    poem = "\n".join(f"{n:>2}  The operator plugs the cord of line {n} into the jack." for n in range(1, 31))
    return [
        Cell("notice", parts=(TextPart("Starting MCP servers (3/4): everything, figma, time"),)),
        Cell("warning", parts=(TextPart("The linear MCP server is not logged in. Run /mcp login linear."),)),
        Cell("entry", parts=(TextPart("/call demo recite lines=30"),)),
        Cell("done", "demo.recite", "lines=30", "84 ms", (TextPart(poem),)),
        Cell("entry", parts=(TextPart("/call figma get_screenshot node=12:4"),)),
        Cell(
            "done",
            "figma.get_screenshot",
            'node="12:4"',
            "1.2 s",
            (
                TextPart("Here is the frame:"),
                PicturePart(Sunset()),
                PicturePart(Sunset("JPEG", 640, 480, 48_000), "another image", drawn=False),
                LinkPart("figma://frame/12:4", "Card / Weather", "the frame itself"),
                JsonPart(json.dumps(FRAME, indent=2)),
            ),
        ),
        Cell(
            "failed",
            "git.commit",
            'message="Explain the jackfield", all=true',
            "31 ms",
            (TextPart("error: gpg failed to sign the data\nfatal: failed to write commit object", "error"),),
        ),
        Cell("cancelled", "demo.countdown", "seconds=60", "7.4 s"),
        Cell("error", parts=(TextPart("No configured server is called “figmaa”. Did you mean figma?"),)),
        Cell(
            "running",
            "everything.longRunning",
            "duration=10, steps=10",
            progress=Progress(5, 10, "step 5 of 10"),
            started=NOW - 5.13,
        ),
    ]


class HistoryApp(App[None]):
    """A history and nothing else; keeps the messages that the history posts."""

    AUTO_FOCUS = None

    def __init__(self, cells: list[Cell] | None = None) -> None:
        super().__init__()
        self.now = NOW
        self.cells = cells or []
        self.messages: list[Message] = []
        self.history = History(clock=lambda: self.now)
        register_themes(self)
        self.theme = DEFAULT_THEME

    def compose(self) -> ComposeResult:
        yield self.history

    def on_mount(self) -> None:
        self.history.append_many(self.cells)

    def on_history_action_requested(self, message: History.ActionRequested) -> None:
        self.messages.append(message)

    def on_history_left(self, message: History.Left) -> None:
        self.messages.append(message)

    def on_history_search_requested(self, message: History.SearchRequested) -> None:
        self.messages.append(message)

"""A history with a picture of four quadrants in it, and a speck that half blocks cannot draw: PROTOCOL FILE.

d and u scroll by one row, g to where the picture is cut by three rows, m covers all, t takes another theme,
ctrl+z suspends, q leaves. Then a line is waited for. The size of a cell and the process's id are written into
the file, and the theme's name into the one beside it when it was taken; SIGUSR1 is another t.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import ModalScreen
from textual.widgets import Static

from app.terminal.leaving import driver_class
from app.terminal.painting import PaintsPictures
from services.pictures.graphics import Graphics
from services.results.pictures import decode
from tests.services.pictures.decoders import quadrants
from tests.services.results.images import encoded
from widgets.history.cells import Cell, PicturePart, TextPart
from widgets.history.history import History

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ("HEIGHT", "SPECK", "SPECK_AT", "SPECK_SIZE", "WIDTH")

WIDTH, HEIGHT = 200, 160
SPECK, SPECK_SIZE, SPECK_AT = (255, 0, 255), 4, (50, 40)
BEFORE = 12
"""Cells of two rows each before the picture."""


class Cover(ModalScreen[None]):
    BINDINGS: ClassVar = [("m", "dismiss", "back")]

    def compose(self) -> ComposeResult:
        yield Static("covered")


class Showing(PaintsPictures[None]):
    BINDINGS: ClassVar = [
        ("d", "scroll(1)", "down"),
        ("u", "scroll(-1)", "up"),
        ("g", "cut", "cut"),
        ("m", "cover", "cover"),
        ("t", "theme", "theme"),
        ("ctrl+z", "suspend_process", "suspend"),
        ("q", "quit", "quit"),
    ]

    def __init__(self, protocol: Any, file: Path) -> None:
        super().__init__(driver_class=driver_class())
        self._protocol = protocol
        self._file = file

    def compose(self) -> ComposeResult:
        yield History()
        yield Static("foot")

    def on_ready(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.action_theme)
        image = quadrants(WIDTH, HEIGHT)
        image.paste(SPECK, (*SPECK_AT, SPECK_AT[0] + SPECK_SIZE, SPECK_AT[1] + SPECK_SIZE))
        history = self.query_one(History)
        history.append_many(Cell("entry", parts=(TextPart("before"),)) for _ in range(BEFORE))
        history.append(Cell("done", "demo.picture", parts=(PicturePart(decode(encoded(image))),)))
        history.append_many(Cell("entry", parts=(TextPart("after"),)) for _ in range(40))
        self.call_after_refresh(self._to, BEFORE * 2 - 4)

    def on_resize(self) -> None:
        # Some terminals change their font once they are on the screen.
        cell = _cell()
        self._file.write_text(f"{cell[0]} {cell[1]} {os.getpid()}")
        self.graphics = Graphics(self._protocol, cell=cell, through_tmux="TMUX" in os.environ)

    def _to(self, row: int) -> None:
        history = self.query_one(History)
        history.following = False
        history.scroll_to(y=row)

    def action_scroll(self, rows: int) -> None:
        self.query_one(History).scroll_relative(y=rows, animate=False)

    def action_cut(self) -> None:
        self._to(BEFORE * 2 + 2 + 3)

    def action_theme(self) -> None:
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"
        self.call_after_refresh(self._file.with_suffix(".theme").write_text, self.theme)

    def action_cover(self) -> None:
        self.push_screen(Cover())


def _cell() -> tuple[int, int]:
    answer = fcntl.ioctl(1, termios.TIOCGWINSZ, bytes(8))
    rows, columns, width, height = struct.unpack("HHHH", answer)
    return width // columns, height // rows


if __name__ == "__main__":
    Showing(sys.argv[1], Path(sys.argv[2])).run()
    sys.stdout.write("\nover\n")
    sys.stdout.flush()
    sys.stdin.readline()

"""The session, which writes what it found out about its terminal, and what was typed meanwhile, to a file.

python -m tests.terminals.asking FILE
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.jackfield import Jackfield
from services.settings import Configuration
from tests.support.places import ROOT
from widgets.composer.composer import Composer

if TYPE_CHECKING:
    from services.pictures.graphics import Graphics

__all__ = ("Asking",)


class Asking(Jackfield):
    """Writes to the file whenever something else was found out."""

    CSS_PATH = str(ROOT / "app/session/screens/session.tcss")

    def __init__(self, file: Path) -> None:
        super().__init__(Configuration)
        self._file = file

    def watch_graphics(self, graphics: Graphics) -> None:
        super().watch_graphics(graphics)
        if graphics.why:  # found out, not what it begins with
            self.set_timer(0.3, lambda: self._write(graphics))  # time for what should not come, to be typed

    def _write(self, graphics: Graphics) -> None:
        whole = self._file.with_suffix(".part")
        typed = self.session.query_one(Composer).text
        whole.write_text(json.dumps({"graphics": dataclasses.asdict(graphics), "typed": typed}))
        whole.rename(self._file)


if __name__ == "__main__":
    Asking(Path(sys.argv[1])).run()

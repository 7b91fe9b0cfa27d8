"""Leaves a while after its standard input has closed, and only then writes that it did: `late.py FILE`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    wire.answer(request, "never in a hurry")


if __name__ == "__main__":
    wire.serve(go)
    time.sleep(1)
    Path(sys.argv[1]).write_text("all is put away", encoding="ascii")

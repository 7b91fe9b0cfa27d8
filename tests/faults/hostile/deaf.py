"""Does not read its standard input any more after the first call, and answers nothing."""

from __future__ import annotations

import time
from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    time.sleep(600)


if __name__ == "__main__":
    wire.serve(go)

"""Closes its standard output and lives on."""

from __future__ import annotations

import os
import time
from typing import Any

from tests.faults.hostile import wire


def go(request: dict[str, Any]) -> None:
    os.close(1)
    time.sleep(600)


if __name__ == "__main__":
    wire.serve(go)

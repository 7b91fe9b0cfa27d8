"""A picture of 4000×3000 pixels, from its bytes to the screen, against Pillow decoding it."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.report import Figure
from benchmarks.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL.Image import Image

__all__ = ("measure",)

SIZE = (4000, 3000)
ROUNDS = 5
LIMIT = 30.0


def measure() -> Iterable[Figure]:
    """PNG and JPEG, both made here."""
    picture = _scene()
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("PNG", "JPEG"):
            file, answer = Path(folder) / kind, Path(folder) / f"{kind}.json"
            picture.save(file, kind)
            Terminal.complete(
                [sys.executable, "-m", "benchmarks.pictures_app", str(file), str(answer)], LIMIT
            )
            found = json.loads(answer.read_text(encoding="utf-8"))
            name = f"{kind} {SIZE[0]}×{SIZE[1]}, {file.stat().st_size / 1e6:.1f} MB"
            yield Figure(f"{name}: decoded / Pillow", found["decoded"], _pillow(file.read_bytes()))
            yield Figure(
                f"{name}: painted", found["painted"], stall=found["stall"], note="stall wished ≤ 50 ms"
            )
            yield Figure(f"{name}: frame while scrolling", found["frame"], stall=found["frame_stall"])


def _scene() -> Image:
    """Something between a photograph and a drawing: shades, edges and areas of one colour."""
    from PIL import Image as images

    red = images.effect_mandelbrot((1000, 750), (-2.0, -1.2, 1.0, 1.2), 60).resize(SIZE)
    green, blue = images.radial_gradient("L").resize(SIZE), images.linear_gradient("L").resize(SIZE)
    return images.merge("RGB", (red, green, blue))


def _pillow(data: bytes) -> float:
    from PIL import Image as images

    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        images.open(BytesIO(data)).load()
        times.append(time.perf_counter() - began)
    return statistics.median(times)

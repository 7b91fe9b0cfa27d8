"""A picture, from its bytes to the screen, against Pillow decoding it; by each way of drawing it."""

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

SIZES = ((4000, 3000), (800, 600))
DRAWN_BY = ("halfblock", "kitty", "sixel")
ROUNDS = 5
LIMIT = 30.0


def measure() -> Iterable[Figure]:
    """PNG and JPEG, both made here."""
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            picture = _scene(size)
            for kind in ("PNG", "JPEG"):
                file = Path(folder) / kind
                picture.save(file, kind)
                name = f"{kind} {size[0]}×{size[1]}, {file.stat().st_size / 1e6:.1f} MB"
                yield from _drawn(file, name)


def _drawn(file: Path, name: str) -> Iterable[Figure]:
    answer = file.with_suffix(".json")
    for protocol in DRAWN_BY:
        command = [sys.executable, "-m", "benchmarks.pictures_app", str(file), str(answer), protocol]
        Terminal.complete(command, LIMIT)
        found = json.loads(answer.read_text(encoding="utf-8"))
        if protocol == DRAWN_BY[0]:
            yield Figure(f"{name}: decoded / Pillow", found["decoded"], _pillow(file.read_bytes()))
        busy = f"{found['busy'] * 1000:.0f} ms of it the loop's own"
        note = f"{found['sent'] / 1024:.0f} KiB; stall wished ≤ 50 ms, {busy}"
        yield Figure(f"{name}: painted, {protocol}", found["painted"], stall=found["stall"], note=note)
        yield Figure(f"{name}: frame while scrolling, {protocol}", found["frame"], stall=found["frame_stall"])


def _scene(size: tuple[int, int]) -> Image:
    """Something between a photograph and a drawing: shades, edges and areas of one colour."""
    from PIL import Image as images

    red = images.effect_mandelbrot((1000, 750), (-2.0, -1.2, 1.0, 1.2), 60).resize(size)
    green, blue = images.radial_gradient("L").resize(size), images.linear_gradient("L").resize(size)
    return images.merge("RGB", (red, green, blue))


def _pillow(data: bytes) -> float:
    from PIL import Image as images

    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        images.open(BytesIO(data)).load()
        times.append(time.perf_counter() - began)
    return statistics.median(times)

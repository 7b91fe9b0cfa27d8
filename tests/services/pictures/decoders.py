"""What a terminal makes of sixel and of the kitty protocol, strict: what it does not know is an error."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from PIL import Image

__all__ = ("KittyTerminal", "Placed", "quadrants", "sixel_image")

_TOKEN = re.compile(r'"(\d+);(\d+);(\d+);(\d+)|#(\d+);2;(\d+);(\d+);(\d+)|#(\d+)|(?:!(\d+))?([?-~])|([$-])')


def quadrants(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Red and green above blue and white."""
    image = Image.new(mode, (width, height), (255, 0, 0) if mode == "RGB" else (255, 0, 0, 255))
    for box, colour in (
        ((width // 2, 0, width, height // 2), (0, 255, 0)),
        ((0, height // 2, width // 2, height), (0, 0, 255)),
        ((width // 2, height // 2, width, height), (255, 255, 255)),
    ):
        image.paste(colour if mode == "RGB" else (*colour, 255), box)
    return image


def sixel_image(sequence: str) -> Image.Image:
    """The picture of one sixel sequence; every pixel that no colour was given is magenta."""
    found = re.fullmatch(r"\x1bP0;1;0q(.*)\x1b\\", sequence, re.DOTALL)
    assert found is not None, sequence[:40]
    colours: dict[int, tuple[int, int, int]] = {}
    image, colour, x, y, place = Image.new("RGB", (1, 1)), 0, 0, 0, 0
    body = found[1]
    while place < len(body):
        token = _TOKEN.match(body, place)
        assert token is not None, body[place : place + 20]
        place = token.end()
        across, down, width, height, defined, red, green, blue, chosen, times, dots, move = token.groups()
        if width:
            assert (across, down) == ("1", "1")
            image = Image.new("RGB", (int(width), int(height)), (255, 0, 255))
        elif defined:
            assert int(defined) < 256
            colours[int(defined)] = tuple(round(int(each) * 255 / 100) for each in (red, green, blue))  # type: ignore[assignment]
        elif chosen:
            colour = int(chosen)
        elif move:
            x, y = 0, y + 6 * (move == "-")
        else:
            end = x + int(times or 1)
            for bit in range(6):
                if (ord(dots) - 63) >> bit & 1:
                    assert end <= image.width and y + bit < image.height, "beyond the edges"
                    image.paste(colours[colour], (x, y + bit, end, y + bit + 1))
            x = end
    return image


@dataclass(frozen=True)
class Placed:
    """A placement, with its place on the screen in cells from 0."""

    x: int
    y: int
    columns: int
    rows: int
    part: Image.Image = field(repr=False)


class KittyTerminal:
    """Pictures and placements by their numbers."""

    def __init__(self) -> None:
        self.images: dict[int, Image.Image] = {}
        self.placed: dict[tuple[int, int], Placed] = {}
        self.virtual: dict[int, tuple[int, int]] = {}
        """The columns and rows of those that cells of text show."""
        self.missed = False
        """Whether something did not reach it; then it may be told of pictures that it does not know."""
        self._data: list[str] = []
        self._coming: int | None = None

    def take(self, sequence: str, x: int = 0, y: int = 0) -> None:
        """One sequence, at a place of the cursor."""
        found = re.fullmatch(r"\x1b_G([a-zA-Z0-9=,]+)(?:;([A-Za-z0-9+/=]*))?\x1b\\", sequence)
        assert found is not None, sequence[:60]
        keys: dict[str, Any] = dict(each.split("=") for each in found[1].split(","))
        assert keys.pop("q") == "2", "it would be answered"
        numbers = {key: int(value) for key, value in keys.items() if value.isdecimal()}
        if keys.get("a") == "d":
            self._coming, self._data = None, []  # what was sent in part is given up
            self._delete(keys, numbers)
        elif self._coming is not None:
            assert set(keys) == {"m"}, "a picture has to be sent in one go"
            self._chunk(found[2], numbers["m"])
        elif keys["a"] == "t":
            assert set(keys) == {"a", "f", "t", "i", "m"}
            assert (keys["f"], keys["t"]) == ("100", "d")
            self._coming = numbers["i"]
            self._chunk(found[2], numbers["m"])
        elif keys["a"] == "p" and "U" in keys:
            assert set(keys) == set("aUicr")
            assert keys["U"] == "1" and numbers["i"] in self.images
            self.virtual[numbers["i"]] = numbers["c"], numbers["r"]
        else:
            assert keys["a"] == "p" and set(keys) == set("aipxywhcrCz")
            assert (keys["C"], keys["z"]) == ("1", "1")
            self._place(numbers, x, y)

    def shown(self, number: int, row: int, column: int) -> Any:
        """The colour in the middle of a cell of text; None for a picture that is not there."""
        if number not in self.virtual:
            return None
        image, (columns, rows) = self.images[number], self.virtual[number]
        assert row < rows and column < columns
        return image.getpixel(
            (int((column + 0.5) * image.width / columns), int((row + 0.5) * image.height / rows))
        )

    def _chunk(self, data: str, more: int) -> None:
        assert len(data) <= 4096 and (not more or len(data) % 4 == 0)
        self._data.append(data)
        if not more:
            assert self._coming is not None
            self.images[self._coming] = Image.open(BytesIO(b64decode("".join(self._data)))).convert("RGB")
            self._coming, self._data = None, []

    def _place(self, keys: dict[str, int], x: int, y: int) -> None:
        image = self.images[keys["i"]]
        box = keys["x"], keys["y"], keys["x"] + keys["w"], keys["y"] + keys["h"]
        assert 0 <= box[0] < box[2] <= image.width and 0 <= box[1] < box[3] <= image.height
        self.placed[keys["i"], keys["p"]] = Placed(x, y, keys["c"], keys["r"], image.crop(box))

    def _delete(self, keys: dict[str, Any], numbers: dict[str, int]) -> None:
        if keys["d"] == "A":
            assert "i" not in keys
            for image, _ in self.placed:
                self.images.pop(image, None)
            self.placed.clear()
        elif keys["d"] == "i":
            self.placed.pop((numbers["i"], numbers["p"]), None)
        else:
            assert keys["d"] == "I" and "p" not in keys
            assert self.missed or numbers["i"] in self.images
            self.images.pop(numbers["i"], None)
            self.virtual.pop(numbers["i"], None)
            self.placed = {slot: each for slot, each in self.placed.items() if slot[0] != numbers["i"]}

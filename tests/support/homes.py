"""The home directory of the person who runs the tests: none of them looks into it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from services.config.paths import home

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ("OwnPlaces", "watched")


class OwnPlaces:
    """Notices whatever this process opens, makes, moves or removes below some directories."""

    EVENTS: Final = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.listdir"})

    def __init__(self, *places: Path) -> None:
        self.touched: list[str] = []
        """The paths, in order."""
        names = {name for place in places for name in (os.fspath(place), os.path.realpath(place))}
        self._places = tuple(f"{name}{os.sep}" for name in names)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook (PEP 578)."""
        if event in self.EVENTS and isinstance(arguments[0], str | os.PathLike):
            path = os.fspath(arguments[0])
            if isinstance(path, str) and f"{path}{os.sep}".startswith(self._places):
                self.touched.append(path)


def watched(environ: Mapping[str, str]) -> OwnPlaces:
    """Watch where the program would keep its files without JACKFIELD_HOME; for the rest of the process."""
    places = OwnPlaces(home({name: value for name, value in environ.items() if name != "JACKFIELD_HOME"}))
    sys.addaudithook(places.hear)
    return places

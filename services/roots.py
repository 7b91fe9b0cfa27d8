"""The directories that a server may be told of (`roots`): whole paths, as URIs and with names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from services.errors import InvalidArguments
from services.text import one_line

if TYPE_CHECKING:
    from services.settings import ServerSettings

__all__ = ("Root", "root_at", "roots_of")


@dataclass(frozen=True, slots=True)
class Root:
    """One directory, its path whole."""

    path: Path

    @property
    def uri(self) -> str:
        """As `roots/list` has it: `file:///home/ann/work`."""
        return self.path.as_uri()

    @property
    def name(self) -> str:
        """The last part of its path; empty for the top of the file system."""
        return self.path.name


def roots_of(settings: ServerSettings) -> tuple[Root, ...]:
    """The directories of a server, each once; relative ones count from the file that names them."""
    base = Path(settings.source).parent.absolute() if settings.source else Path.cwd()
    paths = (base / Path(root).expanduser() for root in settings.roots or ())
    return tuple(Root(path) for path in dict.fromkeys(Path(os.path.normpath(path)) for path in paths))


def root_at(uri: str) -> Root:
    """The directory of a URI of the scheme `file`. Raises InvalidArguments for any other."""
    try:
        parts = urlsplit(uri)
        path = Path(url2pathname(parts.path))
    except ValueError:
        parts, path = urlsplit(""), Path()
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not path.is_absolute():
        raise InvalidArguments(f"{one_line(uri, 200)} is no file:// URI of a directory here")
    return Root(path)

"""A trace as a file of JSON lines: redacted, readable by its owner alone, whole or not there at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.files import replacing
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from services.trace.trace import Trace

__all__ = ("TraceNotSaved", "trace_name", "write_traces")

_NOT_IN_NAMES: Final = re.compile(r"[^\w.-]+")


class TraceNotSaved(JackfieldError):
    """A trace could not be written; says where and why."""


def trace_name(folder: Path, server: str) -> Path:
    """The first free `SERVER-trace.ndjson` in a folder."""
    stem = _NOT_IN_NAMES.sub("_", server)[:80].strip("._") or "server"
    number, path = 1, folder / f"{stem}-trace.ndjson"
    while path.exists() or path.is_symlink():
        number += 1
        path = folder / f"{stem}-trace-{number}.ndjson"
    return path


def write_traces(traces: Iterable[Trace], path: Path) -> int:
    """Write the lines of traces one after the other; how many bytes. Raises TraceNotSaved. Blocks."""
    try:
        with replacing(path) as file:
            for trace in traces:
                file.writelines(f"{line}\n".encode() for line in trace.lines())
            size = file.tell()
    except OSError as error:
        reason = one_line(error.strerror or str(error), 200)
        raise TraceNotSaved(f"cannot write {one_line(str(path), 200)}: {reason}") from error
    return size

"""One line for each request that was passed on: who, what, how long, how it ended."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.files import keep_private, open_to_append, take, write_all
from services.secrecy.beginning import masked_beginning
from services.secrecy.redaction import Redactor
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from services.gateway.downstream import Downstream

__all__ = ("Audit", "Line")

_LONGEST: Final = 2_000
_NAME: Final = 500
"""Characters in a line: of the arguments, and of what was asked for."""
_LARGEST: Final = 10 << 20
"""Bytes of the file; then it becomes `NAME.1`, and the one before is gone."""


@dataclass(slots=True)
class Line:
    """What is written of one request."""

    who: str
    client: str
    path: str
    server: str
    method: str
    name: str
    arguments: Any
    began: float = field(default_factory=time.time)
    started: float = field(default_factory=time.perf_counter)
    outcome: str = "cancelled"

    @classmethod
    def of(cls, down: Downstream, server: str, method: str, params: Mapping[str, Any]) -> Line:
        """The line of a request that begins."""
        info = down.caller.info or {}
        client = one_line(f"{info.get('name', '')} {info.get('version', '')}".strip(), 100)
        name = str(params.get("name") or params.get("uri") or params.get("taskId") or "")
        return cls(down.who, client, down.view.path, server, method, name, params.get("arguments"))


class Audit:
    """Writes the lines into a file that only its owner reads; or nowhere, without one."""

    def __init__(self, path: Path | None = None, warn: Callable[[str], None] = lambda _: None) -> None:
        self._path = path
        self._warn = warn
        self._redactor = Redactor()
        self._number: int | None = None

    def learn(self, redactor: Redactor) -> None:
        """Mask also what this one knows as secret."""
        self._redactor.learn_from(redactor)

    def write(self, line: Line) -> None:
        """Write one line; what cannot be written is said once."""
        if self._path is None:
            return
        try:
            self._append((self._text(line) + "\n").encode("utf-8", "replace"))
        except OSError as error:
            self.close()
            self._path = None
            self._warn(f"no audit lines are written any more: {one_line(error.strerror or str(error))}")

    def close(self) -> None:
        """Leave the file."""
        if self._number is not None:
            os.close(self._number)
            self._number = None

    def _text(self, line: Line) -> str:
        told = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(line.began))
            + f".{int(line.began % 1 * 1000):03}Z",
            "who": line.who,
            "client": line.client,
            "path": line.path,
            "server": line.server,
            "method": line.method,
            "name": one_line(self._beginning(line.name, _NAME), _NAME),
            "ms": round((time.perf_counter() - line.started) * 1000, 1),
            "outcome": line.outcome,
        }
        if line.arguments is not None:
            shown = json.dumps(self._beginning(line.arguments, _LONGEST), ensure_ascii=False, default=str)
            told["arguments"] = one_line(shown, _LONGEST)
        return json.dumps(told, ensure_ascii=False)

    def _beginning(self, value: Any, shown: int) -> Any:
        """What is shown of a value, with secrets masked; masks are shorter than what they stand for."""
        return masked_beginning(self._redactor, value, 4 * shown)

    def _append(self, data: bytes) -> None:
        assert self._path is not None
        if self._number is not None and os.fstat(self._number).st_size + len(data) > _LARGEST:
            self._put_aside(self._path, self._number)
            self.close()
        if self._number is None:
            keep_private(self._path.parent)
            self._number = open_to_append(self._path)
        write_all(self._number, data)

    def _put_aside(self, path: Path, number: int) -> None:
        """Make a full file the one before, unless another process that writes into it does so."""
        give_back = take(path.with_name(f".{path.name}.lock"))
        if give_back is None:
            return
        try:
            if path.exists() and os.path.samestat(os.fstat(number), path.stat()):
                path.replace(path.with_name(path.name + ".1"))
        finally:
            give_back()

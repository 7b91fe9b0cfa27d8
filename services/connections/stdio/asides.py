"""What a server process says beside its messages, told in its log at a rate that can be read, and masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from services.connections.stdio.floods import CalmLines, StandardError
from services.text import log_lines, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.events import LogSource
    from services.settings import Level

__all__ = ("Asides", "Say")

_LOOKED_AT: Final = 2_000
"""Bytes of a line that is no message."""


class Say(Protocol):
    """Adds a line to a server's log: `services.logs.server_log.ServerLog.say`."""

    def __call__(self, text: str, source: LogSource, level: Level = ..., *, quoted: str = ...) -> None: ...


class Asides:
    """Standard error, lines that are no messages, and in what odd ways messages come."""

    def __init__(self, log: Say, redact: Callable[[str], str], hold: Callable[[bool], None]) -> None:
        """`redact` masks secrets: before signs are put into a text, which would part a secret in two.

        `hold` stops and resumes the reading of standard error.
        """
        self._log = log
        self._redact = redact
        self._junk = CalmLines(self._say_junk, lambda count: self._left_out(count, "standard output"))
        self.stderr = StandardError(
            CalmLines(self._say, lambda count: self._left_out(count, "standard error")), hold
        )
        self._odd: set[str] = set()
        """What was said of the way its messages come."""
        self.last_error_line = ""
        self.junk = ""
        """The first line on standard output that was no JSON-RPC message."""
        self.unended = ""
        """The beginning of a message that came without a line end, as long as none has come."""

    def junk_line(self, line: bytes) -> None:
        """Note a line on standard output that is no message; many of them are counted."""
        if not self.junk:
            self.junk = self._seen(line, 300)
        self._junk.feed(line[:2_000])

    def say_odd(self, how: str) -> None:
        """Tell once in what way its messages are not as the specification has them."""
        if how not in self._odd:
            self._odd.add(how)
            self._log(how, "stdout", "warning")

    def say_unended(self, beginning: bytes) -> None:
        """Tell of a message without a line end, which is waited for."""
        self.unended = self._seen(beginning, 120)
        told = f"a message came without a line end, so it is waited for still: {self.unended}"
        self._log(told, "stdout", "warning", quoted=self.unended)

    def flush(self) -> None:
        """Tell what was held back: nothing more comes."""
        self.stderr.finish()
        self._junk.flush()

    def _say(self, line: bytes) -> None:
        for text in log_lines(line[:16_000].decode("utf-8", "replace")):
            self.last_error_line = one_line(text, 300)
            self._log(text, "stderr", "info")

    def _say_junk(self, line: bytes) -> None:
        text = self._seen(line, 300)
        told = f"not a JSON-RPC message on standard output: {text}"
        self._log(told, "stdout", "warning", quoted=text)

    def _seen(self, data: bytes, limit: int) -> str:
        """A line as it came, with signs for what must not be drawn; one that holds a secret without those."""
        text = data[:_LOOKED_AT].decode("utf-8", "replace").strip(" \t\r\n")
        plain, signs = one_line(text, _LOOKED_AT), visible(text, _LOOKED_AT)
        masked = self._redact(plain)
        return visible(text, limit) if (masked, self._redact(signs)) == (plain, signs) else masked[:limit]

    def _left_out(self, count: int, where: str) -> None:
        self._log(f"{count:,} lines of its {where} left out: too many", "lifecycle", "warning")

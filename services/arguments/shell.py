"""What was asked of a server, as a command for a shell that reaches the same server."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.settings import ServerSettings

__all__ = ("ShellReach",)


class ShellReach(NamedTuple):
    """How `jackfield call`, `read` and `prompt` reach the servers of a session.

    The servers of the home directory's configuration are reached by their names alone.
    """

    config: str = ""
    """The file that `--config` named, as an absolute path."""
    given: ServerSettings | None = None
    """The one server that no file holds: the demo, or what `jackfield run` was given."""

    def call(self, server: str, tool: str, arguments: Mapping[str, Any]) -> str:
        """`jackfield call …`."""
        words = [tool]
        if arguments:
            from services.numbers import exact_json  # late: the first paint needs none of it

            text = exact_json(dict(arguments), ensure_ascii=False)
            # What does not print stays as \\uXXXX: the line may be pasted into a terminal.
            words += ["--args", text if text.isprintable() else exact_json(dict(arguments))]
        return self._command("call", server, words)

    def read(self, server: str, uri: str) -> str:
        """`jackfield read …`; empty for a URI that a terminal would not take as it is."""
        return self._command("read", server, [uri]) if uri.isprintable() else ""

    def prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> str:
        """`jackfield prompt …`; empty for values that a terminal would not take as they are."""
        words = [name, *(f"{key}={value}" for key, value in arguments.items())]
        return self._command("prompt", server, words) if all(word.isprintable() for word in words) else ""

    def skill(self, server: str, name: str, path: str = "") -> str:
        """`jackfield skills …`; empty for names that a terminal would not take as they are."""
        words = [name, *([path] if path else [])]
        return self._command("skills", server, words) if all(word.isprintable() for word in words) else ""

    def login(self, server: str, scopes: Sequence[str] = ()) -> str:
        """`jackfield mcp login …`; empty for a server that no file holds."""
        if self.given is not None:
            return ""
        option = ["--scopes", ",".join(scopes)] if scopes else []
        return shlex.join([*self._first, "mcp", "login", server, *option])

    @property
    def _first(self) -> list[str]:
        return ["jackfield", *(["--config", self.config] if self.config else [])]

    def _command(self, name: str, server: str, words: Sequence[str]) -> str:
        given = self.given
        if given is None:
            return shlex.join([*self._first, name, server, *words])
        if given.transport != "stdio":
            return shlex.join([*self._first, name, given.url, *words])
        variables = [word for variable in given.env_vars for word in ("--env-var", variable)]
        program = [given.command, *given.args]
        return shlex.join([*self._first, name, *words, *variables, "--", *program])

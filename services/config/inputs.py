"""Inputs: values that a file names as `${input:ID}`, asked once and kept with the credentials.

VS Code's files have them; `import` writes them into config.toml the same way. The answer to an
input is kept under the account `input|ID|HASH`, HASH being the first 16 hex digits of the
SHA-256 of the real path of the file that refers to it: another file does not get it by using
the same ID. An environment variable `INPUT_ID` (see `input_variable`) comes first.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from services.config.expand import inputs_in
from services.config.paths import config_file
from services.errors import JackfieldError, MissingVariable
from services.remedies import AnswerInput
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from services.config.tables import Inputs
    from services.credentials.store import CredentialStore
    from services.settings import Configuration, ServerSettings

__all__ = ("Answers", "Missing", "account", "input_variable", "needed", "with_remarks")


def account(identifier: str, source: str) -> str:
    """The name under which the answer to an input of the file `source` is kept."""
    from hashlib import sha256

    where = sha256(os.fsencode(os.path.realpath(source))).hexdigest()[:16]
    return f"input|{identifier}|{where}"


def input_variable(identifier: str) -> str:
    """The environment variable that answers an input: `figma-key` is `INPUT_FIGMA_KEY`."""
    return "INPUT_" + re.sub(r"[^A-Za-z0-9]+", "_", identifier).strip("_").upper()


def needed(server: ServerSettings) -> tuple[str, ...]:
    """The inputs that a server's values refer to, as they are written, each once."""
    texts = [server.command, server.url, *server.args, *server.watch, *(server.roots or ())]
    texts += [*server.env.values(), *server.http_headers.values()]
    return tuple(dict.fromkeys(found for text in texts for found in inputs_in(text)))


def with_remarks(configuration: Configuration, remarks: Iterable[str]) -> Configuration:
    """The configuration with what there was to say about the store among its problems."""
    from dataclasses import replace

    from services.settings import Problem

    found = tuple(Problem(remark) for remark in remarks)
    return replace(configuration, problems=(*configuration.problems, *found)) if found else configuration


class Missing(NamedTuple):
    """An input without an answer that a server was found to need."""

    server: str
    identifier: str
    source: str


class Answers:
    """What the person answered. Nothing is read, and no keyring imported, before it is asked for.

    `tell` is given what there is to say about the store. Blocking: on the screen, use it in a thread.
    """

    def __init__(
        self,
        home: Path,
        environ: Mapping[str, str] = os.environ,
        *,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self._home = home
        self._environ = environ
        self._tell = tell
        self._known: dict[str, str] = {}
        self._opened: CredentialStore | None = None
        self._missing: list[Missing] = []

    def get(self, identifier: str, source: str) -> str | None:
        """The answer to an input of the file `source`; None when there is none.

        Raises CredentialsError when the store cannot be read.
        """
        given = self._environ.get(input_variable(identifier))
        if given is not None:
            return given
        name = account(identifier, source)
        if name not in self._known:
            answer = _value(self._store().get(name))
            if answer is None:
                return None
            self._known[name] = answer
        return self._known[name]

    def put(self, identifier: str, source: str, value: str) -> None:
        """Keep an answer; raises CredentialsError when it cannot be kept."""
        name = account(identifier, source)
        self._store().put(name, json.dumps({"input": identifier, "value": value}))
        self._known[name] = value

    def forget(self, identifier: str, source: str) -> bool:
        """Forget an answer; False when there is none."""
        name = account(identifier, source)
        self._known.pop(name, None)
        return self._store().delete(name)

    def of(self, source: str, only: str | None = None) -> Inputs:
        """What a reader of the file `source` asks for its inputs, or for those of one server `only`."""

        def answer(server: str, identifier: str) -> str | None:
            return None if only not in (None, server) else self._answer(server, identifier, source)

        return answer

    def missing(self) -> list[Missing]:
        """What was asked for in vain since this was last called."""
        missing, self._missing = self._missing, []
        return missing

    def command(self, identifier: str, source: str) -> str:
        """The command that answers an input."""
        ours = os.path.realpath(source) == os.path.realpath(config_file(self._home))
        named = "" if ours else f"--config {shlex.quote(one_line(source, 300))} "
        return f"jackfield {named}mcp input set {shlex.quote(one_line(identifier, 80))}"

    def _answer(self, server: str, identifier: str, source: str) -> str:
        name = one_line(identifier, 80)
        try:
            answer = self.get(identifier, source)
        except JackfieldError as error:
            raise MissingVariable(f"input {name} cannot be read: {error.message}", hint=error.hint) from error
        if answer is None:
            self._missing.append(Missing(server, identifier, source))
            hint = f"Answer it once: {self.command(identifier, source)}"
            raise MissingVariable(f"input {name} has no answer", hint=hint, remedy=AnswerInput(server))
        return answer

    def _store(self) -> CredentialStore:
        if self._opened is None:
            from services.config.file import load
            from services.credentials.store import CredentialStore

            wanted = load(config_file(self._home), environ={}, expand=False)
            self._opened = CredentialStore(
                self._home, wanted.credentials_store, tell=self._tell, refuses=wanted.login_trouble
            )
        return self._opened


def _value(kept: str | None) -> str | None:
    try:
        value = json.loads(kept)["value"] if kept is not None else None
    except (ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) else None

"""`${NAME}` in saved calls: what an earlier call saved, else a variable of the environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from services.config.expand import expand, variables
from services.errors import JackfieldError
from services.numbers import exact_json
from services.secrecy.redaction import Redactor
from services.secrecy.secrets import looks_secret
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("NothingSaved", "Variables", "as_text", "names_in", "unexpanded")

_ALONE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_SHORTEST: Final = 6
"""Characters of a secret that is looked for in other texts."""


class NothingSaved(JackfieldError):
    """A call needs a value that an earlier one should have saved and did not."""


class Variables:
    """The variables of the calls of one file, and what of them must not be shown."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._saved: dict[str, Any] = {}
        self._missed: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        """By name, values of the environment that look like secrets and were used."""
        self.redactor = Redactor()

    def save(self, name: str, value: Any) -> None:
        """A call has saved a value."""
        self._saved[name] = value
        self._missed.pop(name, None)

    def miss(self, name: str, call: str) -> None:
        """A call should have saved a value and did not."""
        if name not in self._saved:
            self._missed[name] = call

    def fill(self, value: Any) -> Any:
        """The JSON value with the variables of all its texts replaced.

        Raises MissingVariable or NothingSaved. A text that is one `${NAME}` of an earlier call becomes the
        value itself, of whatever type.
        """
        match value:
            case str():
                return self._filled(value)
            case dict():
                return {key: self.fill(entry) for key, entry in value.items()}
            case list():
                return [self.fill(entry) for entry in value]
        return value

    def _filled(self, text: str) -> Any:
        if "${" not in text:
            return text
        alone = _ALONE.fullmatch(text)
        if alone is not None and alone[1] in self._saved:
            return self._saved[alone[1]]
        texts: dict[str, str] = {}
        for name in variables(text):
            if name in self._saved:
                texts[name] = as_text(self._saved[name])
            elif name in self._missed:
                by = one_line(self._missed[name], 80)
                raise NothingSaved(f"there is no {name}: {by} saved none")
            elif (found := self._environ.get(name)) is not None:
                texts[name] = found
                self._learn(name, found)
        return expand(text, texts)

    def _learn(self, name: str, value: str) -> None:
        if looks_secret(name, value):
            self.secrets[name] = value
            self.redactor.learn([value])


def as_text(value: Any) -> str:
    """A JSON value within a text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else exact_json(value, ensure_ascii=False)


def names_in(value: Any) -> Iterator[str]:
    """The names of the variables in all texts of a JSON value."""
    match value:
        case str():
            yield from variables(value)
        case dict():
            for entry in value.values():
                yield from names_in(entry)
        case list() | tuple():
            for entry in value:
                yield from names_in(entry)


def unexpanded(value: Any, secrets: Mapping[str, str]) -> Any:
    """The value as a file may hold it: secrets by their names, and `${` so that it stays what it is."""
    match value:
        case str():
            text = value.replace("${", "$${")
            for name, secret in sorted(secrets.items(), key=lambda item: -len(item[1])):
                if len(secret) >= _SHORTEST:
                    text = text.replace(secret.replace("${", "$${"), f"${{{name}}}")
            return text
        case dict():
            return {key: unexpanded(entry, secrets) for key, entry in value.items()}
        case list():
            return [unexpanded(entry, secrets) for entry in value]
    return value

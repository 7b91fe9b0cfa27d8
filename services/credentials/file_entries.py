"""Entries in `.credentials.json`: one JSON object, each entry an object under its account.

The file is written whole, with mode 0600, and goes when nothing is left in it. One that cannot be
read, or is not what it should be, is moved aside before anything is written.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.errors import ConfigurationError, CredentialsError
from services.files import patiently, write_whole
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("FILE_NAME", "FileEntries")

FILE_NAME: Final = ".credentials.json"

_LIMIT: Final = 1 << 24


class FileEntries:
    """Texts by account, each a JSON object. Whoever writes holds the store's lock."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self.path = path
        self._say = say

    def get(self, account: str) -> str | None:
        """The text of an account; None when there is none, or the file cannot be read."""
        entries = self._entries()
        if account not in entries:
            return None
        entry = entries[account]
        if not isinstance(entry, dict):
            name = one_line(account, 120)
            self._say(f"the entry {name} of {self._shown} is not an object: it counts as absent")
            return None
        return json.dumps(entry)

    def accounts(self) -> tuple[str, ...]:
        """The accounts that have an entry."""
        return tuple(account for account, entry in self._entries().items() if isinstance(entry, dict))

    def put(self, account: str, text: str) -> None:
        """Keep a text, in the place of an earlier one."""
        entries = self._entries_to_change()
        entries[account] = json.loads(text)
        self._write(entries)

    def delete(self, accounts: Iterable[str]) -> bool:
        """Forget the texts of accounts; False when there was none."""
        entries = self._entries()
        found = [account for account in accounts if entries.pop(account, None) is not None]
        if found:
            self._write(entries)
        return bool(found)

    @property
    def _shown(self) -> str:
        return one_line(str(self.path))

    def _entries(self) -> dict[str, Any]:
        entries, wrong = self._read()
        if wrong:
            self._say(f"{self._shown} cannot be read ({wrong}): nothing in it is used")
        return entries

    def _entries_to_change(self) -> dict[str, Any]:
        entries, wrong = self._read()
        if wrong:
            aside = self._set_aside(wrong)
            self._say(f"{self._shown} could not be read ({wrong}): it is now {one_line(str(aside))}")
        return entries

    def _read(self) -> tuple[dict[str, Any], str]:
        """The entries, and what is wrong with the file; no words of it, for they may be secret."""
        try:
            data = patiently(self._bytes)
            entries = json.loads(data) if len(data) <= _LIMIT else None
        except FileNotFoundError:
            return {}, ""
        except (PermissionError, IsADirectoryError) as error:
            return {}, one_line(error.strerror or type(error).__name__)
        except OSError as error:
            # It may be well another time: no reason to move it.
            raise self._cannot("read", error) from error
        except (ValueError, RecursionError):
            return {}, "it is not JSON"
        return (entries, "") if isinstance(entries, dict) else ({}, "it is not a file of credentials")

    def _bytes(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(_LIMIT + 1)

    def _write(self, entries: dict[str, Any]) -> None:
        target = Path(os.path.realpath(self.path))
        for left in target.parent.glob(f".{target.name}.*.tmp"):
            # Of a writer that was killed: nobody else writes now.
            with suppress(OSError):
                left.unlink()
        if entries:
            text = json.dumps(entries, separators=(",", ":"))
            try:
                write_whole(self.path, text, keep_mode=False)
            except ConfigurationError as error:
                raise CredentialsError(error.message, hint=error.hint) from error
            return
        try:
            target.unlink(missing_ok=True)
        except OSError as error:
            raise self._cannot("remove", error) from error

    def _set_aside(self, wrong: str) -> Path:
        broken = Path(os.path.realpath(self.path))
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        aside = broken.with_name(f"{broken.name}.broken-{stamp}")
        number = 1
        while os.path.lexists(aside):
            number += 1
            aside = broken.with_name(f"{broken.name}.broken-{stamp}-{number}")
        try:
            broken.rename(aside)
        except OSError as error:
            raise self._cannot(f"read ({wrong}) or move aside", error) from error
        with suppress(OSError):
            aside.chmod(0o600 if aside.is_file() else 0o700)
        return aside

    def _cannot(self, what: str, error: OSError) -> CredentialsError:
        reason = one_line(error.strerror or type(error).__name__)
        return CredentialsError(f"cannot {what} {self._shown}: {reason}")

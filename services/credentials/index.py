"""Which accounts the keyring holds for this home: a keyring can be asked for one, but not list them.

The names stand in `.credentials-accounts.json`, a JSON list; no secret is in it. It is a memory,
not the truth: an account that is not in it is looked for in the keyring all the same.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.errors import ConfigurationError
from services.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("Index",)

_LIMIT: Final = 1 << 22


class Index:
    """The names of accounts in the keyring. Whoever writes holds the store's lock; nothing here fails."""

    def __init__(self, home: Path) -> None:
        self.path = self._path = home / ".credentials-accounts.json"

    def accounts(self) -> tuple[str, ...]:
        """The accounts that were put into the keyring and not deleted."""
        try:
            with self._path.open("rb") as file:
                names = json.loads(file.read(_LIMIT))
        except (OSError, ValueError, RecursionError):
            return ()
        return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()

    def add(self, account: str) -> None:
        """Remember an account."""
        names = self.accounts()
        if account not in names:
            self._write((*names, account))
        else:  # whoever watches the file sees that there is something new
            with suppress(OSError):
                os.utime(self._path)

    def remove(self, account: str) -> None:
        """Forget an account."""
        names = self.accounts()
        if account in names:
            self._write(tuple(name for name in names if name != account))

    def _write(self, names: tuple[str, ...]) -> None:
        with suppress(ConfigurationError, OSError):
            if names:
                write_whole(self._path, json.dumps(names, indent=1) + "\n")
            else:
                self._path.unlink(missing_ok=True)

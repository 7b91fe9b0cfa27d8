"""Entries in the system's keyring, under the service `Jackfield MCP Credentials`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from services.credentials.bounded import Bounded
from services.credentials.pieces import PIECE, Head, digest, head_of, name_of, pieces_of
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

    from services.credentials.pieces import Generation

__all__ = ("SERVICE", "KeyringEntries")

SERVICE: Final = "Jackfield MCP Credentials"

_ROOMY: Final = frozenset({"SecretService", "libsecret", "kwallet", "macOS"})
"""The modules of `keyring.backends` whose keyrings take an entry of any length."""

_NONE: Final = frozenset({"fail", "null"})
"""Those that stand for having no keyring; `null` would take a login and lose it."""

_READS: Final = 4
_PAUSES: Final = (0.0, 0.02, 0.1)
"""Seconds before an entry that was being replaced is read once more."""

_SYSTEM: Final = Bounded()


class KeyringEntries:
    """Texts by account. Every method raises CredentialsError, with the reason `no_keyring` without one.

    Writers must hold the store's lock: pieces, and Windows' own way of keeping several accounts
    of a service, need one writer at a time.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        backend: KeyringBackend | None = None,
        bounded: Bounded | None = None,
    ) -> None:
        self._say = say
        self._given = backend
        # The system's keyring has one memory of its failures, however many stores there are.
        self._bounded = bounded or (Bounded() if backend is not None else _SYSTEM)

    def check(self) -> None:
        """Raise when there is no keyring, or it is resting after a failure."""
        self._bounded.run("read", self._backend)

    def get(self, account: str) -> str | None:
        """The text of an account; None when there is none, or its pieces do not fit together."""
        text, broken = self._bounded.run("read", lambda: _whole(self._backend(), account))
        if broken:
            self._say(f"the keyring holds only a part of {one_line(account, 120)}: it counts as absent")
        return text

    def put(self, account: str, text: str) -> None:
        """Keep a text, in the place of an earlier one."""
        # A keyring that is locked asks for its password at this read: no write waits behind a prompt.
        before = head_of(self._bounded.run("read", lambda: _read(self._backend(), account)))
        self._bounded.run("write", lambda: _write(self._backend(), account, text, before))

    def delete(self, account: str) -> bool:
        """Forget a text and all its pieces; False when there was none."""
        return self._bounded.run("read", lambda: _forget(self._backend(), account))

    def _backend(self) -> KeyringBackend:
        backend = self._given
        if backend is None:
            import keyring

            backend = keyring.get_keyring()
        if _module(backend) in _NONE:
            from keyring.errors import NoKeyringError

            raise NoKeyringError
        return backend


def _read(backend: KeyringBackend, name: str) -> str | None:
    """One entry; read again when another process replaced it between its being found and its being read."""
    for pause in _PAUSES:
        try:
            return backend.get_password(SERVICE, name)
        except _replaced():
            time.sleep(pause)
    return backend.get_password(SERVICE, name)


def _replaced() -> tuple[type[Exception], ...]:
    """What the Secret Service's library raises then; nothing where it is not in use."""
    library = sys.modules.get("secretstorage.exceptions")
    return (library.ItemNotFoundException,) if library is not None else ()


def _whole(backend: KeyringBackend, account: str) -> tuple[str | None, bool]:
    """The text of an account, and whether there is one that is not whole.

    Another process may write meanwhile: pieces that do not fit are read again with their head.
    """
    for _ in range(_READS):
        kept = _read(backend, account)
        head = head_of(kept)
        if head is None:
            return kept, False
        names = [name_of(account, head.generation, number) for number in range(head.number)]
        pieces = [_read(backend, name) or "" for name in names]
        text = "".join(pieces)
        if digest(text) == head.sha256:
            return text, False
    return None, True


def _write(backend: KeyringBackend, account: str, text: str, before: Head | None) -> None:
    kept = text
    if len(text) > PIECE and _module(backend) not in _ROOMY:
        generation: Generation = "b" if before is not None and before.generation == "a" else "a"
        pieces = pieces_of(text)
        for number, piece in enumerate(pieces):
            backend.set_password(SERVICE, name_of(account, generation, number), piece)
        kept = str(Head(generation, len(pieces), digest(text)))
    backend.set_password(SERVICE, account, kept)
    if before is not None:
        _forget_pieces(backend, account, before.generation, before.number)


def _forget(backend: KeyringBackend, account: str) -> bool:
    kept = _read(backend, account)
    if kept is not None:
        backend.delete_password(SERVICE, account)
    head = head_of(kept)
    for generation in ("a", "b"):
        known = head.number if head is not None and head.generation == generation else 0
        _forget_pieces(backend, account, generation, known)
    return kept is not None


def _forget_pieces(backend: KeyringBackend, account: str, generation: Generation, known: int) -> None:
    """Those that are known of, and what a writer that was stopped may have left behind them.

    The last one first: whoever stops here leaves no gap, behind which pieces would not be found.
    """
    names = [name_of(account, generation, number) for number in range(known)]
    while _read(backend, more := name_of(account, generation, len(names))) is not None:
        names.append(more)
    for name in reversed(names):
        if _read(backend, name) is not None:
            backend.delete_password(SERVICE, name)


def _module(backend: KeyringBackend) -> str:
    package, _, name = type(backend).__module__.rpartition(".")
    return name if package == "keyring.backends" else ""

"""Keyrings at the edge: as small as Windows', stopped half-way, locked, silent, talkative."""

from __future__ import annotations

import threading

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from services.credentials.keyring_entries import SERVICE


def no_keyring() -> KeyringBackend:
    """What the keyring library has where there is none."""
    from keyring.backends.fail import Keyring

    return Keyring()  # type: ignore[no-untyped-call]


def null_keyring() -> KeyringBackend:
    """What people configure who want none: it takes everything and keeps nothing."""
    from keyring.backends.null import Keyring

    return Keyring()  # type: ignore[no-untyped-call]


def desktop_keyring() -> KeyringBackend:
    """The Secret Service that the environment leads to."""
    from keyring.backends.SecretService import Keyring

    return Keyring()  # type: ignore[no-untyped-call]


class SmallKeyring(KeyringBackend):
    """Keeps texts in memory; refuses entries over 2,560 bytes of UTF-16, as Windows does."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[str, str] = {}
        self.asked = 0
        self.writes_left = 1_000_000
        """After so many changes the process that makes them is gone."""

    def get_password(self, service: str, username: str) -> str | None:
        assert service == SERVICE
        self.asked += 1
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        assert service == SERVICE
        if len(password.encode("utf-16-le")) > 2_560:
            raise ValueError("(1783, 'CredWrite', 'The stub received bad data')")
        self._change()
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._change()
        if self.kept.pop(username, None) is None:
            raise PasswordDeleteError(service)

    def _change(self) -> None:
        if self.writes_left == 0:
            raise Stopped
        self.writes_left -= 1


class Stopped(Exception):
    """Whoever wrote was killed here."""


class LockedKeyring(SmallKeyring):
    """Counts the prompts it shows; each is dismissed while `locked`."""

    def __init__(self) -> None:
        super().__init__()
        self.locked = True
        self.prompts = 0

    def get_password(self, service: str, username: str) -> str | None:
        self._unlock()
        return super().get_password(service, username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self._unlock()
        super().set_password(service, username, password)

    def _unlock(self) -> None:
        if self.locked:
            self.prompts += 1
            raise KeyringLocked("Failed to unlock the collection!")


class SilentKeyring(SmallKeyring):
    """Answers no question before `answering` is set: its prompt waits on a screen."""

    def __init__(self) -> None:
        super().__init__()
        self.answering = threading.Event()
        self.prompts = 0

    def get_password(self, service: str, username: str) -> str | None:
        if not self.answering.is_set():
            self.prompts += 1
        self.answering.wait(30)
        return super().get_password(service, username)


class TalkativeKeyring(SmallKeyring):
    """Refuses every secret and repeats it in the error."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(f"cannot keep {password!r} for {username}")

"""The store of logins, answers and keys: a text by account, in the keyring or in a file.

The three modes of `mcp_oauth_credentials_store`: `keyring`; `file`; and `auto`, which takes the
keyring, and the file where there is none or it fails. What the file holds of an account is never
older than what the keyring holds: so `auto` looks there first, and brings it to the keyring as
soon as there is one.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final, Literal

from services.credentials.file_entries import FILE_NAME, FileEntries
from services.credentials.index import Index
from services.credentials.keyring_entries import KeyringEntries
from services.errors import ConfigurationError, CredentialsError
from services.files import hold
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from keyring.backend import KeyringBackend

    from services.credentials.bounded import Bounded

__all__ = ("CredentialStore", "Mode")

Mode = Literal["auto", "keyring", "file"]

LOCK_SECONDS: Final = 60.0


class CredentialStore:
    """Texts by account, each a JSON object. Blocking, and safe to use from threads and processes at once.

    Everything raises CredentialsError where the store cannot be used. `tell` is given what a
    person should know though nothing failed, such as a broken file that was moved aside. A store that
    `refuses`, for what is wrong with the configuration of logins, writes nothing.
    """

    def __init__(
        self,
        home: Path,
        mode: Mode = "auto",
        *,
        keyring: KeyringBackend | None = None,
        bounded: Bounded | None = None,
        tell: Callable[[str], None] | None = None,
        refuses: str = "",
    ) -> None:
        self._home = home
        self._refuses = refuses
        self._mode = mode
        self._file = FileEntries(home / FILE_NAME, self.say)
        self._keyring = KeyringEntries(self.say, keyring, bounded)
        self._index = Index(home)
        self._said: set[str] = set()
        self._in_file = mode == "file"
        self.tell = tell

    def __repr__(self) -> str:
        return f"CredentialStore({str(self._home)!r}, {self._mode!r})"

    @property
    def where(self) -> str:
        """Where credentials are kept, as far as is known yet: `keyring`, or the path of the file."""
        return one_line(str(self._file.path)) if self._in_file else "keyring"

    def get(self, account: str) -> str | None:
        """The text of an account; None when there is none.

        In `auto`, a keyring that fails is an error only for an account that it is known to hold.
        """
        if self._mode != "keyring":
            text = self._file.get(account)
            if text is not None and self._mode == "auto" and not self._refuses:
                self._move_to_keyring()
            if text is not None or self._mode == "file":
                return text
        try:
            text = self._keyring.get(account)
        except CredentialsError as error:
            if self._mode == "keyring" or (account in self._index.accounts() and not _absent(error)):
                raise
            self._fall_back(error)
            return None
        self._in_file = False
        return text

    def put(self, account: str, text: str) -> None:
        """Keep a text, a JSON object, in the place of an earlier one."""
        self.check_writes()
        text = _plain(text)
        with self._writing():
            if self._mode == "file" or not self._put_into_keyring(account, text):
                self._file.put(account, text)

    def mark(self) -> object:
        """What is another one once anything was put or deleted, by whichever process; asks no keyring."""
        return tuple(_stamp(path) for path in (self._file.path, self._index.path))

    def check_writes(self) -> None:
        """Raise ConfigurationError where nothing is to be written: it might end where nobody wants it."""
        if self._refuses:
            raise ConfigurationError(
                self._refuses,
                hint="Until that is right, nobody is logged in and no credentials are written.",
            )

    def delete(self, account: str) -> bool:
        """Forget a text wherever it is kept; False when there was none. Needs no keyring."""
        with self._writing():
            found = self._file.delete([account])
            known = account in self._index.accounts()
            if self._mode == "file" and not known:
                return found
            try:
                found = self._keyring.delete(account) or found
            except CredentialsError as error:
                if known or (self._mode == "keyring" and not _absent(error)):
                    raise
            else:
                self._index.remove(account)
            return found

    def holds(self, account: str) -> bool:
        """Whether an account is known to be kept; asks no keyring, and imports none."""
        return account in self.accounts()

    def accounts(self) -> tuple[str, ...]:
        """The accounts there are, as far as is known: what others put into the keyring is not."""
        in_keyring = () if self._mode == "file" else self._index.accounts()
        return tuple(dict.fromkeys((*self._file.accounts(), *in_keyring)))

    @contextmanager
    def lock(
        self, account: str, timeout: float = LOCK_SECONDS, given_up: Callable[[], bool] | None = None
    ) -> Iterator[None]:
        """Hold an account against other processes and threads: read it again inside.

        The wait for it ends early once `given_up` says so.
        """
        from hashlib import sha256

        name = sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        whose = one_line(account.partition("|")[0], 80)
        with self._holding(f"{name}.lock", f"using the credentials of {whose}", timeout, given_up):
            yield

    def say(self, line: str) -> None:
        """Pass on what a person should know, each line once."""
        if line in self._said:
            return
        self._said.add(line)
        if self.tell is not None:
            self.tell(line)
            return
        import logging

        logging.getLogger(__name__).warning("%s", line)

    def _put_into_keyring(self, account: str, text: str) -> bool:
        """Whether the keyring has taken it; in the mode `keyring` it must."""
        in_file = account in self._file.accounts()
        if in_file and self._mode == "auto":
            # First here: whoever stops half-way must not leave an old text that is looked at first.
            self._file.put(account, text)
        try:
            self._keyring.put(account, text)
        except CredentialsError as error:
            if self._mode == "keyring":
                raise
            self._fall_back(error)
            return False
        self._in_file = False
        self._index.add(account)
        if in_file:
            self._file.delete([account])
        return True

    def _move_to_keyring(self) -> None:
        """Bring what the file holds to the keyring, if there is one; nothing is lost where that fails."""
        try:
            self._keyring.check()
            with self._writing():
                for account in self._file.accounts():
                    self._keyring.put(account, self._file.get(account) or "{}")
                    self._index.add(account)
                    self._file.delete([account])
        except CredentialsError as error:
            self._fall_back(error)
        else:
            self._in_file = False

    def _fall_back(self, error: CredentialsError) -> None:
        self._in_file = True
        if not _absent(error):
            self.say(f"{error.message}: credentials are kept in {self.where} meanwhile")

    def _writing(self) -> AbstractContextManager[None]:
        return self._holding("credentials.lock", "writing credentials", LOCK_SECONDS)

    @contextmanager
    def _holding(
        self, name: str, doing: str, timeout: float, given_up: Callable[[], bool] | None = None
    ) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(hold(self._home / "locks" / name, doing, timeout, given_up=given_up))
            except ConfigurationError as error:
                raise CredentialsError(error.message, hint=error.hint) from error
            yield


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)


def _absent(error: CredentialsError) -> bool:
    return error.reason == "no_keyring"


def _plain(text: str) -> str:
    """The text in ASCII, as pieces need it, and sure to be an object; nothing of it in the error."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise CredentialsError("what is to be kept is not a JSON object")
    return json.dumps(value, separators=(",", ":"))

"""The mode `auto`: the keyring, the file where there is none, and the way from one to the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.credentials.bounded import Bounded
from services.credentials.file_entries import FileEntries
from services.credentials.store import CredentialStore
from services.errors import CredentialsError
from tests.services.credentials.keyrings import (
    LockedKeyring,
    SilentKeyring,
    SmallKeyring,
    TalkativeKeyring,
    no_keyring,
)

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = '{"token":"old"}', '{"token":"new"}'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / ".credentials.json"


def test_with_a_keyring_no_file_is_written(tmp_path: Path, file: Path) -> None:
    keyring = SmallKeyring()
    store = CredentialStore(tmp_path, keyring=keyring)
    store.put("a|1", OLD)
    assert keyring.kept == {"a|1": OLD}
    assert (store.get("a|1"), store.where, file.exists()) == (OLD, "keyring", False)
    assert (store.holds("a|1"), store.holds("b|2")) == (True, False)


def test_without_a_keyring_the_file_is_used(tmp_path: Path, file: Path) -> None:
    said: list[str] = []
    store = CredentialStore(tmp_path, keyring=no_keyring(), tell=said.append)
    assert store.get("a|1") is None
    store.put("a|1", OLD)
    assert json.loads(file.read_text()) == {"a|1": {"token": "old"}}
    assert (json.loads(store.get("a|1") or ""), store.where) == ({"token": "old"}, str(file))
    assert store.delete("a|1")
    assert not file.exists()
    assert said == []


def test_all_entries_move_to_a_keyring_that_appears(tmp_path: Path, file: Path) -> None:
    without = CredentialStore(tmp_path, keyring=no_keyring())
    without.put("a|1", OLD)
    without.put("b|2", NEW)
    keyring = SmallKeyring()
    store = CredentialStore(tmp_path, keyring=keyring)
    assert json.loads(store.get("a|1") or "") == {"token": "old"}
    assert not file.exists()
    assert set(keyring.kept) == {"a|1", "b|2"}
    assert json.loads(store.get("b|2") or "") == {"token": "new"}
    assert set(store.accounts()) == {"a|1", "b|2"}


def test_what_went_to_the_file_meanwhile_is_newer_than_the_keyring(tmp_path: Path, file: Path) -> None:
    keyring = SmallKeyring()
    CredentialStore(tmp_path, keyring=keyring).put("a|1", OLD)
    CredentialStore(tmp_path, keyring=no_keyring()).put("a|1", NEW)
    assert json.loads(CredentialStore(tmp_path, keyring=keyring).get("a|1") or "") == {"token": "new"}
    assert not file.exists()
    assert json.loads(keyring.kept["a|1"]) == {"token": "new"}


@pytest.mark.parametrize("mode", ["auto", "keyring"])
def test_keeping_in_the_keyring_removes_the_files_copy(mode: str, tmp_path: Path, file: Path) -> None:
    CredentialStore(tmp_path, "file").put("a|1", OLD)
    CredentialStore(tmp_path, "file").put("b|2", OLD)
    CredentialStore(tmp_path, "auto" if mode == "auto" else "keyring", keyring=SmallKeyring()).put("a|1", NEW)
    assert json.loads(file.read_text()) == {"b|2": {"token": "old"}}


def test_wherever_the_process_is_stopped_the_new_text_is_not_followed_by_the_old(tmp_path: Path) -> None:
    CredentialStore(tmp_path, "file").put("a|1", OLD)
    keyring = SmallKeyring()
    keyring.writes_left = 0
    CredentialStore(tmp_path, keyring=keyring).put("a|1", NEW)
    keyring.writes_left = 10
    assert json.loads(CredentialStore(tmp_path, keyring=keyring).get("a|1") or "") == {"token": "new"}


class Killed(BaseException):
    """The process ended here."""


@pytest.mark.parametrize("writes", range(4))
def test_a_process_that_is_killed_brings_no_old_text_back(
    writes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = SmallKeyring()
    CredentialStore(tmp_path, keyring=keyring).put("a|1", '{"token":"oldest"}')
    CredentialStore(tmp_path, "file").put("a|1", OLD)
    left = iter(range(writes))
    write = FileEntries._write

    def some(entries: FileEntries, content: dict[str, Any]) -> None:
        if next(left, None) is None:
            raise Killed
        write(entries, content)

    finished = True
    with monkeypatch.context() as patch:
        patch.setattr(FileEntries, "_write", some)
        try:
            CredentialStore(tmp_path, keyring=keyring).put("a|1", NEW)
        except Killed:
            finished = False
    assert finished == (writes >= 2)
    found = [CredentialStore(tmp_path, keyring=keyring).get("a|1") or "" for _ in range(3)]
    expected = {"token": "new" if writes else "old"}
    assert [json.loads(text) for text in found] == [expected] * 3


def test_delete_looks_in_both(tmp_path: Path, file: Path) -> None:
    keyring = SmallKeyring()
    CredentialStore(tmp_path, keyring=keyring).put("a|1", OLD)
    CredentialStore(tmp_path, "file").put("a|1", NEW)
    assert CredentialStore(tmp_path, keyring=keyring).delete("a|1")
    assert (keyring.kept, file.exists()) == ({}, False)
    assert not CredentialStore(tmp_path, keyring=keyring).delete("a|1")


def test_a_login_left_in_the_keyring_is_not_passed_over(tmp_path: Path) -> None:
    keyring = LockedKeyring()
    keyring.locked = False
    CredentialStore(tmp_path, keyring=keyring).put("a|1", OLD)
    keyring.locked = True
    with pytest.raises(CredentialsError, match="the keyring is locked"):
        CredentialStore(tmp_path, keyring=keyring).delete("a|1")
    with pytest.raises(CredentialsError, match="the keyring is locked"):
        CredentialStore(tmp_path, keyring=keyring).get("a|1")
    assert CredentialStore(tmp_path, keyring=keyring).get("b|2") is None
    # Kept again meanwhile: that is the one from now on.
    store = CredentialStore(tmp_path, keyring=keyring)
    store.put("a|1", NEW)
    assert json.loads(store.get("a|1") or "") == {"token": "new"}
    keyring.locked = False
    assert json.loads(CredentialStore(tmp_path, keyring=keyring).get("a|1") or "") == {"token": "new"}
    assert json.loads(keyring.kept["a|1"]) == {"token": "new"}


@pytest.mark.parametrize("keyring", [LockedKeyring(), SilentKeyring(), TalkativeKeyring()])
def test_a_keyring_that_fails_is_said_and_the_file_used(
    keyring: SmallKeyring, tmp_path: Path, file: Path
) -> None:
    said: list[str] = []
    store = CredentialStore(tmp_path, keyring=keyring, bounded=Bounded(patience=0.1), tell=said.append)
    store.put("a|1", OLD)
    store.put("b|2", NEW)
    assert json.loads(store.get("a|1") or "") == {"token": "old"}
    assert len(said) == 1
    assert said[0].endswith(f": credentials are kept in {file} meanwhile")
    assert isinstance(keyring, TalkativeKeyring) or getattr(keyring, "prompts", 1) == 1
    if isinstance(keyring, SilentKeyring):
        keyring.answering.set()


def test_a_lost_index_loses_no_login(tmp_path: Path) -> None:
    keyring = SmallKeyring()
    store = CredentialStore(tmp_path, keyring=keyring)
    store.put("a|1", OLD)
    (tmp_path / ".credentials-accounts.json").write_text("{broken")
    assert store.get("a|1") == OLD
    assert store.delete("a|1")
    assert keyring.kept == {}

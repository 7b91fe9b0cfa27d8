"""Credentials in a keyring: long texts in pieces, nothing mixed, nobody kept waiting or asked twice."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.credentials.bounded import Bounded
from services.credentials.keyring_entries import KeyringEntries
from services.credentials.pieces import PIECE
from services.credentials.store import CredentialStore
from services.errors import CredentialsError
from tests.services.credentials.keyrings import (
    LockedKeyring,
    SilentKeyring,
    SmallKeyring,
    no_keyring,
    null_keyring,
)
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from keyring.backend import KeyringBackend


def text_of(mark: str, length: int) -> str:
    """An object of that many characters as it is kept, full of `mark`."""
    return json.dumps({"t": mark * (length - 8)}, separators=(",", ":"))


@pytest.mark.parametrize("length", [9, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 40_000])
def test_texts_of_every_length_fit(length: int, tmp_path: Path) -> None:
    keyring = SmallKeyring()
    store = CredentialStore(tmp_path, "keyring", keyring=keyring)
    text = text_of("x", length)
    store.put("a|1", text)
    assert len(text) == length
    assert store.get("a|1") == text
    assert len(keyring.kept) == (1 if length <= PIECE else 1 + -(-length // PIECE))
    assert store.accounts() == ("a|1",)
    assert not (tmp_path / ".credentials.json").exists()
    assert store.delete("a|1")
    assert keyring.kept == {}
    assert store.get("a|1") is None
    assert store.accounts() == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(9, 6_000)), max_size=8), st.text())
def test_what_was_kept_last_is_what_is_found(writes: list[tuple[str, int]], any_text: str) -> None:
    keyring = SmallKeyring()
    entries = KeyringEntries(lambda _line: None, keyring)
    last: dict[str, str] = {}
    for account, length in writes:
        last[account] = text_of(str(length % 10), length)
        entries.put(account, last[account])
    entries.put("c", json.dumps({"any": any_text}))
    assert {account: entries.get(account) for account in last} == last
    assert json.loads(entries.get("c") or "") == {"any": any_text}
    for account in [*last, "c"]:
        assert entries.delete(account)
    assert keyring.kept == {}


@pytest.mark.parametrize("before", [0, 100, 2_000, 9_000])
@pytest.mark.parametrize("after", [100, 2_000, 9_000])
def test_a_writer_that_is_killed_leaves_one_text_or_the_other(before: int, after: int) -> None:
    old, new = text_of("o", before) if before else None, text_of("n", after)
    stops = 0
    while True:
        keyring = SmallKeyring()
        if old is not None:
            KeyringEntries(lambda _line: None, keyring).put("a", old)
        keyring.writes_left = stops
        finished = True
        try:
            KeyringEntries(lambda _line: None, keyring).put("a", new)
        except CredentialsError:
            finished = False
        keyring.writes_left = 1_000_000
        said: list[str] = []
        reader = KeyringEntries(said.append, keyring)
        assert reader.get("a") in (old, new)
        assert said == []
        third = text_of("t", 5_000)
        reader.put("a", third)
        assert reader.get("a") == third
        assert reader.delete("a")
        assert keyring.kept == {}
        if finished:
            return
        stops += 1


def test_pieces_that_are_missing_count_as_absent_and_are_said(tmp_path: Path) -> None:
    keyring, said = SmallKeyring(), list[str]()
    store = CredentialStore(tmp_path, "keyring", keyring=keyring, tell=said.append)
    store.put("a|1", text_of("x", 4_000))
    del keyring.kept["a|1#a.1"]
    assert store.get("a|1") is None
    assert said == ["the keyring holds only a part of a|1: it counts as absent"]
    store.put("a|1", text_of("y", 4_000))
    assert store.get("a|1") == text_of("y", 4_000)


def test_a_reader_meets_a_writer(tmp_path: Path) -> None:
    class Moving(SmallKeyring):
        """Has its entries replaced between the reader's questions."""

        def get_password(self, service: str, username: str) -> str | None:
            kept = super().get_password(service, username)
            if self.asked == 2:
                self.kept.clear()
                self.kept.update(later.kept)
            return kept

    later, keyring = SmallKeyring(), Moving()
    KeyringEntries(lambda _line: None, keyring).put("a", text_of("o", 4_000))
    later.kept.update(keyring.kept)
    KeyringEntries(lambda _line: None, later).put("a", text_of("n", 5_000))
    keyring.asked = 0
    assert KeyringEntries(lambda _line: None, keyring).get("a") == text_of("n", 5_000)


@pytest.mark.parametrize("backend", [no_keyring(), null_keyring()])
def test_without_a_keyring_the_mode_keyring_says_so(backend: KeyringBackend, tmp_path: Path) -> None:
    store = CredentialStore(tmp_path, "keyring", keyring=backend)
    with pytest.raises(CredentialsError) as caught:
        store.put("a|1", "{}")
    assert caught.value.message == "no keyring is available"
    assert 'mcp_oauth_credentials_store = "file"' in caught.value.hint
    with pytest.raises(CredentialsError, match="no keyring is available"):
        store.get("a|1")
    assert not store.delete("a|1")
    assert not (tmp_path / ".credentials.json").exists()


def test_a_keyring_that_was_locked_is_not_asked_again_at_once(tmp_path: Path) -> None:
    now = [100.0]
    keyring = LockedKeyring()
    bounded = Bounded(rest=300, clock=lambda: now[0])
    store = CredentialStore(tmp_path, "keyring", keyring=keyring, bounded=bounded)
    for _ in range(3):
        with pytest.raises(CredentialsError, match="the keyring is locked"):
            store.put("a|1", "{}")
        with pytest.raises(CredentialsError, match="the keyring is locked"):
            store.get("a|1")
    assert keyring.prompts == 1
    now[0] += 100
    with pytest.raises(CredentialsError) as caught:
        store.get("a|1")
    assert caught.value.hint == "Unlock it and try again. It is not asked again for 200 s."
    keyring.locked = False
    now[0] += 201
    store.put("a|1", "{}")
    assert store.get("a|1") == "{}"


def test_a_keyring_that_hangs_keeps_nobody(tmp_path: Path) -> None:
    keyring = SilentKeyring()
    store = CredentialStore(tmp_path, "keyring", keyring=keyring, bounded=Bounded(patience=0.2))
    for _ in range(4):
        with pytest.raises(CredentialsError) as caught:
            store.put("a|1", "{}")
        assert caught.value.message == "the keyring did not answer within 0.2 s"
    assert keyring.prompts == 1
    keyring.answering.set()
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            store.put("a|1", '{"late": false}')
            break
        except CredentialsError:
            assert time.monotonic() < deadline
    assert keyring.kept == {"a|1": '{"late":false}'}


def test_an_entry_that_another_process_replaces_is_read_again(tmp_path: Path) -> None:
    exceptions = pytest.importorskip("secretstorage.exceptions")  # of Linux

    class Busy(SmallKeyring):
        replaced = 2

        def get_password(self, service: str, username: str) -> str | None:
            if self.replaced:
                self.replaced -= 1
                raise exceptions.ItemNotFoundException("Item does not exist!")
            return super().get_password(service, username)

    keyring = Busy()
    keyring.kept["a|1"] = '{"kept":true}'
    assert CredentialStore(tmp_path, "keyring", keyring=keyring).get("a|1") == '{"kept":true}'

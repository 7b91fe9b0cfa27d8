"""Credentials in the file: real files, real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.credentials.file_entries import FileEntries
from services.credentials.store import CredentialStore
from services.errors import CredentialsError
from tests.support.places import ROOT

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, told: list[str]) -> CredentialStore:
    return CredentialStore(tmp_path / "home", "file", tell=told.append)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / ".credentials.json"


def test_a_text_is_kept_found_replaced_and_forgotten(store: CredentialStore, file: Path) -> None:
    assert (store.get("a|1"), store.delete("a|1"), store.accounts()) == (None, False, ())
    store.put("a|1", '{"token": "ä"}')
    store.put("b|2", "{}")
    store.put("a|1", '{"token": "ö"}')
    again = CredentialStore(file.parent, "file")
    assert json.loads(again.get("a|1") or "") == {"token": "ö"}
    assert again.accounts() == ("a|1", "b|2")
    assert json.loads(file.read_text()) == {"a|1": {"token": "ö"}, "b|2": {}}
    assert again.where == str(file)
    assert again.delete("a|1")
    assert store.get("a|1") is None
    assert store.get("b|2") == "{}"


def test_an_empty_file_is_removed(store: CredentialStore, file: Path) -> None:
    store.put("a|1", "{}")
    assert file.exists()
    assert store.delete("a|1")
    assert not file.exists()
    assert not store.delete("a|1")


@posix
def test_the_file_is_for_the_user_alone(store: CredentialStore, file: Path) -> None:
    store.put("a|1", "{}")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert (file.parent / "locks").stat().st_mode & 0o777 == 0o700
    assert all(lock.stat().st_mode & 0o777 == 0o600 for lock in (file.parent / "locks").iterdir())
    file.chmod(0o644)
    store.put("b|2", "{}")
    assert file.stat().st_mode & 0o777 == 0o600


@posix
def test_a_link_stays_a_link(store: CredentialStore, file: Path, tmp_path: Path) -> None:
    file.parent.mkdir()
    file.symlink_to(tmp_path / "elsewhere.json")
    store.put("a|1", "{}")
    assert file.is_symlink()
    assert json.loads((tmp_path / "elsewhere.json").read_text()) == {"a|1": {}}
    store.delete("a|1")
    assert not (tmp_path / "elsewhere.json").exists()


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b'{"a|1": {"token": "geheim99"', "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b'["geheim99"]', "it is not a file of credentials"),
    ],
    ids=["cut off", "bytes", "empty", "deep", "a list"],
)
def test_a_broken_file_is_moved_aside_not_overwritten(
    content: bytes, wrong: str, store: CredentialStore, file: Path, told: list[str]
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    assert (store.get("a|1"), store.delete("a|1"), store.accounts()) == (None, False, ())
    assert told == [f"{file} cannot be read ({wrong}): nothing in it is used"]
    assert file.read_bytes() == content
    store.put("b|2", "{}")
    [aside] = file.parent.glob(".credentials.json.broken-*")
    assert told[1:] == [f"{file} could not be read ({wrong}): it is now {aside}"]
    assert aside.read_bytes() == content
    assert json.loads(file.read_text()) == {"b|2": {}}
    assert "geheim99" not in "".join(told)
    if sys.platform != "win32":
        assert aside.stat().st_mode & 0o777 == 0o600
    file.write_bytes(content)
    store.put("c|3", "{}")
    assert len(list(file.parent.glob(".credentials.json.broken-*"))) == 2


def test_an_unreadable_file_is_moved_aside(
    store: CredentialStore, file: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("a|1", "{}")

    def refused(_entries: FileEntries) -> bytes:
        raise PermissionError(13, "Permission denied")  # the superuser of a test may read everything

    with monkeypatch.context() as patch:
        patch.setattr(FileEntries, "_bytes", refused)
        assert store.get("a|1") is None
        store.put("b|2", "{}")
    [aside] = file.parent.glob(".credentials.json.broken-*")
    assert told == [
        f"{file} cannot be read (Permission denied): nothing in it is used",
        f"{file} could not be read (Permission denied): it is now {aside}",
    ]
    assert (store.accounts(), json.loads(aside.read_text())) == (("b|2",), {"a|1": {}})


def test_a_directory_in_its_place_is_moved_aside(store: CredentialStore, file: Path, told: list[str]) -> None:
    file.mkdir(parents=True)
    (file / "mine").write_text("x")
    assert store.get("a|1") is None
    store.put("a|1", "{}")
    [aside] = file.parent.glob(".credentials.json.broken-*")
    assert (aside / "mine").read_text() == "x"
    assert store.get("a|1") == "{}"
    assert len(told) == 2


def test_an_entry_that_is_no_object_is_absent_and_left_alone(
    store: CredentialStore, file: Path, told: list[str]
) -> None:
    file.parent.mkdir()
    file.write_text('{"a|1": "geheim99", "b|2": {"x": 1}}')
    assert store.get("a|1") is None
    assert store.accounts() == ("b|2",)
    store.put("c|3", "{}")
    assert json.loads(file.read_text()) == {"a|1": "geheim99", "b|2": {"x": 1}, "c|3": {}}
    assert told == [f"the entry a|1 of {file} is not an object: it counts as absent"]


@pytest.mark.parametrize("text", ["", "[]", "geheim99", '{"a": geheim99}', "null"])
def test_only_objects_are_kept(text: str, store: CredentialStore, file: Path) -> None:
    with pytest.raises(CredentialsError) as caught:
        store.put("a|1", text)
    assert caught.value.message == "what is to be kept is not a JSON object"
    assert not file.exists()


def test_a_home_that_cannot_be_written_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    store = CredentialStore(tmp_path / "home", "file")
    with pytest.raises(CredentialsError, match="cannot lock"):
        store.put("a|1", "{}")
    with pytest.raises(CredentialsError, match="cannot lock"), store.lock("a|1"):
        pass


def test_a_full_disk_leaves_what_was_kept(
    store: CredentialStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("a|1", '{"token": 1}')

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CredentialsError, match=f"cannot write {file}: No space left on device"):
        store.put("a|1", '{"token": 2}')
    assert store.get("a|1") == '{"token": 1}'
    assert [entry.name for entry in file.parent.iterdir() if "tmp" in entry.name] == []


def test_processes_lose_nothing_of_each_other(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from services.credentials.store import CredentialStore\n"
        "store, who = CredentialStore(Path(sys.argv[1]), 'file'), sys.argv[2]\n"
        "for number in range(100):\n"
        "    store.put(f'{who}|{number}', '{\"by\": \"%s\"}' % who)\n"
        "    store.put('shared', '{\"by\": \"%s\"}' % who)\n"
        "    if number % 2:\n"
        "        assert store.delete(f'{who}|{number}')\n"
    )
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", code, str(file.parent)]
    runs = [subprocess.Popen([*words, who], env=environ) for who in ("one", "two")]
    assert [run.wait(timeout=50) for run in runs] == [0, 0]
    kept = json.loads(file.read_text())
    assert kept.pop("shared")["by"] in ("one", "two")
    assert kept == {f"{who}|{number}": {"by": who} for who in ("one", "two") for number in range(0, 100, 2)}


@posix
def test_a_writer_that_is_killed_leaves_a_whole_file_and_no_lock(store: CredentialStore, file: Path) -> None:
    code = (
        "import json, sys; from pathlib import Path; from services.credentials.store import CredentialStore\n"
        "store, number = CredentialStore(Path(sys.argv[1]), 'file'), 0\n"
        "with store.lock('a|1'):\n"
        "    while True:\n"
        "        store.put('a|1', json.dumps({'token': 'x' * 200_000, 'number': number}))\n"
        "        number += 1\n"
        "        print(number, flush=True)\n"
    )
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", code, str(file.parent)]
    for lines in (1, 2, 3, 5, 8):
        with subprocess.Popen(words, env=environ, stdout=subprocess.PIPE) as run:
            assert run.stdout is not None
            for _ in range(lines):
                run.stdout.readline()
            run.kill()
        kept = json.loads(store.get("a|1") or "")
        assert (len(kept["token"]), kept["number"] >= lines - 1) == (200_000, True)
    with store.lock("a|1", timeout=5):
        store.put("a|1", "{}")
    assert {path.name for path in file.parent.iterdir()} == {".credentials.json", "locks"}


def test_a_file_that_cannot_be_read_just_now_stays(
    store: CredentialStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("a|1", "{}")

    def exhausted(_path: Path, *_words: object) -> None:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", exhausted)
        with pytest.raises(CredentialsError, match=f"cannot read {file}: Too many open files"):
            store.get("a|1")
        with pytest.raises(CredentialsError):
            store.put("b|2", "{}")
    assert store.accounts() == ("a|1",)


def test_an_account_is_held_by_one_at_a_time(store: CredentialStore, tmp_path: Path) -> None:
    other = CredentialStore(tmp_path / "home", "file")
    with store.lock("a|1"):
        with pytest.raises(CredentialsError) as caught, other.lock("a|1", timeout=0.05):
            pass
        assert caught.value.message == "another process has been using the credentials of a for 0.05 s"
        with other.lock("b|2", timeout=0.05):
            other.put("a|1", "{}")
    with other.lock("a|1", timeout=0.05):
        pass


def test_the_file_needs_no_keyring(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from services.credentials.store import CredentialStore\n"
        "store = CredentialStore(Path(sys.argv[1]), 'file')\n"
        "store.put('a|1', '{}'); store.get('a|1'); store.delete('a|1'); store.accounts()\n"
        "auto = CredentialStore(Path(sys.argv[1])); auto.accounts(); auto.holds('a|1')\n"
        "assert not {'keyring', 'httpx2', 'mcp', 'pydantic'} & set(sys.modules)\n"
    )
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environ, check=True, timeout=30)

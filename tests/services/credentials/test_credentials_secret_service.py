"""The keyring of a Linux desktop, as it is: gnome-keyring over D-Bus."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from services.credentials.bounded import Bounded
from services.credentials.store import CredentialStore
from services.errors import CredentialsError
from tests.app.command_line.servers_stage import PATH, in_shell
from tests.services.credentials.keyrings import desktop_keyring
from tests.services.credentials.secret_service import SecretService, secret_service

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from keyring.backend import KeyringBackend

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux desktops"),
]

leaky = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""The keyring library leaves its connection to the bus open when it fails: collected in `of_the_bus`."""

LONG = json.dumps({"token": "x" * 60_000})


@pytest.fixture(scope="module")
def service() -> Iterator[SecretService]:
    with secret_service() as running:
        yield running


@pytest.fixture
def environ(service: SecretService, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name, value in service.environ.items():
        monkeypatch.setenv(name, value)
    return service.environ


@pytest.fixture
def keyring(environ: dict[str, str]) -> KeyringBackend:
    return desktop_keyring()


@pytest.fixture
def of_the_bus() -> Iterator[None]:
    """Lets no connection outlive its test."""
    yield
    gc.collect()


@pytest.fixture
def account(request: pytest.FixtureRequest) -> str:
    """One of its own for each test: they share the keyring."""
    return f"{request.node.name}|0123456789abcdef"


def test_texts_are_kept_whole_found_and_forgotten(
    keyring: KeyringBackend, account: str, tmp_path: Path
) -> None:
    store = CredentialStore(tmp_path, "keyring", keyring=keyring)
    assert store.get(account) is None
    for text in ('{"token":"a"}', LONG, '{"token": "ä €"}'):
        store.put(account, text)
        assert json.loads(store.get(account) or "") == json.loads(text)
    assert store.delete(account)
    assert not store.delete(account)
    assert store.get(account) is None


def test_another_process_finds_the_systems_keyring_by_itself(
    keyring: KeyringBackend, account: str, tmp_path: Path
) -> None:
    CredentialStore(tmp_path, keyring=keyring).put(account, LONG)
    code = (
        "import sys; from pathlib import Path; from services.credentials.store import CredentialStore\n"
        "store = CredentialStore(Path(sys.argv[1]))\n"
        "print(len(store.get(sys.argv[2])), store.where, store.delete(sys.argv[2]))\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path), account]
    done = subprocess.run(words, env=os.environ | {"PYTHONPATH": PATH}, capture_output=True, text=True)
    # Shorter by a space: what is kept is written without any.
    assert (done.stdout.split(), done.stderr) == ([str(len(LONG) - 1), "keyring", "True"], "")
    assert CredentialStore(tmp_path, keyring=keyring).get(account) is None


def test_the_file_moves_to_the_keyring(keyring: KeyringBackend, account: str, tmp_path: Path) -> None:
    CredentialStore(tmp_path, "file").put(account, LONG)
    assert (tmp_path / ".credentials.json").exists()
    store = CredentialStore(tmp_path, keyring=keyring)
    assert json.loads(store.get(account) or "") == json.loads(LONG)
    assert not (tmp_path / ".credentials.json").exists()
    assert json.loads(store.get(account) or "") == json.loads(LONG)
    assert store.delete(account)


def test_an_input_of_the_command_line_goes_there(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('[mcp_servers.a]\ncommand = "sh"\nargs = ["${input:key}"]\n')
    code = "import sys, io; sys.stdin = io.StringIO('geheim99'); from app.__main__ import main; main()"
    program = (sys.executable, "-c", code)
    done = in_shell("mcp", "input", "set", "key", home=tmp_path, program=program)
    assert (done.status, done.out, done.err) == (0, "Stored the answer to input key.\n", "")
    assert "answered" in in_shell("mcp", "input", "list", home=tmp_path).out
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"geheim99" not in kept
    done = in_shell("mcp", "input", "forget", "key", home=tmp_path)
    assert done.out == "Deleted the answer to input key.\n"
    assert "no answer" in in_shell("mcp", "input", "list", home=tmp_path).out


def test_processes_lose_nothing_of_each_other(keyring: KeyringBackend, account: str, tmp_path: Path) -> None:
    code = (
        "import json, sys; from pathlib import Path\n"
        "from services.credentials.store import CredentialStore\n"
        "store, account = CredentialStore(Path(sys.argv[1]), 'keyring'), sys.argv[2]\n"
        "for _ in range(30):\n"
        "    with store.lock(account):\n"
        "        count = json.loads(store.get(account))['count']\n"
        "        store.put(account, json.dumps({'count': count + 1, 'token': 'x' * 3000}))\n"
    )
    store = CredentialStore(tmp_path, "keyring", keyring=keyring)
    store.put(account, '{"count": 0}')
    words = [sys.executable, "-c", code, str(tmp_path), account]
    runs = [subprocess.Popen(words, env=os.environ | {"PYTHONPATH": PATH}) for _ in range(2)]
    assert [run.wait(timeout=50) for run in runs] == [0, 0]
    assert json.loads(store.get(account) or "")["count"] == 60
    assert store.delete(account)


@leaky
@pytest.mark.usefixtures("of_the_bus")
def test_a_locked_keyring_is_an_error_in_time_or_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secret_service(unlocked=False) as service:
        for name, value in service.environ.items():
            monkeypatch.setenv(name, value)
        said: list[str] = []
        bounded = Bounded(patience=5)
        store = CredentialStore(tmp_path, "keyring", keyring=desktop_keyring(), bounded=bounded)
        with pytest.raises(CredentialsError, match="the keyring"):
            store.put("a|1", "{}")
        auto = CredentialStore(tmp_path, keyring=desktop_keyring(), bounded=bounded, tell=said.append)
        auto.put("a|1", '{"token":1}')
        assert auto.get("a|1") == '{"token": 1}'
        assert auto.where == str(tmp_path / ".credentials.json")
        assert len(said) == 1


@leaky
@pytest.mark.usefixtures("of_the_bus")
def test_a_keyring_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with secret_service() as service:
        for name, value in service.environ.items():
            monkeypatch.setenv(name, value)
        said: list[str] = []
        bounded = Bounded(patience=5)
        store = CredentialStore(tmp_path, keyring=desktop_keyring(), bounded=bounded, tell=said.append)
        store.put("a|1", '{"token": 1}')
        service.daemon.terminate()
        service.daemon.wait(10)
        with pytest.raises(CredentialsError, match="the keyring"):
            store.get("a|1")
        store.put("a|1", '{"token": 2}')
        assert store.get("a|1") == '{"token": 2}'
        assert len(said) == 1

"""Two processes refresh the same login at once, again and again: no token is lost, none is used twice."""

from __future__ import annotations

import os
import socketserver
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from services.credentials.store import CredentialStore
from services.oauth.credentials import Credentials, KeptCredentials
from services.settings import ServerSettings
from tests.services.credentials.keyrings import desktop_keyring
from tests.services.credentials.secret_service import secret_service
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROCESSES = 2
SERVER = ServerSettings("docs", transport="http", url="https://docs.example/mcp")

# gnome-keyring says now and then, for a moment while it rewrites it, that its collection is not there.
PROCESS = """
import socket, sys, time
from dataclasses import replace
from pathlib import Path
from services.settings import ServerSettings
from services.credentials.bounded import Bounded
from services.credentials.store import CredentialStore
from services.errors import CredentialsError
from services.oauth.credentials import KeptCredentials

home, mode, port, rounds = sys.argv[1:]
server = ServerSettings("docs", transport="http", url="https://docs.example/mcp")
keyring = None
if mode == "keyring":
    from keyring.backends.SecretService import Keyring
    keyring = Keyring()
kept = KeptCredentials(CredentialStore(Path(home), mode, keyring=keyring, bounded=Bounded(rest=0)))
provider = socket.create_connection(("127.0.0.1", int(port))).makefile("rw")

def ask(line):
    print(line, file=provider, flush=True)
    return provider.readline().strip()

def patiently(act):
    deadline = time.monotonic() + 20
    while True:
        try:
            return act()
        except CredentialsError:
            if mode == "file" or time.monotonic() > deadline:
                raise
            time.sleep(0.05)

def load():
    return patiently(lambda: kept.load(server))

for number in range(int(rounds)):
    ask("ready")
    seen = load()
    with kept.locked(server):
        found = load()
        if found.access_token == seen.access_token == f"access-{number}":
            refresh_token = ask(found.refresh_token)
            access_token = f"access-{number + 1}"
            fresh = replace(found, access_token=access_token, refresh_token=refresh_token)
            patiently(lambda: kept.save(server, fresh))
    assert load().access_token == f"access-{number + 1}"
"""


class Provider(socketserver.ThreadingTCPServer):
    """Gives a new refresh token for the last one; a line `ready` is answered when both have said it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.barrier = threading.Barrier(PROCESSES)
        self.turn = threading.Lock()
        self.refreshes = 0
        self.refused: list[str] = []

    def refresh(self, token: str) -> str:
        with self.turn:
            if token != f"refresh-{self.refreshes}":
                self.refused.append(token)
                return "refused"
            self.refreshes += 1
            return f"refresh-{self.refreshes}"


class Talk(socketserver.StreamRequestHandler):
    server: Provider

    def handle(self) -> None:
        for line in self.rfile:
            said = line.decode().strip()
            if said == "ready":
                try:
                    self.server.barrier.wait(30)
                except threading.BrokenBarrierError:
                    return
                answer = "go"
            else:
                answer = self.server.refresh(said)
            self.wfile.write(f"{answer}\n".encode())


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield running
        running.barrier.abort()
        running.shutdown()
        thread.join()


def race(home: Path, mode: str, provider: Provider, rounds: int) -> None:
    port = str(provider.server_address[1])
    words = [sys.executable, "-c", PROCESS, str(home), mode, port, str(rounds)]
    environ = os.environ | {"PYTHONPATH": str(ROOT)}
    runs = [subprocess.Popen(words, env=environ) for _ in range(PROCESSES)]
    try:
        assert [run.wait(timeout=110) for run in runs] == [0] * PROCESSES
    finally:
        for run in runs:
            run.kill()
            run.wait()
    assert (provider.refreshes, provider.refused) == (rounds, [])


def first_login() -> Credentials:
    return Credentials(
        "docs", SERVER.url, "https://login.example", "client", "access-0", refresh_token="refresh-0"
    )


@pytest.mark.timeout(120)
def test_a_thousand_refreshes_at_once(tmp_path: Path, provider: Provider) -> None:
    kept = KeptCredentials(CredentialStore(tmp_path, "file"))
    kept.save(SERVER, first_login())
    race(tmp_path, "file", provider, 1_000)
    last = kept.load(SERVER)
    assert last is not None
    assert (last.access_token, last.refresh_token) == ("access-1000", "refresh-1000")


@pytest.mark.peer
@pytest.mark.timeout(120)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="of Linux desktops")
def test_refreshes_at_once_in_a_real_keyring(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with secret_service() as service:
        for name, value in service.environ.items():
            monkeypatch.setenv(name, value)
        kept = KeptCredentials(CredentialStore(tmp_path, "keyring", keyring=desktop_keyring()))
        kept.save(SERVER, first_login())
        race(tmp_path, "keyring", provider, 40)
        last = kept.load(SERVER)
    assert last is not None
    assert (last.access_token, last.refresh_token) == ("access-40", "refresh-40")

"""No secret of a login is in anything that the program prints or writes, but in the store of logins."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from services.credentials.store import CredentialStore
from services.oauth.credentials import Credentials, KeptCredentials
from services.oauth.dpop import DpopKey
from services.settings import ServerSettings
from tests.servers.guarded import Guarded
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CLIENT_SECRET = "canary-client-secret"


class Home:
    """A home directory with one server that is logged in to."""

    def __init__(self, path: Path, guarded: Guarded) -> None:
        self.path, self.guarded = path, guarded
        self.settings = ServerSettings("guarded", transport="http", url=guarded.url)
        self.key = DpopKey.new()
        path.joinpath("config.toml").write_text(
            f'mcp_oauth_credentials_store = "file"\n[mcp_servers.guarded]\nurl = "{guarded.url}"\n'
        )
        self.said: list[str] = []

    def log_in(self) -> None:
        """A login whose token has just expired."""
        answer = self.guarded.give(("mcp:basic",), thumbprint=self.key.thumbprint)
        now = int(time.time() * 1000)
        KeptCredentials(CredentialStore(self.path, "file")).save(
            self.settings,
            Credentials(
                server_name="guarded",
                server_url=self.guarded.url,
                issuer=self.guarded.issuer,
                client_id="the-client",
                client_secret=CLIENT_SECRET,
                access_token=answer["access_token"],
                token_type="DPoP",
                refresh_token=answer["refresh_token"],
                expires_at=now,
                issued_at=now - 3_600_000,
                scopes=("mcp:basic",),
                metadata={"issuer": self.guarded.issuer, "token_endpoint": f"{self.guarded.issuer}/token"},
                dpop_key=self.key.to_jwk(),
            ),
        )

    async def run(self, *words: str) -> int:
        """Run the program; its exit status. What it printed is kept."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", *words),
            cwd=ROOT,
            env={**os.environ, "JACKFIELD_HOME": str(self.path), "NO_PROXY": "127.0.0.1", "NO_COLOR": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        self.said += [out.decode(), err.decode()]
        return process.returncode or 0

    @property
    def written(self) -> Iterable[str]:
        """Every file but the one for logins."""
        return (
            file.read_text(errors="replace")
            for file in self.path.rglob("*")
            if file.is_file() and file.name != ".credentials.json"
        )

    @property
    def secrets(self) -> set[str]:
        """Everything that was ever a secret here."""
        proofs = [request.header("dpop") or "" for request in self.guarded.mcp.requests]
        tokens = {*self.guarded.tokens, *self.guarded.refresh_tokens, CLIENT_SECRET}
        return tokens | set(filter(None, proofs)) | {json.loads(self.key.to_jwk())["d"]}


@pytest.mark.parametrize("trouble", ["", "invalid_grant", "away", "scopes"])
async def test_no_secret_is_printed_or_written(trouble: str, tmp_path: Path) -> None:
    async with Guarded() as guarded:
        guarded.dpop = guarded.nonces = True
        home = Home(tmp_path, guarded)
        home.log_in()
        guarded.refuses = trouble if trouble == "invalid_grant" else ""
        guarded.needs["echo"] = ("mcp:write",) if trouble == "scopes" else ()
        if trouble == "away":
            await guarded.login.stop()
        trace = tmp_path / "trace.jsonl"

        status = await home.run("call", "guarded", "echo", "text=x", "--trace", str(trace), "--verbose")
        await home.run("mcp", "check", "guarded", "--json")

        assert status == {"": 0, "away": 4}.get(trouble, 3), home.said
        asked = (*guarded.mcp.requests, *guarded.login.requests)
        assert trouble == "away" or any(request.header("dpop") for request in asked)
        shown = [*home.said, *home.written]
        assert trace.read_text() in shown
        for secret in home.secrets:
            assert not [text for text in shown if secret in text], secret

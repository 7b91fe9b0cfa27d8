"""What is kept of a login: read back as it was, refused when it is not one, never shown."""

from __future__ import annotations

import json
import logging
import traceback
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pytest

from services.credentials.store import CredentialStore
from services.errors import CredentialsError
from services.oauth.credentials import Credentials, KeptCredentials, account_of, ending, usable
from services.settings import ServerSettings
from tests.services.credentials.keyrings import LockedKeyring, SmallKeyring, TalkativeKeyring

if TYPE_CHECKING:
    from pathlib import Path

SERVER = ServerSettings("docs", transport="http", url="https://docs.example/mcp")
LOGIN = Credentials(
    server_name="docs",
    server_url="https://docs.example/mcp",
    issuer="https://login.example",
    client_id="client",
    access_token="canary-access",
    expires_at=1_000_000,
    issued_at=400_000,
    refresh_token="canary-refresh",
    scopes=("read", "write"),
    client_secret="canary-secret",
    token_endpoint_auth_method="client_secret_basic",
    resource="https://docs.example",
    metadata={"token_endpoint": "https://login.example/token", "revocation_endpoint": None},
    dpop_key='{"kty": "EC", "d": "canary-key"}',
    registration={"redirect_uris": ["http://127.0.0.1/callback"], "client_secret_expires_at": 0},
)
BARE = Credentials("docs", SERVER.url, "https://login.example", "client", "canary-access")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path: Path, told: list[str]) -> CredentialStore:
    return CredentialStore(tmp_path, "file", tell=told.append)


@pytest.fixture
def kept(store: CredentialStore) -> KeptCredentials:
    return KeptCredentials(store)


@pytest.mark.parametrize("login", [LOGIN, BARE], ids=["all of it", "the least"])
def test_a_login_is_read_back_as_it_was(login: Credentials, kept: KeptCredentials) -> None:
    assert kept.load(SERVER) is None
    assert not kept.known(SERVER)
    kept.save(SERVER, login)
    assert kept.load(SERVER) == login
    assert kept.known(SERVER)
    assert kept.load(replace(SERVER, name="other")) is None
    assert kept.load(replace(SERVER, url="https://docs.example/other")) is None
    assert kept.load(replace(SERVER, http_headers={"x-tenant": "a"})) == login
    assert kept.forget(SERVER)
    assert not kept.forget(SERVER)
    assert kept.load(SERVER) is None


def test_the_names_in_the_file_are_these(kept: KeptCredentials, tmp_path: Path) -> None:
    kept.save(SERVER, LOGIN)
    [(account, entry)] = json.loads((tmp_path / ".credentials.json").read_text()).items()
    assert account == account_of(SERVER)
    assert entry == {
        "server_name": "docs",
        "server_url": "https://docs.example/mcp",
        "issuer": "https://login.example",
        "client_id": "client",
        "client_secret": "canary-secret",
        "access_token": "canary-access",
        "token_type": "Bearer",
        "expires_at": 1_000_000,
        "issued_at": 400_000,
        "refresh_token": "canary-refresh",
        "scopes": ["read", "write"],
        "token_endpoint_auth_method": "client_secret_basic",
        "resource": "https://docs.example",
        "authorization_server_metadata": {
            "token_endpoint": "https://login.example/token",
            "revocation_endpoint": None,
        },
        "dpop_key": '{"kty": "EC", "d": "canary-key"}',
        "registration": {"redirect_uris": ["http://127.0.0.1/callback"], "client_secret_expires_at": 0},
    }
    kept.save(SERVER, BARE)
    [entry] = json.loads((tmp_path / ".credentials.json").read_text()).values()
    assert "refresh_token" not in entry


def test_the_account_is_the_one_that_codex_computes() -> None:
    # SHA-256 of {"type":"http","url":"http://127.0.0.1","headers":{}}
    server = ServerSettings("osrv", transport="http", url="http://127.0.0.1")
    assert account_of(server) == "osrv|aca2051a351014c7"
    assert account_of(replace(server, url="http://bücher.example/\ud800")).startswith("osrv|")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"access_token": None}, "access_token is missing"),
        ({"access_token": 5}, "access_token is not text"),
        ({"access_token": "t\u00f6ken"}, "access_token has characters that it cannot have"),
        ({"refresh_token": "half a pair \ud800"}, "refresh_token has characters that it cannot have"),
        ({"issuer": None}, "issuer is missing"),
        ({"client_id": []}, "client_id is not text"),
        ({"expires_at": "canary-soon"}, "expires_at is not a time"),
        ({"expires_at": True}, "expires_at is not a time"),
        ({"scopes": "canary read"}, "scopes is not a list of texts"),
        ({"authorization_server_metadata": ["canary"]}, "authorization_server_metadata is not an object"),
        ({"server_url": "https://canary.example"}, "it belongs to another URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_entry_that_is_no_login_counts_as_absent(
    change: dict[str, Any], wrong: str, kept: KeptCredentials, store: CredentialStore, told: list[str]
) -> None:
    kept.save(SERVER, LOGIN)
    entry = json.loads(store.get(account_of(SERVER)) or "") | change
    store.put(
        account_of(SERVER), json.dumps({key: value for key, value in entry.items() if value is not None})
    )
    assert kept.load(SERVER) is None
    assert told == [f"the kept login of docs in {store.where} cannot be used: {wrong}"]
    assert kept.forget(SERVER)


def test_unknown_keys_and_odd_times_are_no_matter(kept: KeptCredentials, store: CredentialStore) -> None:
    kept.save(SERVER, BARE)
    entry = json.loads(store.get(account_of(SERVER)) or "")
    entry |= {"later": {"a": 1}, "expires_at": 1e300, "issued_at": 12.5, "token_type": None}
    store.put(account_of(SERVER), json.dumps(entry))
    assert kept.load(SERVER) == replace(BARE, expires_at=2**53, issued_at=12)


def test_a_login_of_another_server_is_not_kept(kept: KeptCredentials) -> None:
    for other in (replace(SERVER, name="other"), replace(SERVER, url="https://other.example")):
        with pytest.raises(CredentialsError, match="this login is not one of"):
            kept.save(other, LOGIN)


@pytest.mark.parametrize(
    ("life", "ahead"), [(3_600_000, 30_000), (60_000, 30_000), (20_000, 10_000), (1, 0), (-5, 0)]
)
def test_a_token_is_refreshed_half_a_minute_ahead_or_half_its_life(life: int, ahead: int) -> None:
    login = replace(LOGIN, issued_at=1_000_000, expires_at=1_000_000 + life)
    due = 1_000_000 + life - ahead
    assert not ending(login, due - 1)
    assert ending(login, due)


def test_a_token_without_an_end_is_never_due() -> None:
    assert not ending(replace(LOGIN, expires_at=None), 10**15)
    assert ending(replace(LOGIN, issued_at=None), 970_000)


def test_a_login_is_usable_while_it_lives_or_can_be_refreshed() -> None:
    assert usable(LOGIN, 2_000_000)
    once = replace(LOGIN, refresh_token=None)
    assert usable(once, 999_999)
    assert not usable(once, 1_000_000)
    assert usable(replace(once, expires_at=None), 10**15)
    assert not usable(replace(once, access_token=""), 0)


def test_nothing_secret_is_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    long = replace(LOGIN, access_token="canary-" * 600)
    stopped = SmallKeyring()
    stopped.writes_left = 2
    shown = [repr(LOGIN), str(LOGIN), f"{long!r}"]
    for number, keyring in enumerate((TalkativeKeyring(), stopped, LockedKeyring())):
        store = CredentialStore(tmp_path / str(number), "keyring", keyring=keyring)
        kept = KeptCredentials(store)
        with pytest.raises(CredentialsError) as caught:
            kept.save(SERVER, long)
        shown += [str(caught.value), *traceback.format_exception(caught.value)]
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None
        # What falls back says so, without the secret.
        auto = CredentialStore(tmp_path / str(number), keyring=keyring)
        KeptCredentials(auto).save(SERVER, long)
        shown += [repr(store), repr(kept), repr(auto), repr(vars(auto)), auto.where]
    for text in ("{canary", '["canary"]', '{"docs": "canary"}'):
        (tmp_path / ".credentials.json").write_text(text)
        broken = CredentialStore(tmp_path, "file")
        assert KeptCredentials(broken).load(SERVER) is None
        with pytest.raises(CredentialsError) as caught:
            broken.put("a", LOGIN.access_token)
        shown += [str(caught.value), *traceback.format_exception(caught.value)]
        broken.put("a", "{}")
    names = [str(path) for path in tmp_path.rglob("*")]
    shown += [*names, caplog.text, *capfd.readouterr()]
    index = [path.read_text() for path in tmp_path.rglob(".credentials-accounts.json")]
    assert [text for text in [*shown, *index] if "canary" in text] == []
    assert "credentials are kept in" in caplog.text
    secret = [field for field in fields(Credentials) if "canary" in str(getattr(LOGIN, field.name))]
    assert [field.name for field in secret if field.repr] == []
    assert len(secret) == 4

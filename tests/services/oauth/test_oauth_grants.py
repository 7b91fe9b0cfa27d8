"""Tokens that nobody logs in for: what is asked for, with which proof, what is said when it fails."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.credentials.store import CredentialStore
from services.errors import ConfigurationError, ConnectionFailed, LoginFailed, LoginNeeded, MissingVariable
from services.oauth.assertions import assertion_for
from services.oauth.credentials import Credentials, KeptCredentials
from services.oauth.http import OAuthHttp
from services.oauth.provider import authorization_for
from services.oauth.tokens import TokenRefused
from services.settings import ServerSettings
from tests.servers.guarded import EXCHANGE, ID_JAG, JWT_BEARER, Guarded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from services.oauth.provider import Authorization

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
SECRET = {"OUR_SECRET": "the-client-secret"}
CREDENTIALS = {
    "grant": "client_credentials",
    "client_id": "the-client",
    "client_secret_env_var": "OUR_SECRET",
}


class Worker:
    """A server used by nobody but programs."""

    def __init__(self, guarded: Guarded, home: Path) -> None:
        self.guarded = guarded
        self.kept = KeptCredentials(CredentialStore(home, "file"))
        self.clock: Callable[[], float] = time.time
        self.settings = ServerSettings("worker", transport="http", url=guarded.url)
        self.environ: dict[str, str] = dict(SECRET)

    def auth(self, **oauth: Any) -> Authorization:
        self.settings = replace(self.settings, oauth=oauth)
        return authorization_for(
            self.settings,
            self.kept,
            lambda: OAuthHttp(self.settings.url, environ={}),
            environ=self.environ,
            clock=lambda: self.clock(),
        )

    async def ping(self, auth: Authorization, times: int = 1) -> list[int]:
        """The statuses of some requests."""
        async with httpx2.AsyncClient(auth=auth, trust_env=False) as client:
            return [(await client.post(self.settings.url, json=PING)).status_code for _ in range(times)]

    @property
    def stored(self) -> Credentials:
        stored = self.kept.load(self.settings)
        assert stored is not None
        return stored


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    async with Guarded() as guarded:
        yield Worker(guarded, tmp_path)


def pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), "ascii")


async def test_client_credentials_with_a_secret_are_obtained_once_and_kept(worker: Worker) -> None:
    worker.guarded.method = "client_secret_basic"

    assert await worker.ping(worker.auth(**CREDENTIALS), 3) == [200] * 3
    assert await worker.ping(worker.auth(**CREDENTIALS), 1) == [200]
    assert [form["grant_type"] for form in worker.guarded.asked] == ["client_credentials"]
    assert worker.guarded.asked[0]["resource"] == worker.settings.url
    assert worker.stored.refresh_token is None
    assert worker.stored.client_secret is None  # it is in the configuration already


async def test_the_secret_goes_into_the_form_where_the_server_wants_it_there(worker: Worker) -> None:
    worker.guarded.method = "client_secret_post"

    assert await worker.ping(worker.auth(**CREDENTIALS)) == [200]
    assert worker.guarded.asked[0]["client_secret"] == "the-client-secret"


async def test_a_token_that_ends_is_obtained_anew_ahead(worker: Worker) -> None:
    worker.guarded.life, worker.guarded.method = 20, "client_secret_basic"
    now = time.time()
    auth = worker.auth(**CREDENTIALS)

    assert await worker.ping(auth) == [200]
    worker.clock = lambda: now + 12
    assert await worker.ping(auth, 2) == [200, 200]
    assert len(worker.guarded.asked) == 2


async def test_a_refused_token_is_obtained_anew_once(worker: Worker) -> None:
    worker.guarded.method = "client_secret_basic"
    auth = worker.auth(**CREDENTIALS)

    assert await worker.ping(auth) == [200]
    worker.guarded.revoke_all()
    assert await worker.ping(auth) == [200]
    assert len(worker.guarded.asked) == 2


async def test_missing_scopes_are_obtained_without_a_person(worker: Worker) -> None:
    worker.guarded.method, worker.guarded.first_scope = "client_secret_basic", "mcp:read"
    auth = worker.auth(**CREDENTIALS)

    assert await worker.ping(auth) == [200]
    worker.guarded.needs["*"] = ("mcp:write",)
    assert await worker.ping(auth) == [200]
    assert [form.get("scope") for form in worker.guarded.asked] == ["mcp:read", "mcp:read mcp:write"]


async def test_scopes_that_a_grant_does_not_bring_are_asked_for_once(worker: Worker) -> None:
    worker.guarded.method = "client_secret_basic"
    auth = worker.auth(**CREDENTIALS)

    assert await worker.ping(auth) == [200]
    worker.guarded.needs["*"] = ("mcp:write",)
    give = worker.guarded.give
    worker.guarded.give = lambda scopes=(), **more: give((), **more)  # type: ignore[method-assign]
    assert await worker.ping(auth) == [403]
    assert len(worker.guarded.asked) == 2


async def test_scopes_of_the_configuration_come_first(worker: Worker) -> None:
    worker.guarded.method, worker.guarded.first_scope = "client_secret_basic", "mcp:read"
    worker.settings = replace(worker.settings, scopes=("a", "b"), oauth_resource="https://elsewhere.example")

    assert await worker.ping(worker.auth(**CREDENTIALS)) == [200]
    assert worker.guarded.asked[0]["scope"] == "a b"
    assert worker.guarded.asked[0]["resource"] == "https://elsewhere.example"


async def test_a_refusal_is_final_and_is_no_matter_for_a_login(worker: Worker) -> None:
    worker.guarded.refuses = "unauthorized_client"

    with pytest.raises(TokenRefused, match="unauthorized_client") as caught:
        await worker.ping(worker.auth(**CREDENTIALS))
    assert not isinstance(caught.value, LoginNeeded)
    assert [form["grant_type"] for form in worker.guarded.asked] == ["client_credentials"]


async def test_a_token_that_is_never_accepted_is_no_matter_for_a_login_either(worker: Worker) -> None:
    auth = worker.auth(**CREDENTIALS)
    worker.guarded.method = "client_secret_basic"
    worker.guarded.needs["*"] = ()
    guard = worker.guarded.mcp.before
    assert guard is not None

    def refuse(request: Any) -> Any:
        return guard(replace(request, headers={}))

    worker.guarded.mcp.before = refuse
    assert await worker.ping(auth) == [401]
    assert len(worker.guarded.asked) == 1
    assert isinstance(error := auth.login_needed("HTTP 401"), ConnectionFailed)
    assert not isinstance(error, LoginNeeded)


async def test_a_workload_sends_its_assertion_as_it_is_now(worker: Worker, tmp_path: Path) -> None:
    file = tmp_path / "assertion"
    file.write_text("first.assertion.x\n")
    auth = worker.auth(grant="jwt_bearer", assertion_file=str(file))

    assert await worker.ping(auth) == [200]
    file.write_text("second.assertion.x\n")
    worker.guarded.revoke_all()
    assert await worker.ping(auth) == [200]
    assert [form["assertion"] for form in worker.guarded.asked] == ["first.assertion.x", "second.assertion.x"]
    assert {form["grant_type"] for form in worker.guarded.asked} == {JWT_BEARER}


async def test_an_enterprise_exchanges_its_id_token_first(worker: Worker) -> None:
    worker.environ["ID_TOKEN"] = "the.id.token"
    auth = worker.auth(
        grant="enterprise",
        client_id="the-client",
        idp_token_endpoint=f"{worker.guarded.issuer}/idp/token",
        idp_client_id="at-the-idp",
        id_token_env_var="ID_TOKEN",
    )

    assert await worker.ping(auth) == [200]
    exchange, bearer = worker.guarded.asked
    assert exchange["grant_type"] == EXCHANGE
    assert exchange["requested_token_type"] == ID_JAG
    assert (exchange["subject_token"], exchange["client_id"]) == ("the.id.token", "at-the-idp")
    assert (exchange["audience"], exchange["resource"]) == (worker.guarded.issuer, worker.settings.url)
    assert (bearer["grant_type"], bearer["assertion"]) == (JWT_BEARER, "the-id-jag")


async def test_an_identity_provider_is_found_by_its_issuer(worker: Worker) -> None:
    worker.environ["ID_TOKEN"] = "the.id.token"
    auth = worker.auth(
        grant="enterprise",
        client_id="the-client",
        idp_issuer=worker.guarded.issuer,  # whose token endpoint is no identity provider's, and says so
        idp_client_id="at-the-idp",
        id_token_env_var="ID_TOKEN",
    )
    with pytest.raises(LoginFailed, match="no ID-JAG"):
        await worker.ping(auth)
    assert [form["grant_type"] for form in worker.guarded.asked] == [EXCHANGE]


@pytest.mark.parametrize(
    ("oauth", "missing"),
    [
        ({"grant": "client_credentials"}, "client_id"),
        ({"grant": "jwt_bearer", "client_id": "c"}, "assertion_file or assertion_env_var"),
        ({"grant": "enterprise", "client_id": "c"}, "idp_token_endpoint"),
        ({"grant": "enterprise", "client_id": "c", "idp_token_endpoint": "x"}, "idp_client_id"),
    ],
)
async def test_what_is_missing_in_the_table_is_named(
    worker: Worker, oauth: dict[str, str], missing: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"needs oauth.{missing}"):
        await worker.ping(worker.auth(**oauth))
    assert worker.guarded.asked == []


async def test_a_variable_that_is_unset_is_named(worker: Worker) -> None:
    worker.environ.clear()

    with pytest.raises(MissingVariable, match="OUR_SECRET"):
        await worker.ping(worker.auth(**CREDENTIALS))


async def test_tokens_are_bound_to_a_key_where_the_server_wants_it(worker: Worker) -> None:
    worker.guarded.dpop = worker.guarded.nonces = True
    worker.guarded.method = "client_secret_basic"
    auth = worker.auth(**CREDENTIALS)

    assert await worker.ping(auth, 2) == [200, 200]
    assert worker.stored.token_type == "DPoP"
    assert worker.stored.dpop_key is not None


async def test_a_token_that_is_not_bound_is_refused_where_the_table_demands_it(worker: Worker) -> None:
    worker.guarded.method = "client_secret_basic"

    with pytest.raises(Exception, match="not bound to our key"):
        await worker.ping(worker.auth(**CREDENTIALS, dpop=True))


# Assertions: private_key_jwt.

KEYS: dict[str, Any] = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "RS256": rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("algorithm", KEYS)
def test_an_assertion_is_signed_as_suits_the_key(algorithm: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(pem(KEYS[algorithm]))
    oauth = {"client_id": "me", "private_key_file": str(file), "key_id": "k1"}
    make = assertion_for(ServerSettings("s", transport="http", oauth=oauth), {})
    assert make is not None

    made = make("https://login.example")
    claims = jwt.decode(
        made, KEYS[algorithm].public_key(), algorithms=[algorithm], audience="https://login.example"
    )
    assert jwt.get_unverified_header(made)["kid"] == "k1"
    assert (claims["iss"], claims["sub"]) == ("me", "me")
    assert 0 < claims["exp"] - time.time() <= 300
    assert claims["jti"] != jwt.decode(make("x"), options={"verify_signature": False})["jti"]


async def test_a_client_proves_itself_with_its_key(worker: Worker) -> None:
    worker.guarded.method = "private_key_jwt"
    worker.environ["OUR_KEY"] = pem(KEYS["ES256"])
    oauth = {"grant": "client_credentials", "client_id": "the-client", "private_key_env_var": "OUR_KEY"}

    assert await worker.ping(worker.auth(**oauth)) == [200]
    claims = jwt.decode(
        worker.guarded.asked[0]["client_assertion"],
        KEYS["ES256"].public_key(),
        algorithms=["ES256"],
        audience=worker.guarded.issuer,
    )
    assert claims["iss"] == claims["sub"] == "the-client"


@pytest.mark.parametrize("text", ["", "no key at all", pem(KEYS["RS256"])[:200]], ids=["", "none", "half"])
def test_a_key_that_cannot_sign_is_an_error_without_the_key_in_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(text)
    oauth = {"client_id": "me", "private_key_file": str(file)}
    make = assertion_for(ServerSettings("s", transport="http", oauth=oauth), {})
    assert make is not None

    with pytest.raises(ConfigurationError) as caught:
        make("https://login.example")
    assert not text or (text[28:60] or text) not in str(caught.value)


def test_an_algorithm_that_does_not_fit_the_key_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text(pem(KEYS["ES256"]))
    oauth = {"client_id": "me", "private_key_file": str(file), "signing_algorithm": "RS256"}
    make = assertion_for(ServerSettings("s", transport="http", oauth=oauth), {})
    assert make is not None

    with pytest.raises(ConfigurationError, match="cannot sign"):
        make("https://login.example")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    oauth = {"client_id": "me", "private_key_file": str(tmp_path / "none.pem")}
    make = assertion_for(ServerSettings("s", transport="http", oauth=oauth), {})
    assert make is not None

    with pytest.raises(ConfigurationError, match=r"none\.pem"):
        make("https://login.example")

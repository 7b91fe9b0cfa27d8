"""Proofs of possession (RFC 9449), checked the way a server checks them."""

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import jwt
import pytest

from services.errors import CredentialsError
from services.oauth.dpop import DpopKey, Nonces, Proofs

URL = "https://api.example/mcp"


def checked(proof: str) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of a proof whose signature fits the key it carries."""
    header = jwt.get_unverified_header(proof)
    key = jwt.PyJWK(header["jwk"], algorithm="ES256")
    return header, jwt.decode(proof, key, algorithms=["ES256"], options={"verify_aud": False})


def digest(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()


def test_a_proof_names_the_request_and_carries_the_public_key_only() -> None:
    header, claims = checked(DpopKey.new().proof("post", URL + "?q=1#part"))

    assert header["typ"] == "dpop+jwt"
    assert header["alg"] == "ES256"
    assert set(header["jwk"]) == {"kty", "crv", "x", "y"}  # type: ignore[call-overload]
    assert (claims["htm"], claims["htu"]) == ("POST", URL)
    assert abs(time.time() - int(str(claims["iat"]))) < 5
    assert "ath" not in claims and "nonce" not in claims


def test_a_proof_with_a_token_and_a_nonce_is_bound_to_both() -> None:
    _, claims = checked(DpopKey.new().proof("GET", URL, token="the-token", nonce="n-1"))

    assert claims["ath"] == digest("the-token")
    assert claims["nonce"] == "n-1"


def test_no_proof_is_ever_made_twice() -> None:
    key = DpopKey.new()

    assert len({str(checked(key.proof("POST", URL))[1]["jti"]) for _ in range(50)}) == 50


def test_a_user_in_the_url_stays_out_of_the_proof() -> None:
    _, claims = checked(DpopKey.new().proof("POST", "https://me:secret@api.example:8443"))

    assert claims["htu"] == "https://api.example:8443/"


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    key = DpopKey.new()
    jwk = json.loads(key.to_jwk())
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}

    assert key.thumbprint == digest(json.dumps(members, separators=(",", ":")))
    assert len(urlsafe_b64decode(key.thumbprint + "=")) == 32


def test_a_kept_key_is_the_same_key() -> None:
    key = DpopKey.new()
    again = DpopKey.from_jwk(key.to_jwk())

    assert again.thumbprint == key.thumbprint
    checked(again.proof("POST", URL))
    assert json.loads(key.to_jwk())["d"] not in repr(key)


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"kty": "EC"}', '{"kty":"oct","k":"AAAA"}', "x"])
def test_a_kept_key_that_is_none_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(CredentialsError):
        DpopKey.from_jwk(text)


def test_a_public_key_alone_cannot_prove_anything() -> None:
    with pytest.raises(CredentialsError):
        DpopKey.from_jwk(json.dumps(DpopKey.new().public))


def test_nonces_belong_to_their_origin() -> None:
    nonces = Nonces()

    assert nonces.learn("https://api.example/mcp", {"dpop-nonce": "one"})
    assert nonces.learn("https://login.example/token", {"dpop-nonce": "two"})
    assert not nonces.learn("https://api.example/other", {"dpop-nonce": "one"})
    assert not nonces.learn("https://api.example/other", {})
    assert nonces.get("https://api.example:443/third") == "one"
    assert nonces.get("https://login.example/token") == "two"
    assert nonces.get("http://api.example/mcp") is None


def test_nonces_take_no_more_than_they_need() -> None:
    nonces = Nonces()

    assert not nonces.learn(URL, {"dpop-nonce": "n" * 10_000})
    for number in range(1_000):
        nonces.learn(f"https://host{number}.example/", {"dpop-nonce": "n"})
    assert nonces.get("https://host999.example/") == "n"
    assert nonces.get("https://host1.example/") is None


def test_the_next_proof_has_the_nonce_of_the_last_answer() -> None:
    proofs = Proofs(DpopKey.new())

    assert "nonce" not in checked(proofs.header("POST", URL))[1]
    assert proofs.learn(URL, {"dpop-nonce": "fresh"})
    assert checked(proofs.header("POST", URL, "token"))[1]["nonce"] == "fresh"

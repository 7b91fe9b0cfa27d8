"""Who gives tokens for a server: the places that are asked, in their order, and what is refused there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import LoginFailed
from services.oauth.challenge import Challenge
from services.oauth.discovery import discover, find_challenge, server_urls
from services.web.urls import is_secure, issuers_match, may_name
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import HTML, staged

if TYPE_CHECKING:
    from pathlib import Path

    from services.oauth.discovery import Discovery
    from tests.servers.web_wire import Request
    from tests.services.oauth.stage import Stage

WELL_KNOWN = "/.well-known"
RESOURCE = f"{WELL_KNOWN}/oauth-protected-resource"
SERVER = f"{WELL_KNOWN}/oauth-authorization-server"
OPENID = f"{WELL_KNOWN}/openid-configuration"
NOT_HERE = Reply(404)


async def found(stage: Stage, challenge: Challenge | None = None, **options: Any) -> Discovery:
    async with stage.http() as http:
        return await discover(http, stage.settings.url, challenge, **options)


async def refused(stage: Stage, challenge: Challenge | None = None, **options: Any) -> LoginFailed:
    with pytest.raises(LoginFailed) as caught:
        await found(stage, challenge, **options)
    return caught.value


# The resource.


async def test_the_place_in_the_challenge_comes_first(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        metadata = {"resource": provider.url, "authorization_servers": [provider.issuer]}
        provider.answers["/elsewhere"] = Reply(200, json.dumps(metadata).encode())
        await found(stage, Challenge(stage.settings.url.replace("/mcp", "/elsewhere")))
        assert provider.paths() == ["GET mcp/elsewhere", f"GET login{SERVER}"]


async def test_the_well_known_places_follow(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        provider.answers |= {"/elsewhere": NOT_HERE, f"{RESOURCE}/mcp": HTML}
        discovery = await found(stage, Challenge(stage.settings.url.replace("/mcp", "/elsewhere")))
        assert provider.paths() == [
            *("GET mcp/elsewhere", f"GET mcp{RESOURCE}/mcp", f"GET mcp{RESOURCE}", f"GET login{SERVER}")
        ]
        assert discovery.found
        assert discovery.issuer == provider.issuer


async def test_the_challenge_is_found_by_asking(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.first_scope = "read"
        async with stage.http() as http:
            status, challenge = await find_challenge(http, stage.settings.url)
        assert status == 401
        assert challenge is not None
        assert challenge.scope == "read"
        assert stage.provider.paths() == ["POST mcp/mcp"]
        assert stage.provider.forms("/mcp")[0]["method"] == "ping"  # which opens no session


async def test_a_server_that_knows_no_post_is_asked_by_get(tmp_path: Path) -> None:
    def only_gets(request: Request) -> Reply | None:
        return Reply(405) if request.method == "POST" else None

    async with staged(tmp_path) as stage:
        stage.provider.answers["/mcp"] = only_gets
        async with stage.http() as http:
            status, challenge = await find_challenge(http, stage.settings.url)
        assert (status, challenge is not None) == (401, True)
        assert stage.provider.paths() == ["POST mcp/mcp", "GET mcp/mcp"]


@pytest.mark.parametrize(
    ("resource", "covers"),
    [
        ("{base}/mcp", True),
        ("{base}/mcp/", True),
        ("{base}", True),
        ("{base}/", True),
        ("{base}/mc", False),
        ("{base}/mcp/more", False),
        ("https://honest.example/mcp", False),
        ("{base}/mcp?tenant=1", False),
        ("http://[", False),
    ],
)
async def test_the_resource_must_cover_the_server(tmp_path: Path, resource: str, covers: bool) -> None:
    async with staged(tmp_path) as stage:
        named = resource.format(base=stage.settings.url.removesuffix("/mcp"))
        stage.provider.changes[f"{RESOURCE}/mcp"] = {"resource": named}
        if covers:
            assert (await found(stage)).resource == named
        else:
            assert "does not cover" in (await refused(stage)).message


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_failing_server_is_not_taken_for_an_old_one(tmp_path: Path, status: int) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers |= {f"{RESOURCE}/mcp": Reply(status), RESOURCE: NOT_HERE}
        failure = await refused(stage)
        assert f"HTTP {status}" in failure.message
        assert not [path for path in stage.provider.paths() if "authorization-server" in path]


@pytest.mark.parametrize("place", ["http://elsewhere.example/metadata", "javascript:x", "//["])
async def test_metadata_in_the_clear_is_not_asked_for(tmp_path: Path, place: str) -> None:
    async with staged(tmp_path) as stage:
        assert (await found(stage, Challenge(place))).found
        assert any(step.ok is False and "not asked" in step.detail for step in stage.steps)


async def test_a_place_within_the_server_is_enough(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await found(stage, Challenge(f"{RESOURCE}/mcp"))
        assert stage.provider.paths()[0] == f"GET mcp{RESOURCE}/mcp"


async def test_redirects_are_followed_within_the_origin_only(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        provider.answers[f"{RESOURCE}/mcp"] = Reply(302, b"", {"location": RESOURCE})
        provider.answers[SERVER] = Reply(302, b"", {"location": f"{stage.settings.url}/away"})
        failure = await refused(stage)
        assert provider.paths() == [
            *(f"GET mcp{RESOURCE}/mcp", f"GET mcp{RESOURCE}", f"GET login{SERVER}", f"GET login{OPENID}")
        ]
        assert "publishes no metadata" in failure.message


# The authorization server.


def test_the_places_of_an_authorization_server() -> None:
    base = "https://login.example"
    assert server_urls(base) == [f"{base}{SERVER}", f"{base}{OPENID}"]
    assert server_urls(f"{base}/") == server_urls(base)
    assert server_urls(f"{base}/tenant/one") == [
        f"{base}{SERVER}/tenant/one",
        f"{base}{OPENID}/tenant/one",
        f"{base}/tenant/one{OPENID}",
    ]


@pytest.mark.parametrize("place", [f"{SERVER}/tenant", f"{OPENID}/tenant", f"/tenant{OPENID}"])
async def test_metadata_of_an_issuer_with_a_path(tmp_path: Path, place: str) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        issuer = f"{provider.issuer}/tenant"
        provider.changes[f"{RESOURCE}/mcp"] = {"authorization_servers": [issuer]}
        provider.answers[place] = Reply(200, json.dumps({"issuer": issuer}).encode())
        discovery = await found(stage)
        assert discovery.issuer == issuer
        places = [f"{SERVER}/tenant", f"{OPENID}/tenant", f"/tenant{OPENID}"]
        tried = places[: places.index(place) + 1]
        assert provider.paths("GET mcp") == [f"GET login{path}" for path in tried]


async def test_one_of_several_authorization_servers_can_be_chosen(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        servers = ["https://first.example", provider.issuer]
        provider.changes[f"{RESOURCE}/mcp"] = {"authorization_servers": servers}
        assert (await found(stage, issuer=provider.issuer)).issuer == provider.issuer
        failure = await refused(stage, issuer="https://third.example")
        assert "does not name https://third.example" in failure.message
        assert "oauth.authorization_server_issuer" in failure.hint


async def test_an_issuer_in_the_clear_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        servers = ["http://login.example"]
        stage.provider.changes[f"{RESOURCE}/mcp"] = {"authorization_servers": servers}
        assert "neither https nor on this machine" in (await refused(stage)).message


# Servers of 2025-03-26.


async def test_a_server_without_resource_metadata_is_its_own_authorization_server(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        base = stage.settings.url.removesuffix("/mcp")
        provider.answers |= {f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE}
        metadata = {"issuer": f"{base}/", "token_endpoint": f"{base}/tokens"}
        provider.answers[SERVER] = Reply(200, json.dumps(metadata).encode())
        discovery = await found(stage)
        assert discovery.issuer == f"{base}/"  # as it writes itself
        assert discovery.metadata["token_endpoint"] == f"{base}/tokens"
        assert discovery.resource == stage.settings.url


async def test_a_server_without_any_metadata_has_the_usual_endpoints(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        base = stage.settings.url.removesuffix("/mcp")
        provider = stage.provider
        provider.answers |= {f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE, SERVER: NOT_HERE}
        discovery = await found(stage)
        assert not discovery.found
        assert discovery.issuer == base
        assert discovery.metadata["authorization_endpoint"] == f"{base}/authorize"
        assert discovery.metadata["token_endpoint"] == f"{base}/token"
        assert discovery.metadata["registration_endpoint"] == f"{base}/register"
        places = [f"{RESOURCE}/mcp", RESOURCE, f"/mcp{RESOURCE}"]
        places += [f"{SERVER}/mcp", f"{OPENID}/mcp", f"/mcp{OPENID}", SERVER, OPENID]
        assert provider.paths() == [f"GET mcp{place}" for place in places]
        assert any("guessed" in told for told in stage.told("authorization server"))


# Values.


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example", "https://a.example/", True),
        ("https://a.example/x", "https://a.example/x/", False),
        ("https://A.example", "https://a.example", False),
        ("https://a.example:443", "https://a.example", False),
    ],
)
def test_issuers_are_compared_as_texts(one: str, other: str, same: bool) -> None:
    assert issuers_match(one, other) is same
    assert issuers_match(other, one) is same


@pytest.mark.parametrize(
    ("url", "secure"),
    [
        ("https://a.example/x", True),
        ("http://localhost:1/x", True),
        ("http://127.0.0.2/x", True),
        ("http://[::1]:1/x", True),
        ("http://a.example/x", False),
        ("http://localhost.example/x", False),
        ("http://127.0.0.1.example/x", False),
        ("file:///etc/passwd", False),
        ("https:///x", False),
        ("http://[", False),
    ],
)
def test_what_is_secure(url: str, secure: bool) -> None:
    assert is_secure(url) is secure


@pytest.mark.parametrize(
    ("who", "url", "may"),
    [
        ("https://a.example/mcp", "https://b.example", True),
        ("https://a.example/mcp", "http://localhost:8080/admin", False),
        ("https://a.example/mcp", "https://127.0.0.1/admin", False),
        ("https://a.example/mcp", "http://b.example", False),
        ("http://127.0.0.1:1/mcp", "http://localhost:2", True),
        ("http://[::1]:1/mcp", "https://b.example", True),
        ("http://[", "http://localhost", False),
    ],
)
def test_a_server_elsewhere_may_not_have_us_ask_this_machine(who: str, url: str, may: bool) -> None:
    assert may_name(who, url) is may


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ("Bearer", Challenge(scheme="bearer")),
        (
            'Bearer resource_metadata="https://x/y", scope="a b"',
            Challenge("https://x/y", "a b", scheme="bearer"),
        ),
        (
            'Basic realm="x, Bearer", bearer error=invalid_token, error_description="a \\"b\\", scope=c"',
            Challenge(error="invalid_token", error_description='a "b", scope=c', scheme="bearer"),
        ),
        ('Negotiate abc==, DPoP algs="ES256", scope="s"', Challenge(scope="s", scheme="dpop")),
        ('DPoP algs="ES256", Bearer scope="s"', Challenge(scope="s", scheme="bearer")),
        ('Bearer scope="never closed', Challenge(scheme="bearer")),
        ("Basic realm=x", None),
        ("", None),
        ('Bearer scope="' + "a" * 20_000, Challenge(scheme="bearer")),
        (" " * 20_000 + "Bearer", None),
    ],
)
def test_challenges_as_servers_write_them(header: str, challenge: Challenge | None) -> None:
    assert Challenge.of({"www-authenticate": header}) == challenge


@pytest.mark.parametrize("end", ["#x", "\x1b[2J", "\u202e", "`id`", " x", "\\x", "\n"])
async def test_an_endpoint_that_is_no_url_is_refused(tmp_path: Path, end: str) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        metadata = {"issuer": provider.issuer, "authorization_endpoint": f"{provider.issuer}/authorize{end}"}
        provider.answers[SERVER] = Reply(200, json.dumps(metadata).encode())
        failure = await refused(stage)
        assert "its authorization_endpoint has" in failure.message
        assert "\x1b" not in failure.message

"""Discovery from place to place: what is wrong at one of them is no reason to stop before the next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import LoginFailed
from services.oauth.discovery import discover
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import HTML, Stage, staged

if TYPE_CHECKING:
    from pathlib import Path

    from services.oauth.discovery import Discovery

WELL_KNOWN = "/.well-known"
RESOURCE = f"{WELL_KNOWN}/oauth-protected-resource"
SERVER = f"{WELL_KNOWN}/oauth-authorization-server"
OPENID = f"{WELL_KNOWN}/openid-configuration"
NOT_HERE = Reply(404)
NO_RESOURCE = {f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE}


def saying(value: object) -> Reply:
    return Reply(200, json.dumps(value).encode(), {"content-type": "application/json"})


WRONG = [
    Reply(500, b"oops"),
    Reply(502, b"<html>"),
    Reply(429, b""),
    saying({}),
    saying([]),
    saying({"issuer": 7}),
    saying({"issuer": "https://generic.example"}),
    HTML,
    Reply(401, b"who?"),
]


async def found(stage: Stage, **options: Any) -> Discovery:
    async with stage.http() as http:
        return await discover(http, stage.settings.url, None, **options)


async def refused(stage: Stage, **options: Any) -> LoginFailed:
    with pytest.raises(LoginFailed) as caught:
        await found(stage, **options)
    return caught.value


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("right", [f"{OPENID}/realms/a", f"/realms/a{OPENID}"])
async def test_what_is_wrong_at_one_place_is_passed_by(tmp_path: Path, wrong: Reply, right: str) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        issuer = f"{provider.issuer}/realms/a"
        provider.changes[f"{RESOURCE}/mcp"] = {"authorization_servers": [issuer]}
        provider.answers |= {f"{SERVER}/realms/a": wrong, f"{OPENID}/realms/a": wrong}
        provider.answers[right] = saying({"issuer": issuer, "token_endpoint": f"{issuer}/token"})
        assert (await found(stage)).metadata["token_endpoint"] == f"{issuer}/token"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Reply(503), "failed: HTTP 503"),
        (saying({"issuer": "https://generic.example"}), "another issuer: https://generic.example"),
        (saying({}), "publishes no metadata at any of its places"),
        (HTML, "publishes no metadata at any of its places"),
    ],
)
async def test_what_was_wrong_is_told_when_no_place_is_right(tmp_path: Path, wrong: Reply, said: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers |= {SERVER: wrong, OPENID: NOT_HERE}
        assert said in (await refused(stage)).message


@pytest.mark.parametrize("wrong", [*WRONG, NOT_HERE])
@pytest.mark.parametrize(
    ("right", "path"),
    [
        (f"{SERVER}/mcp", "/mcp"),
        (f"{SERVER}/mcp", "/mcp/"),
        (f"{OPENID}/mcp", "/mcp"),
        (f"/mcp{OPENID}", "/mcp"),
        (SERVER, ""),
        (SERVER, "/"),
        (OPENID, ""),
    ],
)
async def test_a_server_without_resource_metadata_is_looked_for_at_every_place(
    tmp_path: Path, wrong: Reply, right: str, path: str
) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        issuer = stage.settings.url.removesuffix("/mcp") + path
        provider.answers |= NO_RESOURCE
        provider.answers |= dict.fromkeys((f"{SERVER}/mcp", f"{OPENID}/mcp", f"/mcp{OPENID}", SERVER), wrong)
        provider.answers[right] = saying({"issuer": issuer, "token_endpoint": "https://a.example/token"})
        discovery = await found(stage)
        assert (discovery.found, discovery.issuer) == (True, issuer)
        assert discovery.metadata["token_endpoint"] == "https://a.example/token"


@pytest.mark.parametrize(("wrong", "said"), [(Reply(500), "failed: HTTP 500"), (WRONG[6], "RFC 8414")])
async def test_nothing_is_guessed_where_something_is_wrong(tmp_path: Path, wrong: Reply, said: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers |= {**NO_RESOURCE, SERVER: wrong}
        assert said in (await refused(stage)).message


@pytest.mark.parametrize("wrong", [NOT_HERE, HTML, saying({}), Reply(401)])
async def test_the_resource_metadata_may_stand_under_the_path(tmp_path: Path, wrong: Reply) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        told = {"resource": stage.settings.url, "authorization_servers": [provider.issuer]}
        provider.answers |= {f"{RESOURCE}/mcp": wrong, RESOURCE: wrong, f"/mcp{RESOURCE}": saying(told)}
        assert (await found(stage)).issuer == provider.issuer


async def test_a_login_that_fails_at_guessed_endpoints_says_that_they_were_guessed(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers |= {**NO_RESOURCE, SERVER: NOT_HERE}
        with pytest.raises(LoginFailed) as caught:
            await stage.log_in()
        assert caught.value.step == "registration"
        assert "guessed" in caught.value.hint


async def test_only_the_places_of_the_rules_tell_that_a_server_fails(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        base = stage.settings.url.removesuffix("/mcp")
        stage.provider.answers |= {
            **NO_RESOURCE,
            f"/mcp{RESOURCE}": Reply(500),
            SERVER: saying({"issuer": base}),
        }
        assert (await found(stage)).issuer == base
        stage.provider.answers[RESOURCE] = Reply(503)
        async with stage.http() as http:
            with pytest.raises(LoginFailed, match="HTTP 503"):
                await discover(http, base)


# Several authorization servers.


@pytest.mark.parametrize("first", ["http://127.0.0.1:1", "http://login.example", "gone", "foreign"])
async def test_of_several_authorization_servers_the_first_that_works_is_used(
    tmp_path: Path, first: str
) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        broken = {"path": f"{provider.issuer}/gone", "foreign": f"{provider.issuer}/foreign"}.get(
            first, first
        )
        provider.answers[f"{SERVER}/foreign"] = WRONG[6]
        provider.changes[f"{RESOURCE}/mcp"] = {"authorization_servers": [broken, 7, provider.issuer]}
        assert (await found(stage)).issuer == provider.issuer


async def test_where_none_of_several_works_the_first_is_told(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        servers = ["http://login.example", "http://127.0.0.1:1"]
        stage.provider.changes[f"{RESOURCE}/mcp"] = {"authorization_servers": servers}
        assert "http://login.example" in (await refused(stage)).message
        assert any("none of 2" in told for told in stage.told("authorization server"))

"""What a provider does against the rules: refused by the rule that is named, trusted by the line for it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.config.file import parse
from services.errors import LoginFailed
from services.oauth.trust import key_line
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import Stage, staged
from tests.services.oauth.test_oauth_faults import SERVER, failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.oauth.credentials import Credentials
    from services.settings import ServerSettings
    from tests.servers.web_wire import Request

RESOURCE = "/.well-known/oauth-protected-resource"
NOT_HERE = Reply(404)


def trusting(stage: Stage, *hints: str) -> ServerSettings:
    """The server with the lines that these hints name in its table."""
    lines: dict[str, list[str]] = {}
    for hint in hints:
        line = re.search(r'([\w.]+) = (".*")$', hint)
        assert line is not None, hint
        lines.setdefault(line[1], []).append(line[2])
    written = [f"{key} = [{', '.join(values)}]" for key, values in lines.items() if len(values) > 1]
    written += [f"{key} = {values[0]}" for key, values in lines.items() if len(values) == 1]
    table = f'[mcp_servers.guarded]\nurl = "{stage.settings.url}"\n' + "\n".join(written)
    found = parse(table, environ={})
    assert found.problems == ()
    return found.servers[0]


async def trusted_after(stage: Stage, rule: str, times: int = 1) -> Credentials:
    """Log in, each refusal by this rule and answered with the line that it names."""
    hints: list[str] = []
    for _ in range(times):
        failure = await failed(stage, settings=trusting(stage, *hints))
        assert rule in failure.message
        hints.append(failure.hint)
    return await stage.log_in(settings=trusting(stage, *hints))


@pytest.mark.parametrize(
    "issuer",
    [
        lambda base: base.replace("127.0.0.1", "localhost"),
        lambda base: "https://other.example",
        lambda base: f"{base}/{{tenantid}}/v2.0",
        lambda base: base.replace("http:", "https:"),
        lambda base: f"{base}/sub",
        lambda base: base.upper(),
        lambda base: f'{base}/a"b\\c',
    ],
)
@pytest.mark.parametrize("announced", [True, False])
async def test_metadata_of_another_issuer_is_taken_where_it_is_named(
    tmp_path: Path, issuer: Callable[[str], str], announced: bool
) -> None:
    async with staged(tmp_path) as stage:
        told = issuer(stage.provider.issuer)
        stage.provider.changes[SERVER] = {"issuer": told}
        if not announced:
            stage.provider.changes[SERVER]["authorization_response_iss_parameter_supported"] = None
        credentials = await trusted_after(stage, "RFC 8414, section 3.3")
        assert credentials.issuer == told


@pytest.mark.parametrize(
    ("named", "told"), [("/tenant", ""), ("/tenant/", "/tenant"), ("/tenant", "/tenant/")]
)
async def test_metadata_whose_path_is_another_is_taken_where_it_is_named(
    tmp_path: Path, named: str, told: str
) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        provider.changes[RESOURCE] = {"authorization_servers": [provider.issuer + named]}
        metadata = {**provider._metadata(), "issuer": provider.issuer + told}
        provider.answers[f"{SERVER}/tenant"] = Reply(200, json.dumps(metadata).encode())
        provider.answers["/authorize"] = with_code(stage, iss=provider.issuer + told)
        assert (await trusted_after(stage, "RFC 8414")).issuer == provider.issuer + told


def with_code(stage: Stage, **changed: str | None) -> Callable[[Request], Reply]:
    """The right answer of the authorization endpoint, but for these parameters."""

    def authorize(request: Request) -> Reply:
        right = stage.provider._login(request)
        assert right is not None
        location = right.headers["location"]
        for name, value in changed.items():
            location = re.sub(rf"&{name}=[^&]*", "" if value is None else f"&{name}={value}", location)
        return replace(right, headers={"location": location})

    return authorize


async def test_a_server_that_is_its_own_provider_under_another_name(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        provider.answers |= {f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE}
        elsewhere = provider.issuer.replace("127.0.0.1", "localhost")
        metadata = {**provider._metadata(), "issuer": elsewhere}

        def of_the_mcp_server(request: Request) -> Reply | None:
            return Reply(200, json.dumps(metadata).encode())

        provider.answers[SERVER] = of_the_mcp_server
        provider.answers["/authorize"] = with_code(stage, iss=elsewhere)
        assert (await trusted_after(stage, "RFC 8414")).issuer == elsewhere


@pytest.mark.parametrize("iss", ["https://www.other.example", "slash", "{tenant}"])
@pytest.mark.parametrize("announced", [True, False])
async def test_an_answer_of_another_issuer_is_taken_where_it_is_named(
    tmp_path: Path, iss: str, announced: bool
) -> None:
    async with staged(tmp_path) as stage:
        told = {"slash": f"{stage.provider.issuer}/"}.get(iss, iss)
        if not announced:
            stage.provider.changes[SERVER] = {"authorization_response_iss_parameter_supported": None}
        stage.provider.answers["/authorize"] = with_code(stage, iss=told)
        assert (await trusted_after(stage, "RFC 9207, section 2.4")).issuer == stage.provider.issuer


async def test_an_answer_without_the_issuer_that_was_promised(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/authorize"] = with_code(stage, iss=None)
        assert await trusted_after(stage, "RFC 9207, section 2.4")


async def test_two_exceptions_are_two_names(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"issuer": f"{stage.provider.issuer}/{{tenantid}}/v2.0"}
        stage.provider.answers["/authorize"] = with_code(stage, iss=f"{stage.provider.issuer}/42/v2.0")
        assert await trusted_after(stage, "section", times=2)


async def test_an_issuer_that_is_trusted_opens_no_door_to_others(tmp_path: Path) -> None:
    async with staged(tmp_path, oauth={"trusted_issuer": "https://one.example"}) as stage:
        stage.provider.changes[SERVER] = {"issuer": "https://other.example"}
        assert "https://other.example" in (await failed(stage)).hint


@pytest.mark.parametrize("methods", [None, [], ["plain"], "S256"])
async def test_a_provider_that_does_not_list_pkce_is_taken_where_it_is_named(
    tmp_path: Path, methods: object
) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"code_challenge_methods_supported": methods}
        assert await trusted_after(stage, "RFC 7636")
        assert stage.provider.urls[-1]["code_challenge_method"] == "S256"
        wrong = replace(stage.settings, oauth={"assume_pkce_of": "https://other.example"})
        with pytest.raises(LoginFailed, match="RFC 7636"):
            await stage.log_in(settings=wrong)


@pytest.mark.parametrize("resource", ["https://other.example/mcp", "http://127.0.0.1:1/mcp", "mcp-server"])
async def test_metadata_of_another_resource_is_taken_where_it_is_named(tmp_path: Path, resource: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[RESOURCE] = {"resource": resource}
        assert (await trusted_after(stage, "RFC 9728, section 3.3")).resource == resource


# What is no matter of trust.


@pytest.mark.parametrize("kind", ["user", "JWT", "mac", "bot", "bearer_token"])
async def test_an_unknown_token_type_is_taken_for_bearer_with_a_note(tmp_path: Path, kind: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes["/token"] = {"token_type": kind}
        assert (await stage.log_in()).token_type == "Bearer"
        assert f"the unknown token_type {kind} is taken for Bearer" in stage.told("token")


@pytest.mark.parametrize(
    ("told", "supported", "method"),
    [
        ("none", None, "client_secret_post"),
        ("none", ["none", "client_secret_post", "client_secret_basic"], "client_secret_post"),
        ("none", ["client_secret_basic", "none"], "client_secret_basic"),
        (None, None, "client_secret_basic"),
        (None, ["client_secret_post"], "client_secret_post"),
        ("client_secret_basic", None, "client_secret_basic"),
    ],
)
async def test_a_secret_that_a_registration_returned_is_used(
    tmp_path: Path, told: str | None, supported: list[str] | None, method: str
) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        changes: dict[str, Any] = {"token_endpoint_auth_methods_supported": supported}
        provider.changes[SERVER] = changes
        provider.changes["/register"] = {
            "client_secret": "the-client-secret",
            "token_endpoint_auth_method": told,
        }
        provider.method = method
        credentials = await stage.log_in()
        assert (credentials.token_endpoint_auth_method, credentials.client_secret) == (
            method,
            "the-client-secret",
        )


def test_a_line_for_the_table_is_toml_whatever_is_in_it() -> None:
    line = key_line("oauth.trusted_issuer", 'https://a/"\\{tenantid}\n\x1b[31m')
    found = parse(f'[mcp_servers.a]\nurl = "http://a"\n{line}', environ={})
    assert found.problems == ()
    assert str(found.servers[0].oauth["trusted_issuer"]).startswith('https://a/"\\{tenantid}')

"""Slash commands that change the configuration: completed, and shown without their secrets."""

from __future__ import annotations

import pytest

from app.slash.completion import candidates
from app.slash.masking import masked_line
from app.slash.parse import Invocation, ParseProblem, parse
from tests.app.slash.world import World


async def labels(line: str) -> list[str]:
    return [each.label for each in await candidates(line, len(line), World())]


async def test_the_options_of_the_shells_command_are_offered_where_they_fit() -> None:
    assert await labels("/mcp add ") == []
    first = await labels("/mcp add x ")
    assert first[0] == "-- CMD ARGS…"
    assert {"--url URL", "--env KEY=VALUE", "--transport http|sse", "--force"} <= set(first)
    url = await labels("/mcp add x --url http://localhost/mcp --force ")
    assert "--header KEY=VALUE" in url
    assert not {"--env KEY=VALUE", "-- CMD ARGS…", "--url URL", "--force"} & set(url)
    program = await labels("/mcp add x --env A=b ")
    assert {"--env KEY=VALUE", "-- CMD ARGS…"} <= set(program)
    assert "--url URL" not in program
    assert (await labels("/mcp add x --ur"))[0] == "--url URL"
    for line in ("/mcp add x --url ", "/mcp add x -- ", "/mcp add x -- npx --e"):
        assert await labels(line) == []


async def test_programs_are_offered_and_a_file_may_stand_in_their_place() -> None:
    assert "codex" in await labels("/import ")
    assert await labels("/import cla") == ["claude"]
    assert parse("/import ~/mcp.json", World()) == Invocation(
        "import", {"program": "~/mcp.json"}, "/import ~/mcp.json"
    )


def test_a_name_that_is_a_word_too_is_quoted() -> None:
    world = World()
    found = parse('/mcp "add"', world)
    assert isinstance(found, ParseProblem)
    assert "There is no server" in found.message
    assert parse("/mcp add", world) == ParseProblem(
        "NAME -- CMD | --url URL is missing.",
        usage=("/mcp add NAME -- CMD | --url URL",),
    )


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("/mcp add x --env TOKEN=geheim99 -- sh", "/mcp add x --env TOKEN=***** -- sh"),
        ("/mcp add x --env 'KEY=ge heim' -- sh -c 'a b'", "/mcp add x --env KEY=***** -- sh -c 'a b'"),
        (
            "/mcp add x --env=KEY=geheim -- sh --key geheim",
            "/mcp add x --env=KEY=***** -- sh --key *****",
        ),
        ("/mcp add x --url https://a:geheim@b/", "/mcp add x --url https://a:*****@b/"),
        ("/mcp add x --env KEY='${KEY}' -- sh", "/mcp add x --env KEY='${KEY}' -- sh"),
        ("/call demo echo token=geheim99", "/call demo echo token=geheim99"),
        ("token=geheim99", "token=geheim99"),
    ],
)
def test_the_secrets_of_a_new_server_are_masked(line: str, shown: str) -> None:
    assert masked_line(line) == shown

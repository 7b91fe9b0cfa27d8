"""A tool by the name that every cell prints: `/call server.tool`, `/call tool`, and `server.tool` alone."""

from __future__ import annotations

import pytest

from app.slash.completion import candidates
from app.slash.parse import Invocation, ParseProblem, parse
from services.arguments.tool_names import is_bare_call
from services.catalog.entries import Catalog, Tool
from tests.app.slash.world import ADD, World


def offering(server: str, *names: str) -> Catalog:
    return Catalog(tuple(Tool(server, name, name, input_schema=ADD) for name in names))


WORLD = World(
    {
        "demo": offering("demo", "add", "echo", "v1.read", "two words"),
        "git.hub": offering("git.hub", "echo", "b.c"),
        "git": offering("git", "hub.b.c"),
        "my files": offering("my files", "list"),
        "new": Catalog(),
        "echo": offering("echo", "say"),
    }
)


@pytest.mark.parametrize(
    ("line", "server", "tool", "arguments"),
    [
        ("/call demo.add a=1 b=2", "demo", "add", "a=1 b=2"),
        ("/call demo.v1.read", "demo", "v1.read", ""),
        ("/call v1.read", "demo", "v1.read", ""),
        ("/call add", "demo", "add", ""),
        ('/call add {"a": 1}', "demo", "add", '{"a": 1}'),
        ("/call git.hub.echo", "git.hub", "echo", ""),
        ('/call "demo.two words" a=1', "demo", "two words", "a=1"),
        ('/call "my files".list', "my files", "list", ""),
        ("/call new.anything a=1", "new", "anything", "a=1"),
        ("/call echo say", "echo", "say", ""),
        ("/call echo.say", "echo", "say", ""),
        ("/call demo add", "demo", "add", ""),
    ],
)
def test_one_word_may_name_a_server_and_its_tool(line: str, server: str, tool: str, arguments: str) -> None:
    wanted = {"server": server, "tool": tool} | ({"arguments": arguments} if arguments else {})
    assert parse(line, WORLD) == Invocation("call", wanted, line)


@pytest.mark.parametrize(
    ("line", "message", "suggestions"),
    [
        (
            "/call echo a=1",
            'Several servers have a tool "echo": demo, git.hub.',
            ("/call demo.echo a=1", "/call git.hub.echo a=1"),
        ),
        (
            "/call git.hub.b.c",
            'Several servers have a tool "git.hub.b.c": git.hub, git.',
            ("/call git.hub b.c", "/call git hub.b.c"),
        ),
        ("/call demo.ad a=1", 'The server "demo" has no tool "ad".', ("/call demo.add a=1",)),
        ("/call adb", 'There is no server "adb".', ("/call add",)),
        ("/call nobody.here", 'There is no server "nobody.here".', ()),
    ],
)
def test_a_name_that_is_none_or_several(line: str, message: str, suggestions: tuple[str, ...]) -> None:
    found = parse(line, WORLD)
    assert isinstance(found, ParseProblem)
    assert (found.message, found.suggestions) == (message, suggestions)


@pytest.mark.parametrize(
    ("text", "is_call"),
    [
        ("demo.add", True),
        ("  demo.add a=1", True),
        ('demo.add {"a": 1}', True),
        ("demo.add a:=1", True),
        ('"my files".list', True),
        ("git.hub.echo", True),
        ("demo.add is broken, why?", False),
        ("demo.nothing", False),
        ("github.com", False),
        ("add", False),
        ("what does demo.add do?", False),
        ('"demo.add', False),
        ("", False),
    ],
)
def test_a_call_needs_no_command(text: str, is_call: bool) -> None:
    assert is_bare_call(text, WORLD) is is_call


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/call demo.ad", "/call demo.add "),
        ("/call v1", "/call demo.v1.read "),
        ("/call demo.two", '/call "demo.two words" '),
        ("/call demo.add ", "/call demo.add a="),
        ("/call add a=1 ", "/call add a=1 b="),
        ("demo.ad", "demo.add "),
        ("demo.add a=1 ", "demo.add a=1 b="),
        ("demo.add is broken ", None),
        ("hello.world", None),
    ],
)
async def test_it_is_completed(line: str, expected: str | None) -> None:
    found = await candidates(line, len(line), WORLD)
    assert bool(found) == (expected is not None)
    if expected is not None:
        assert line[: found[0].start] + found[0].insert + line[found[0].end :] == expected

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slash.parse import Invocation, ParseProblem, is_slash, parse
from app.slash.table import find
from services.catalog.entries import Catalog, Prompt, Tool
from tests.app.slash.world import World
from tests.support.work import growth

WORLD = World()


def problem(line: str, world: World = WORLD) -> ParseProblem:
    found = parse(line, world)
    assert isinstance(found, ParseProblem), found
    return found


def prompts(*pairs: tuple[str, str]) -> World:
    """Servers with one prompt each; one without a name is none."""
    return World(
        {server: Catalog(prompts=(Prompt(server, name, name),) * bool(name)) for server, name in pairs}
    )


@pytest.mark.parametrize(
    ("line", "name", "arguments"),
    [
        ("/mcp", "mcp", {}),
        ("/MCP verbose", "mcp verbose", {}),
        ("/mcp demo", "mcp", {"server": "demo"}),
        ('/mcp reconnect "my files"', "mcp reconnect", {"server": "my files"}),
        ("/tools", "tools", {}),
        ("/tools demo", "tools", {"server": "demo"}),
        ("/tools echo loud", "tools", {"filter": "echo loud"}),
        ('/tools demo "two words"', "tools", {"server": "demo", "filter": "two words"}),
        ("/call demo add", "call", {"server": "demo", "tool": "add"}),
        (
            '/call demo "echo loud"  a="1 2"  b={"x": 1} ',
            "call",
            {"server": "demo", "tool": "echo loud", "arguments": 'a="1 2"  b={"x": 1}'},
        ),
        ("/read demo demo://anything", "read", {"server": "demo", "uri": "demo://anything"}),
        ("/prompt demo ask topic=x", "prompt", {"server": "demo", "prompt": "ask", "arguments": "topic=x"}),
        ("/theme nord", "theme", {"theme": "nord"}),
        ("/quit", "quit", {}),
    ],
)
def test_lines_that_can_be_carried_out(line: str, name: str, arguments: dict[str, str]) -> None:
    assert parse(line, WORLD) == Invocation(name, arguments, line)


def test_a_server_named_like_a_subcommand_is_meant_by_quotes() -> None:
    world = World({"verbose": Catalog()})
    assert parse('/mcp "verbose"', world) == Invocation("mcp", {"server": "verbose"}, '/mcp "verbose"')
    assert parse("/mcp verbose", world) == Invocation("mcp verbose", {}, "/mcp verbose")


def test_a_hostile_name_is_meant_by_what_the_screen_shows_of_it() -> None:
    found = parse('/mcp "[/x]"', WORLD)
    assert isinstance(found, Invocation)
    assert found.arguments == {"server": "[/x]\x1b]0;owned\x07"}


def test_a_server_that_has_listed_nothing_yet_may_have_the_tool() -> None:
    world = World({"new": Catalog()})
    assert isinstance(parse("/call new anything", world), Invocation)


def test_unknown_names_come_with_what_may_have_been_meant() -> None:
    assert problem("/tols").suggestions == ("/tools",)
    assert problem("/log dmo").message == 'There is no server "dmo".'
    assert problem("/log dmo").suggestions == ("/log demo",)
    found = problem("/call demo echoloud a=1")
    assert found.message == 'The server "demo" has no tool "echoloud".'
    assert found.hint == 'Did you mean "echo loud" or "echo"?'
    assert found.suggestions == ('/call demo "echo loud" a=1', "/call demo echo a=1")
    assert problem("/mcp reconect").suggestions == ("/mcp reconnect",)
    assert problem("/theme nrod").suggestions == ("/theme nord",)
    assert problem("/zzz").hint == "/help lists the commands."


def test_what_is_missing_or_too_much_comes_with_the_usage() -> None:
    assert problem("/call demo") == ParseProblem("TOOL is missing.", usage=("/call SERVER TOOL [arguments]",))
    assert problem("/mcp enable").usage == ("/mcp enable NAME",)
    assert problem("/log demo error now").message == '"now" is one word too many.'
    assert problem("/log demo warn").message == 'There is no log level "warn".'
    assert problem("/log demo warn").suggestions == ("/log demo warning",)
    assert problem("/mcp nobody").usage == find("mcp").usages  # type: ignore[union-attr]
    assert problem('/log "demo').message == 'The quote " is not closed.'


def test_a_path_is_no_command_and_can_be_sent_as_text() -> None:
    assert is_slash("/usr/bin")
    assert "put a space before it" in problem("/usr/bin").hint
    assert not is_slash(" /usr/bin")
    assert is_slash("  /tools")
    assert not is_slash("what does /tools do?")


@pytest.mark.parametrize(
    ("line", "server", "prompt", "arguments"),
    [
        ("/demo:ask", "demo", "ask", ""),
        ("/demo:ask topic=x  tone='a b' ", "demo", "ask", "topic=x  tone='a b'"),
        ('/"demo":"ask"', "demo", "ask", ""),
        ('/"a b":"c d" x=1', "a b", "c d", "x=1"),
        ("/mcp:ask", "mcp", "ask", ""),
        ("/a:b:c", "a:b", "c", ""),
        ("/a:d:e", "a", "d:e", ""),
        ("/new:anything", "new", "anything", ""),
    ],
)
def test_a_prompt_is_a_command_of_its_own(line: str, server: str, prompt: str, arguments: str) -> None:
    world = prompts(("demo", "ask"), ("a b", "c d"), ("mcp", "ask"), ("a", "d:e"), ("a:b", "c"), ("new", ""))
    rest = {"arguments": arguments} if arguments else {}
    assert parse(line, world) == Invocation("say prompt", {"server": server, "prompt": prompt} | rest, line)


def test_a_command_wins_over_a_server_of_its_name() -> None:
    world = prompts(("mcp", "ask"), ("call", "ask"))
    assert parse("/mcp", world) == Invocation("mcp", {}, "/mcp")
    assert parse("/mcp mcp", world) == Invocation("mcp", {"server": "mcp"}, "/mcp mcp")


def test_a_prompt_that_is_not_there_comes_with_what_may_have_been_meant() -> None:
    world = prompts(("demo", "ask"), ("my files", "sum up"))
    assert problem("/demo:aks topic=x", world) == ParseProblem(
        'The server "demo" has no prompt "aks".', 'Did you mean "ask"?', suggestions=("/demo:ask topic=x",)
    )
    assert problem("/dmo:ask", world).suggestions == ("/demo:ask",)
    assert problem('/"my files":sumup', world).suggestions == ('/"my files":"sum up"',)
    assert problem("/myfiles:x", world).suggestions == ('/"my files":x',)
    assert problem("/demo:", world) == ParseProblem(
        "PROMPT is missing.", usage=("/SERVER:PROMPT [key=value…]",)
    )
    assert problem('/"my files:x', world).message == 'The quote " is not closed.'


@pytest.mark.parametrize("line", ["/usr/bin:/usr/local", "/12:30", "/https://x.org", "/:", "/:ask", "/x:y"])
def test_a_colon_alone_makes_no_prompt(line: str) -> None:
    assert problem(line).message.endswith("is not a command.")


def test_hostile_names_in_problems_are_printable() -> None:
    world = World({"a\x1b]0;x\x07b": Catalog()})
    found = problem("/log ab\x1b[2Jx", world)
    for text in (found.message, found.hint, *found.suggestions):
        assert "\x1b" not in text


@given(st.text() | st.text(alphabet="/mcp: call demo ' \"\\={}[]\n"))
def test_reading_never_raises(line: str) -> None:
    for text in (line, f"/{line}", f"/call demo {line}", f"/mcp {line}"):
        found = parse(text, WORLD)
        assert isinstance(found, Invocation | ParseProblem)
        is_slash(text)


def test_a_slip_among_ten_times_the_tools_costs_ten_times_as_much_at_most() -> None:
    tool = Tool("demo", "", "")
    tools = tuple(replace(tool, name=f"tool_{number}") for number in range(10_000))
    few, many = (World({"demo": Catalog(tools[:size])}) for size in (1_000, 10_000))
    assert "/call demo tool_77" in problem("/call demo tol_77", many).suggestions
    assert growth(lambda world: problem("/call demo tol_77", world), few, many) < 4 * 10

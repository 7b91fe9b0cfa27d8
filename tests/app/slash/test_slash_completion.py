from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slash import completion_values
from app.slash.completion import candidates
from app.slash.parse import Invocation, parse
from app.slash.table import COMMANDS
from services.catalog.entries import Catalog, Prompt, Resource, ResourceTemplate, Tool
from tests.app.slash.world import ASK, World
from tests.support.work import growth

if TYPE_CHECKING:
    from widgets.composer.candidate import Candidate


async def offers(line: str, world: World | None = None) -> tuple[Candidate, ...]:
    """What is offered at `|`, or at the end."""
    cursor = line.find("|")
    text = line.replace("|", "")
    return await candidates(text, len(text) if cursor < 0 else cursor, world or World())


async def taken(line: str, at: int = 0, world: World | None = None) -> str:
    """The line after taking one of the offers."""
    chosen = (await offers(line, world))[at]
    text = line.replace("|", "")
    return text[: chosen.start] + chosen.insert + text[chosen.end :]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/to", "/tools "),
        ("/he", "/help"),
        ("/mcp rec", "/mcp reconnect "),
        ("/mcp verb", "/mcp verbose"),
        ("/mcp de", "/mcp demo"),
        ("/log my", '/log "my files" '),
        ("/log demo w", "/log demo warning"),
        ('/call "my f', '/call "my files" '),
        ("/call demo ad", "/call demo add "),
        ("/call demo loud", '/call demo "echo loud" '),
        ("/call demo add ", "/call demo add a="),
        ("/call demo add a=1 ", "/call demo add a=1 b="),
        ("/call demo add b=1 un", "/call demo add b=1 unit="),
        ("/call demo add unit=mi", "/call demo add unit=mile "),
        ("/call demo add round=", "/call demo add round=true "),
        ("/read demo demo://te", "/read demo demo://text"),
        ("/read demo demo://ci", "/read demo demo://city/"),
        ("/prompt demo a", "/prompt demo ask "),
        ("/prompt demo ask ", "/prompt demo ask topic="),
        ("/prompt demo ask tone=d", "/prompt demo ask tone=dry "),
        ("/dem", "/demo:ask "),
        ("/demo:a", "/demo:ask "),
        ("/ask", "/demo:ask "),
        ("/demo:ask ", "/demo:ask topic="),
        ("/demo:ask to", "/demo:ask topic="),
        ("/demo:ask tone=d", "/demo:ask tone=dry "),
        ("/theme g", "/theme gruvbox"),
        ("/saved run sm", "/saved run smoke"),
        ("/saved run ", "/saved run smoke"),
        ("/saved run add tw", '/saved run "add two"'),
        ('/saved run "add t', '/saved run "add two"'),
        ("/ca|l demo add", "/call demo add"),
        ("/call de| add", "/call demo add"),
    ],
)
async def test_the_first_offer_goes_on_as_meant(line: str, expected: str) -> None:
    assert await taken(line) == expected


@pytest.mark.parametrize(
    "line",
    ["", "hello", "what is /tools", "/nothing here", "/call nobody ", "/log demo info ", "/tools demo x",
     '/call demo add {"a": ', "/call demo add a|b=1", "/help"],
)  # fmt: skip
async def test_where_nothing_is_offered(line: str) -> None:
    assert await offers(line) == ()


async def test_commands_come_in_the_order_of_the_table_with_their_usage() -> None:
    found = await offers("/")
    assert [each.label for each in found[:3]] == [
        "/mcp [verbose | restore | trust | NAME]",
        "/import [PROGRAM | FILE]",
        "/trace [model | SERVER]",
    ]
    assert len(found) == len(COMMANDS)


async def test_prompts_stand_beside_the_commands_once_something_is_typed() -> None:
    asked = Prompt("theatre", "Play", "Play", description="[/x] plays", arguments=ASK.arguments * 2)
    world = World({"theatre": Catalog(prompts=(asked, Prompt("theatre", "end it", "end it")))})
    found = await offers("/the", world)
    assert [(each.label, each.summary) for each in found] == [
        ("/theme [NAME]", "Choose the theme"),
        ("/theatre:Play tone= topic= tone= …", "[/x] plays"),
        ('/theatre:"end it"', ""),
    ]
    assert [each.on_enter for each in found] == ["take", "take", "take"]
    assert not any("theatre" in each.label for each in await offers("/", world))
    assert await taken("/end", world=world) == '/theatre:"end it"'
    assert isinstance(parse(await taken("/end", world=world), world), Invocation)


async def test_enter_sends_a_prompt_that_lacks_nothing() -> None:
    world = World({"s": Catalog(prompts=(Prompt("s", "Go", "Go"), Prompt("s", "Gone", "Gone")))})
    assert [each.on_enter for each in await offers("/s:Go", world)] == ["send"]
    assert [each.on_enter for each in await offers("/s:go", world)] == ["take", "take"]
    assert [each.on_enter for each in await offers("/s:Gon", world)] == ["run"]
    assert {each.on_enter for each in await offers("/demo:ask")} == {"take"}, "topic is required"


async def test_beginnings_come_before_what_only_contains_the_letters() -> None:
    assert [each.insert for each in await offers("/t")][:2] == ["/trace ", "/tools "]
    assert (await offers("/gt"))[0:1] == ()
    assert [each.label for each in await offers("/call demo o")] == ["echo", "echo loud"]
    assert [each.label for each in await offers("/call demo el")] == ["echo loud"]


async def test_servers_say_what_they_offer() -> None:
    first = (await offers("/call "))[0]
    assert first.summary == "3 tools · 1 resource · 1 template · 1 prompt"


async def test_arguments_say_what_they_take_required_ones_first() -> None:
    found = {each.label: each.summary for each in await offers("/call demo add ")}
    assert list(found) == ["a=", "b=", "round=", "unit="]
    assert found["a="] == "required whole number · The first number"
    assert found["unit="] == "metre or mile"


async def test_a_server_named_like_a_subcommand_goes_in_quotes() -> None:
    world = World({"verbose": Catalog()})
    found = [each.insert for each in await offers("/mcp verb", world)]
    assert found == ["verbose", '"verbose"']


async def test_hostile_names_are_offered_as_the_text_they_are() -> None:
    found = (await offers("/log "))[-1]
    assert (found.insert, found.label) == ('"[/x]" ', "[/x]")
    assert isinstance(parse("/log " + found.insert, World()), Invocation)


async def test_template_variables_and_prompt_arguments_are_asked_of_the_server() -> None:
    world = World()
    found = await offers("/read demo demo://city/S", world)
    assert [each.insert for each in found] == [
        "demo://city/S%C3%A3o%20Paulo/",
        "demo://city/Salta%2FNorte/",
    ]
    await offers("/read demo demo://city/S%C3%A3o/p", world)
    await offers('/prompt demo ask topic="a b" tone=d', world)
    assert world.questions == [
        ("demo", "template", "name", "S", {}),
        ("demo", "template", "part", "p", {"name": "São"}),
        ("demo", "prompt", "tone", "d", {"topic": "a b"}),
    ]


@pytest.mark.parametrize(
    ("line", "inserts"),
    [
        ("/read s a:", ["a:S%C3%A3o%20Paulo", "a:Salta%2FNorte", "a:{x}{?y}"]),
        ("/read s a:S", ["a:S%C3%A3o%20Paulo", "a:Salta%2FNorte"]),
        ("/read s b", ["b:{?x}"]),
        ("/follow s b", ["b:"]),
    ],
)
async def test_a_template_is_offered_where_its_form_can_ask(line: str, inserts: list[str]) -> None:
    templates = tuple(ResourceTemplate("s", text, text) for text in ("a:{x}{?y}", "b:{?x}"))
    found = await offers(line, World({"s": Catalog(templates=templates)}))
    assert [each.insert for each in found] == inserts


async def test_values_from_a_server_are_shown_printable_and_taken_as_they_are() -> None:
    found = await offers("/prompt demo ask tone=")
    assert [each.insert for each in found] == ["dry ", '"two words" ', "x\x1b[2J "]
    assert [each.label for each in found] == ["dry", "two words", "x"]


async def test_a_server_that_cannot_complete_offers_nothing() -> None:
    assert await offers("/prompt demo ask topic=x") == ()


async def test_a_server_that_hangs_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hanging(World):
        async def complete(self, *_: object, **__: object) -> tuple[str, ...]:
            await asyncio.Event().wait()
            return ()

    monkeypatch.setattr(completion_values, "_PATIENCE", 0.01)
    assert await offers("/prompt demo ask tone=", Hanging()) == ()


@pytest.mark.parametrize(
    ("line", "on_enter", "final"),
    [
        ("/tools", "send", True),  # complete as typed
        ("/to", "run", True),  # the only one that begins so, and complete
        ("/t", "take", True),  # tools or theme
        ("/call", "take", False),  # SERVER is missing
        ("/mcp ", "send", True),
        ("/mcp d", "take", False),  # disable NAME or the server demo
        ("/mcp my", "run", True),
        ("/tools de", "send", True),  # may be a filter
        ("/call demo", "take", False),
        ("/call demo ", "take", True),
        ("/call demo ad", "run", True),
        ("/call demo echo", "send", True),  # though "echo loud" begins so
        ("/call demo.echo", "send", True),
        ("demo.echo", "send", True),
        ("/call demo add ", "send", False),
        ("/call demo add un", "take", False),
        ("/call demo add unit=mi", "run", True),
        ("/call demo add unit=mile", "send", True),
        ("/read demo demo://t", "run", True),
        ("/read demo demo://city/S", "take", False),
        ("/read demo demo://city/S/p", "send", True),
        ("/prompt demo ask tone=d", "send", True),
        ("/theme", "send", True),
        ("/th| ", "run", True),
        ("/th| nord", "send", True),
    ],
)
async def test_what_enter_means(line: str, on_enter: str, final: bool) -> None:
    first = (await offers(line))[0]
    assert (first.on_enter, first.final) == (on_enter, final)


@pytest.mark.parametrize(
    "line",
    ["/call demo 77", "/call demo something_9", "/call demo zz", "/call demo ", "/read demo file:///9"],
)
def test_ten_times_the_tools_cost_ten_times_as_much_at_most(line: str) -> None:
    tool = Tool("demo", "", "", description="words " * 100)
    tools = tuple(replace(tool, name=f"{number}_do_something_{number}") for number in range(10_000))
    resources = tuple(Resource("demo", f"file:///{number}", "") for number in range(10_000))
    few, many = (World({"demo": Catalog(tools[:size], resources[:size])}) for size in (1_000, 10_000))
    assert len(asyncio.run(offers(line, many))) <= 50
    assert growth(lambda world: asyncio.run(offers(line, world)), few, many) < 4 * 10


@given(st.text(alphabet="/mcp call demo add a=b ' \"\\={}[]\n") | st.text(), st.integers(0, 40))
async def test_completing_never_raises_and_stays_in_the_line(line: str, cursor: int) -> None:
    for text in (
        line,
        f"/{line}",
        f"/call demo add {line}",
        f"/read demo {line}",
        f"/prompt demo ask {line}",
    ):
        for each in await candidates(text, min(cursor, len(text)), World()):
            assert 0 <= each.start <= each.end <= len(text)
            assert each.label.isprintable()

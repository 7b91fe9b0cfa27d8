"""What is offered for a mention in a text for the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.mentions import read_mentions
from app.slash.completion import candidates
from services.catalog.entries import Catalog, Resource
from tests.app.slash.world import World

if TYPE_CHECKING:
    from widgets.composer.candidate import Candidate


async def offers(line: str, world: World | None = None) -> tuple[Candidate, ...]:
    """What is offered at `|`, or at the end."""
    cursor = line.find("|")
    text = line.replace("|", "")
    return await candidates(text, len(text) if cursor < 0 else cursor, world or World())


async def taken(line: str, world: World | None = None) -> str:
    """The line after taking the first offer."""
    chosen = (await offers(line, world))[0]
    text = line.replace("|", "")
    return text[: chosen.start] + chosen.insert + text[chosen.end :]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("@", "@demo"),
        ("@de", "@demo"),
        ("ask (@de", "ask (@demo"),
        ("hello\n@de", "hello\n@demo"),
        ("use @d|, please", "use @demo, please"),
        ("use @d|em now", "use @demo now"),
        ("@my", '@"my files"'),
        ('@"my f', '@"my files"'),
        ('@"my f|" now', '@"my files" now'),
        ("@demo:", "@demo:demo://text"),
        ("see @demo:demo://te", "see @demo:demo://text"),
        ("@demo:text", "@demo:demo://text"),
        ("@demo:demo://ci", "@demo:demo://city/"),
        ("@demo:demo://city/S", "@demo:demo://city/S%C3%A3o%20Paulo/"),
        ("@demo:demo://|xt now", "@demo:demo://text now"),
        (" /usr/bin and @de", " /usr/bin and @demo"),
    ],
)
async def test_the_first_offer_goes_on_as_meant(line: str, expected: str) -> None:
    assert await taken(line) == expected


@pytest.mark.parametrize(
    "line",
    ["me@de", "@de and", "@@de", "`@de", "@unknown:x", "@demo", "@demo:demo://text", "@de\n|x",
     "/log @de", "/demo:ask @d"],
)  # fmt: skip
async def test_where_nothing_is_offered(line: str) -> None:
    assert await offers(line) == ()


async def test_servers_say_what_they_offer_and_hostile_names_are_text() -> None:
    found = await offers("@")
    assert [each.label for each in found] == ["@demo", '@"my files"', "@[/x]"]
    assert found[0].summary == "3 tools · 1 resource · 1 template · 1 prompt"


async def test_enter_sends_the_text_and_after_the_arrows_takes_what_was_chosen() -> None:
    for line in ("@d", "@demo:t", "@demo:demo://city/S"):
        for each in await offers(line):
            assert (each.on_enter, each.final) == ("send", False)


URIS = ("x://a b", "x://ends.", 'x://"q"', "x://(a)", "x:\\y", "plain")


@pytest.mark.parametrize("uri", URIS)
async def test_whatever_is_taken_is_read_as_it_was_meant(uri: str) -> None:
    world = World({"my (s).": Catalog(resources=(Resource("my (s).", uri, uri),))})
    line = await taken("see @my", world)
    assert read_mentions(line, world.servers()).servers == ("my (s).",)
    line = await taken(line + ":", world) + " now"
    assert read_mentions(line, world.servers()).resources == (("my (s).", uri),)


@given(st.text(st.sampled_from('@demo:"` \n/x'), max_size=30), st.integers(0, 30))
async def test_completing_never_raises(text: str, cursor: int) -> None:
    await candidates(text, min(cursor, len(text)), World())

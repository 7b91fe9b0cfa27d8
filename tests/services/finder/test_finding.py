"""What is found by which words, and in which order."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from services.catalog.entries import Catalog, Prompt, PromptArgument, Resource, ResourceTemplate, Tool
from services.finder.catalogs import Catalogs
from services.finder.finder import Finder
from services.finder.items import Item
from services.finder.marks import excerpt, marks
from services.finder.query import read_query
from services.finder.ranking import Fit, best
from services.finder.typos import edits
from services.finder.words import fold, name_words
from services.skills.entries import Skill
from tests.support.work import growth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def tool(server: str, name: str, description: str = "", *arguments: str, **more: Any) -> Tool:
    schema = {"type": "object", "properties": {argument: {"type": "string"} for argument in arguments}}
    return replace(Tool(server, name, name, description=description, input_schema=schema), **more)


SERVERS = {
    "weather": Catalog(
        (
            tool("weather", "getForecast", "Weather of the coming days", "cityName", "days", read_only=True),
            tool("weather", "delete_station", "Removes a station", "id", destructive=True, open_world=True),
            tool("weather", "forecast", "Tomorrow only"),
            tool("weather", "http.server-log", "Latest requests", title="Protocol of the service"),
        ),
        (Resource("weather", "weather://map.png", "weather://map.png", "map", description="All of Zürich"),),
        (ResourceTemplate("weather", "weather://station/{id}", "weather://station/{id}", "station"),),
        (Prompt("weather", "packing", "packing", arguments=(PromptArgument("luggage"),)),),
    ),
    "files": Catalog((tool("files", "read", "Reads a file: see the forecast of its size"),)),
    "東京": Catalog(
        (tool("東京", "天気予報", "明日の天気を調べる"), tool("東京", "ＦＵＬＬ", "Straße, Łódź"))
    ),
}


@dataclass
class Offering:
    """Servers with what they offer, as a manager has them."""

    catalogs: dict[str, Catalog] = field(default_factory=lambda: dict(SERVERS))

    def servers(self) -> tuple[str, ...]:
        return tuple(self.catalogs)

    def catalog(self, server: str) -> Catalog:
        return self.catalogs[server]


async def found(words: str, offering: Offering | None = None) -> list[str]:
    """The names of what is found, best first."""
    finder = Finder(Catalogs(offering or Offering()))
    await finder.freshen()
    return [item.name for item in finder.find(words).items]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("forecast", ["forecast", "getForecast", "read"]),  # the name itself, a word of it, the description
        ("FORECAST weather", ["forecast", "getForecast"]),
        ("weather days", ["getForecast"]),  # the server, an argument
        ("city", ["getForecast"]),
        ("name", ["getForecast"]),  # a part of an argument's name
        ("get forecast", ["getForecast"]),
        ("get_forecast", ["getForecast"]),
        ("getforecast", ["getForecast"]),
        ("server log", ["http.server-log"]),
        ("httpserver", ["http.server-log"]),
        ("protocol", ["http.server-log"]),  # the title
        ("weather.forecast", ["forecast"]),
        ("luggage", ["packing"]),
        ("map.png", ["map"]),
        ("zurich", ["map"]),
        ("天気", ["天気予報"]),
        ("気予", ["天気予報"]),
        ("full", ["ＦＵＬＬ"]),
        ("strasse lodz", ["ＦＵＬＬ"]),
        ("station", ["station", "delete_station"]),
        ("station nonsense", []),
        ("forecast forecast", ["forecast", "getForecast", "read"]),
        ("(forecast)", ["forecast", "getForecast", "read"]),
        ("weahter days", ["getForecast"]),  # two letters changed about
        ("forcast", ["forecast", "getForecast", "read"]),  # one missing
        ("stattion", ["station", "delete_station"]),
        ("lugage", ["packing"]),
        ("getForcast", ["getForecast"]),
        ("brecast", []),  # two edits in seven letters
        ("brecasts", []),
        ("foercasst", ["forecast", "getForecast", "read"]),  # two edits in nine letters
        ("maq", []),  # short words have to be right
        ("dlst", ["delete_station"]),  # letters in order, where nothing else is found
        ("+", []),
        ("\x1b[2J [/x]", []),
    ],
)
async def test_what_is_found_by_which_words(words: str, names: list[str]) -> None:
    assert await found(words) == names


async def test_without_words_everything_is_there_in_its_order() -> None:
    names = ["getForecast", "delete_station", "forecast", "http.server-log", "read", "天気予報", "ＦＵＬＬ"]
    assert await found("  ") == [*names, "map", "station", "packing"]


async def test_slips_are_forgiven_only_where_nothing_fits_as_typed() -> None:
    offering = Offering({"s": Catalog((tool("s", "reader"), tool("s", "header"), tool("s", "dreader")))})
    finder = Finder(Catalogs(offering))
    await finder.freshen()
    assert [item.name for item in finder.find("header").items] == ["header"]
    assert not finder.find("header").loose
    nearly = finder.find("haeder")
    assert (nearly.loose, [item.name for item in nearly.items]) == (True, ["header"])
    assert nearly.weights[0] >= Fit.EDIT


async def test_only_parts_that_changed_are_read_again() -> None:
    class Counting(Catalogs):
        read: list[object] = []

        def items(self, key: object, content: object) -> Iterator[Item]:
            self.read.append(key)
            return super().items(key, content)

    offering = Offering()
    provider = Counting(offering)
    finder = Finder(provider)
    assert await finder.freshen()
    assert not await finder.freshen()
    provider.read.clear()
    offering.catalogs["files"] = Catalog((tool("files", "write"),))
    assert await finder.freshen()
    assert provider.read == [("tools", "files")]
    assert finder.find("files write").total == 10
    del offering.catalogs["files"]
    assert await finder.freshen()
    assert finder.find("write").items == ()


async def test_others_add_what_they_have_to_find() -> None:
    class Saved:
        def __init__(self) -> None:
            self.calls: tuple[str, ...] = ("morning forecast",)

        def parts(self) -> Mapping[object, object]:
            return {"calls.toml": self.calls}

        def items(self, key: object, content: object) -> Iterator[Item]:
            return (Item("saved call", "weather", name, name) for name in self.calls)

    finder = Finder(Catalogs(Offering()))
    finder.add(Saved())
    await finder.freshen()
    items = finder.find("forecast").items
    assert [item.name for item in items] == ["forecast", "getForecast", "morning forecast", "read"]
    assert [item.kind for item in finder.find("forecast", ("saved call",)).items] == ["saved call"]


async def test_badges_tell_what_a_server_declares_of_a_tool() -> None:
    finder = Finder(Catalogs(Offering()))
    await finder.freshen()
    badges = {item.name: item.badges for item in finder.find("weather", ("tool",)).items}
    assert badges["getForecast"] == ("read only",)
    assert badges["delete_station"] == ("destructive", "open world")
    assert badges["forecast"] == ()


async def test_hostile_names_and_texts_are_words_like_any_other() -> None:
    evil = Catalog(
        (
            tool("evil", "[/x][@click=app.quit]x[/]", "[b]" * 4_000),
            tool("evil", "n" * 300, "d" * 1_000_000 + " hidden", *(f"a{n}" for n in range(3_000))),
            tool("evil", "🌩️", "", "\x1b]0;owned\x07arg"),
        )
    )
    offering = Offering({"evil": evil})
    assert await found("click quit", offering) == ["[/x][@click=app.quit]x[/]"]
    assert await found("nnnn", offering) == ["n" * 300]
    assert await found("🌩", offering) == ["🌩️"]
    assert await found("arg", offering) == ["🌩️"]
    assert await found("hidden", offering) == []  # beyond what is looked at
    assert await found("x " * 10_000, offering) == ["[/x][@click=app.quit]x[/]"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("getWeatherNow", "get weather now"),
        ("HTTPServer_v2", "http server v2"),
        ("files.read-all", "files read all"),
        ("ÉtatCivil", "etat civil"),
        ("がぎ", "がぎ"),
        ("", ""),
        ("---", ""),
    ],
)
def test_the_words_of_a_name(name: str, words: str) -> None:
    assert " ".join(name_words(name)) == words


@pytest.mark.parametrize(("text", "folded"), [("ÀÉ", "ae"), ("ﬁ", "fi"), ("ｱ", "ア"), ("각", "각")])
def test_case_accents_and_compatibility_forms_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("typed", "word", "count"),
    [
        ("echo", "echoes", 0),
        ("ehco", "echo", 1),
        ("exho", "echo", 1),
        ("eco", "echo", 1),
        ("eecho", "echo", 1),
        ("cehoo", "echo", 2),
        ("weather", "wea", 3),
    ],
)
def test_edits_are_counted_to_the_nearest_beginning(typed: str, word: str, count: int) -> None:
    assert edits(typed, word, 2) == count


@pytest.mark.parametrize(
    ("words", "text", "marked"),
    [
        ("city", "The city of cities, not capacity", ["city"]),
        ("weather get", "getWeather", ["getWeather"]),
        ("get_weather", "getWeather", ["getWeather"]),
        ("straße", "Strasse", ["Strasse"]),
        ("weahter", "The weather here", ["weather"]),
        ("apa", "capacity", ["apa"]),
        ("x", "nothing", []),
    ],
)
def test_what_was_found_is_marked(words: str, text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in marks(read_query(words), text)] == marked


def test_an_excerpt_shows_what_was_found() -> None:
    text = "First line.\nA second one that goes on and on until it says needle at last."
    assert excerpt(read_query("first"), text, 40) == "First line."
    assert excerpt(read_query("needle"), text, 40).startswith("…")
    assert "needle at last." in excerpt(read_query("needle"), text, 40)


def test_names_alone_are_ranked_alike() -> None:
    names = ["the_echo", "echo_all", "recho", "Echo", "other"]
    assert best("echo", names, str) == ["Echo", "echo_all", "the_echo", "recho"]
    assert best("ehco", names, str) == ["Echo", "echo_all", "the_echo"]
    assert best("", names, str, 2) == ["the_echo", "echo_all"]


async def test_ten_times_as_much_costs_ten_times_as_much_at_most() -> None:
    async def filled(size: int) -> Finder:
        tools = tuple(tool("many", f"do_{n}_thing_{n}", f"words {n} " * 20) for n in range(size))
        finder = Finder(Catalogs(Offering({"many": Catalog(tools)})))
        await finder.freshen()
        return finder

    few, many = await filled(500), await filled(5_000)
    for words in ("thing", "words 77", "thnig wrods"):
        assert growth(partial(_find, words), few, many, repeats=3) < 4 * 10


def _find(words: str, finder: Finder) -> object:
    return finder.find(words)


async def test_skills_are_found_by_what_they_are_for() -> None:
    skill = Skill("mail", "refunds", "skill://acme/refunds/SKILL.md", "", description="Pays money back")
    offering = Offering({"mail": Catalog(skills=(skill,))})
    assert await found("money", offering) == ["refunds"]
    assert await found("acme refunds", offering) == ["refunds"]

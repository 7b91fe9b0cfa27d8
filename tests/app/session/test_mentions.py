"""What a text for the model mentions, and what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.mentions import Mentioned, read_mentions
from services.arguments.mentions import Begun, begun, mentions, written, written_uri
from tests.support.work import growth

SERVERS = ("demo", "demo-two", "my server", "a.b", 'say "x"', "[/x]\x1b]0;owned\x07")
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


def servers(text: str) -> tuple[str, ...]:
    return read_mentions(text, SERVERS).servers


def resources(text: str) -> tuple[tuple[str, str], ...]:
    return read_mentions(text, SERVERS).resources


@pytest.mark.parametrize(
    "text",
    ["@demo", "@demo list", "use @demo, please", "use @demo.", "(@demo)", "“@demo”", "@demo: list",
     "@demo's tools", "line\n@demo\nline", "- @demo", "is it @demo?!", "**@demo**", "*see* @demo…",
     "@demo—now", "ask @demo.)", '"@demo"', "[@demo]", '@"demo" now', "你好，@demo，你好", "@demo, @demo",
     "\t@demo\t"],
)  # fmt: skip
def test_a_name_at_the_beginning_of_a_word_is_a_mention(text: str) -> None:
    assert read_mentions(text, SERVERS) == Mentioned(text, ("demo",))


@pytest.mark.parametrize(
    "text",
    ["", "demo", "name@demo", "name@demo.org", "me@my.demo", "@unknown", "@demos", "@demo-three",
     "@demo.org", "@demo/x", "@demo_", "@@", "@@demo", "@ demo", "@", "\\@demo", "`@demo`", "``a ` @demo``",
     "```\n@demo\n```", "```py\n@demo",
     "x`@demo`y", '@"demo', '@"unknown"', '@""', "https://x.org/@demo", "@Demo", "@demo@x", "1@demo"],
)  # fmt: skip
def test_what_only_looks_like_one_is_text(text: str) -> None:
    assert read_mentions(text, SERVERS) == Mentioned(text)


def test_several_servers_are_put_on_each_once() -> None:
    assert servers('@demo and @demo-two, @"my server", @demo') == ("demo", "demo-two", "my server")
    assert servers("@demo,@a.b;@demo-two") == ("demo", "a.b", "demo-two")


def test_without_one_all_servers_are_on() -> None:
    assert read_mentions("hello", SERVERS).only is None
    assert read_mentions("@demo:a:b", SERVERS).only is None
    assert read_mentions("hello @demo", SERVERS).only == ("demo",)


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("@demo:demo://text", "demo://text"),
        ("read @demo:demo://text.", "demo://text"),
        ("(see @demo:demo://text)", "demo://text"),
        ("@demo:file:///a.txt, then", "file:///a.txt"),
        ("@demo:wiki://Foo_(bar)", "wiki://Foo_(bar)"),
        ("(@demo:wiki://Foo_(bar)).", "wiki://Foo_(bar)"),
        ("@demo:x://h?q=a&b=[1]", "x://h?q=a&b=[1]"),
        ("@demo:mail://me@demo.org", "mail://me@demo.org"),
        ('@demo:"file:///My notes.txt".', "file:///My notes.txt"),
        ('@demo:"x://ends.with."', "x://ends.with."),
        ('@"demo":demo://text', "demo://text"),
        ("@demo:demo://text\nand", "demo://text"),
    ],
)
def test_a_uri_ends_at_a_blank_without_the_punctuation_of_the_sentence(text: str, uri: str) -> None:
    assert read_mentions(text, SERVERS) == Mentioned(text, (), (("demo", uri),))


def test_names_that_need_quotes() -> None:
    assert resources('@"my server":a:b') == (("my server", "a:b"),)
    assert servers('@"say \\"x\\""') == ('say "x"',)
    assert servers("@a.b.") == ("a.b",)
    assert servers('@"[/x]"') == ("[/x]\x1b]0;owned\x07",), "what the screen shows of it is enough"


def test_a_server_may_have_a_colon_in_its_name() -> None:
    assert read_mentions("@a:b and @a:c:d", ("a", "a:b")) == Mentioned(
        "@a:b and @a:c:d", ("a:b",), (("a", "c:d"),)
    )


def test_code_ends_with_as_many_backticks_and_in_its_paragraph() -> None:
    assert servers("`a` @demo `b`") == ("demo",)
    assert servers("a ` lonely\n\n@demo and ` lonely") == ("demo",)
    assert servers("```\ncode\n```\n@demo") == ("demo",)
    assert servers("a ``` b @demo") == ("demo",), "no fence within a line"


@given(st.text(st.sampled_from("@`\"':.,() \n\\ademo-x"), max_size=60))
def test_every_text_is_read_and_stays_as_typed(text: str) -> None:
    read = read_mentions(text, SERVERS)
    assert read.text == text
    assert set(read.servers) <= set(SERVERS)
    for each in mentions(text, SERVERS):
        assert text[each.start] == "@" and each.uri != ""


@given(NAMES, st.sampled_from(["", "see ", "(", "a\n"]), st.sampled_from(["", " x", ".", ") y", "\n"]))
def test_a_name_as_it_is_written_is_read_again(name: str, before: str, after: str) -> None:
    text = before + written(name) + after
    if "`" not in name and name == name.strip():
        assert read_mentions(text, (name,)).servers == (name,)


@given(NAMES, st.sampled_from(["", " x", "\n"]))
def test_a_uri_as_it_is_written_is_read_again(uri: str, after: str) -> None:
    assert read_mentions(f"@demo:{written_uri(uri)}{after}", ("demo",)).resources == (("demo", uri),)


@given(NAMES)
def test_what_stands_within_backticks_or_an_address_is_text(name: str) -> None:
    if "`" not in name:
        assert not list(mentions(f"`{written(name)}`", (name,)))
    assert not list(mentions(f"me@{name}", (name,)))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("@", Begun("", 0)),
        ("use @de", Begun("de", 4)),
        ('use @"my se', Begun("my se", 4)),
        ("@demo:", Begun("demo", 0, "", 6)),
        ("@demo:x://a@b", Begun("demo", 0, "x://a@b", 6)),
        ('@"my server":x', Begun("my server", 0, "x", 13)),
        ('@demo:"file:///My no', Begun("demo", 0, "file:///My no", 6)),
        ("(@d", Begun("d", 1)),
    ],
)
def test_a_mention_is_begun_where_the_cursor_stands(line: str, found: Begun) -> None:
    assert begun(line) == found


@pytest.mark.parametrize(
    "line", ["", "a", "@demo ", "me@demo", "@@", "@@d", "`@de", "@demo:x y", '@"my server" ']
)
def test_no_mention_is_begun(line: str) -> None:
    assert begun(line) is None


@pytest.mark.parametrize(
    "piece", ["@", " @demo", "`", "``` ", '@"', ' @demo:"x', "(@demo:x)", "\n\n`", '"\\']
)
def test_the_cost_is_linear(piece: str) -> None:
    assert growth(lambda size: read_mentions(piece * size, SERVERS), 2_000, 20_000) < 40

"""URI templates against the tables of RFC 6570, section 3.2, and what the RFC leaves to its users."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.arguments.uri_template import (
    Variable,
    is_template,
    read_template,
    refuse_template,
    template_values,
)
from services.errors import InvalidArguments

VALUES: Final[dict[str, Any]] = {
    "count": ["one", "two", "three"],
    "dom": ["example", "com"],
    "dub": "me/too",
    "hello": "Hello World!",
    "half": "50%",
    "var": "value",
    "who": "fred",
    "base": "http://example.com/home/",
    "path": "/foo/bar",
    "list": ["red", "green", "blue"],
    "keys": {"semi": ";", "dot": ".", "comma": ","},
    "v": "6",
    "x": "1024",
    "y": "768",
    "empty": "",
    "empty_keys": {},
    "undef": None,
}
"""The values of section 3.2."""

SECTIONS: Final[dict[str, dict[str, str]]] = {
    "3.2.1": {
        "{count}": "one,two,three",
        "{count*}": "one,two,three",
        "{/count}": "/one,two,three",
        "{/count*}": "/one/two/three",
        "{;count}": ";count=one,two,three",
        "{;count*}": ";count=one;count=two;count=three",
        "{?count}": "?count=one,two,three",
        "{?count*}": "?count=one&count=two&count=three",
        "{&count*}": "&count=one&count=two&count=three",
    },
    "3.2.2": {
        "{var}": "value",
        "{hello}": "Hello%20World%21",
        "{half}": "50%25",
        "O{empty}X": "OX",
        "O{undef}X": "OX",
        "{x,y}": "1024,768",
        "{x,hello,y}": "1024,Hello%20World%21,768",
        "?{x,empty}": "?1024,",
        "?{x,undef}": "?1024",
        "?{undef,y}": "?768",
        "{var:3}": "val",
        "{var:30}": "value",
        "{list}": "red,green,blue",
        "{list*}": "red,green,blue",
        "{keys}": "semi,%3B,dot,.,comma,%2C",
        "{keys*}": "semi=%3B,dot=.,comma=%2C",
    },
    "3.2.3": {
        "{+var}": "value",
        "{+hello}": "Hello%20World!",
        "{+half}": "50%25",
        "{base}index": "http%3A%2F%2Fexample.com%2Fhome%2Findex",
        "{+base}index": "http://example.com/home/index",
        "O{+empty}X": "OX",
        "O{+undef}X": "OX",
        "{+path}/here": "/foo/bar/here",
        "here?ref={+path}": "here?ref=/foo/bar",
        "up{+path}{var}/here": "up/foo/barvalue/here",
        "{+x,hello,y}": "1024,Hello%20World!,768",
        "{+path,x}/here": "/foo/bar,1024/here",
        "{+path:6}/here": "/foo/b/here",
        "{+list}": "red,green,blue",
        "{+list*}": "red,green,blue",
        "{+keys}": "semi,;,dot,.,comma,,",
        "{+keys*}": "semi=;,dot=.,comma=,",
    },
    "3.2.4": {
        "{#var}": "#value",
        "{#hello}": "#Hello%20World!",
        "{#half}": "#50%25",
        "foo{#empty}": "foo#",
        "foo{#undef}": "foo",
        "{#x,hello,y}": "#1024,Hello%20World!,768",
        "{#path,x}/here": "#/foo/bar,1024/here",
        "{#path:6}/here": "#/foo/b/here",
        "{#list}": "#red,green,blue",
        "{#list*}": "#red,green,blue",
        "{#keys}": "#semi,;,dot,.,comma,,",
        "{#keys*}": "#semi=;,dot=.,comma=,",
    },
    "3.2.5": {
        "{.who}": ".fred",
        "{.who,who}": ".fred.fred",
        "{.half,who}": ".50%25.fred",
        "www{.dom*}": "www.example.com",
        "X{.var}": "X.value",
        "X{.empty}": "X.",
        "X{.undef}": "X",
        "X{.var:3}": "X.val",
        "X{.list}": "X.red,green,blue",
        "X{.list*}": "X.red.green.blue",
        "X{.keys}": "X.semi,%3B,dot,.,comma,%2C",
        "X{.keys*}": "X.semi=%3B.dot=..comma=%2C",
        "X{.empty_keys}": "X",
        "X{.empty_keys*}": "X",
    },
    "3.2.6": {
        "{/who}": "/fred",
        "{/who,who}": "/fred/fred",
        "{/half,who}": "/50%25/fred",
        "{/who,dub}": "/fred/me%2Ftoo",
        "{/var}": "/value",
        "{/var,empty}": "/value/",
        "{/var,undef}": "/value",
        "{/var,x}/here": "/value/1024/here",
        "{/var:1,var}": "/v/value",
        "{/list}": "/red,green,blue",
        "{/list*}": "/red/green/blue",
        "{/list*,path:4}": "/red/green/blue/%2Ffoo",
        "{/keys}": "/semi,%3B,dot,.,comma,%2C",
        "{/keys*}": "/semi=%3B/dot=./comma=%2C",
    },
    "3.2.7": {
        "{;who}": ";who=fred",
        "{;half}": ";half=50%25",
        "{;empty}": ";empty",
        "{;v,empty,who}": ";v=6;empty;who=fred",
        "{;v,bar,who}": ";v=6;who=fred",
        "{;x,y}": ";x=1024;y=768",
        "{;x,y,empty}": ";x=1024;y=768;empty",
        "{;x,y,undef}": ";x=1024;y=768",
        "{;hello:5}": ";hello=Hello",
        "{;list}": ";list=red,green,blue",
        "{;list*}": ";list=red;list=green;list=blue",
        "{;keys}": ";keys=semi,%3B,dot,.,comma,%2C",
        "{;keys*}": ";semi=%3B;dot=.;comma=%2C",
    },
    "3.2.8": {
        "{?who}": "?who=fred",
        "{?half}": "?half=50%25",
        "{?x,y}": "?x=1024&y=768",
        "{?x,y,empty}": "?x=1024&y=768&empty=",
        "{?x,y,undef}": "?x=1024&y=768",
        "{?var:3}": "?var=val",
        "{?list}": "?list=red,green,blue",
        "{?list*}": "?list=red&list=green&list=blue",
        "{?keys}": "?keys=semi,%3B,dot,.,comma,%2C",
        "{?keys*}": "?semi=%3B&dot=.&comma=%2C",
    },
    "3.2.9": {
        "{&who}": "&who=fred",
        "{&half}": "&half=50%25",
        "?fixed=yes{&x}": "?fixed=yes&x=1024",
        "{&x,y,empty}": "&x=1024&y=768&empty=",
        "{&x,y,undef}": "&x=1024&y=768",
        "{&var:3}": "&var=val",
        "{&list}": "&list=red,green,blue",
        "{&list*}": "&list=red&list=green&list=blue",
        "{&keys}": "&keys=semi,%3B,dot,.,comma,%2C",
        "{&keys*}": "&semi=%3B&dot=.&comma=%2C",
    },
}


@pytest.mark.parametrize(
    ("template", "expected"), [pair for section in SECTIONS.values() for pair in section.items()]
)
def test_the_tables_of_the_rfc(template: str, expected: str) -> None:
    assert read_template(template).expand(VALUES) == expected


@pytest.mark.parametrize(
    ("template", "values", "expected"),
    [
        ("a:{+x}", {"x": "a b%20c"}, "a:a%20b%20c"),
        ("a:{+x}", {"x": "{y}"}, "a:%7By%7D"),
        ("a:{self}", {"self": "1"}, "a:1"),
        ("a:{x}", {"x": 9007199254740993}, "a:9007199254740993"),
        ("a:{x}{?y}", {"x": True, "y": None}, "a:true"),
        ("a{#x}", {"x": []}, "a"),
        ("a{;x}", {"x": {}}, "a"),
        ("a:{user-id}", {"user-id": "7"}, "a:7"),
        ("ä b:{x}", {"x": "é"}, "%C3%A4%20b:%C3%A9"),
        ("a:b", {"c": "d"}, "a:b"),
    ],
)
def test_other_values_and_names(template: str, values: dict[str, Any], expected: str) -> None:
    assert read_template(template).expand(values) == expected


@pytest.mark.parametrize(
    "text",
    ["a:{", "a:}", "a:{}", "a:{x", "a:{{x}}", "a:{=x}", "a:{!x}", "a:{x:0}", "a:{x y}", "a:{x=1}", "a:{x[]}"],
)
def test_what_the_rfc_does_not_know_is_refused(text: str) -> None:
    assert is_template(text)
    with pytest.raises(InvalidArguments, match="is not a URI template"):
        read_template(text)
    with pytest.raises(InvalidArguments, match="is not a URI template"):
        refuse_template(text)


@pytest.mark.parametrize(
    ("template", "value", "reason"),
    [
        ("a:{x:3}", ["b"], "x takes a text: its first 3 characters"),
        ("a:{x*}", [["b"]], "x takes a text, a list of texts"),
        ("a:{x}", "\ud800", "cannot be filled in"),
    ],
)
def test_values_that_no_uri_carries_are_refused(template: str, value: Any, reason: str) -> None:
    with pytest.raises(InvalidArguments, match=reason):
        read_template(template).expand({"x": value})


def test_what_is_needed_and_what_a_form_asks() -> None:
    template = read_template("a:{x}{/path*}{?q,x:3,all*}")
    assert template.variables == (
        Variable("x"),
        Variable("path", "/", explode=True),
        Variable("q", "?"),
        Variable("all", "?", explode=True),
    )
    assert template.schema["required"] == ["x"]
    assert template.schema["properties"]["path"] == {"type": "array", "items": {"type": "string"}}
    assert template.missing({"q": "1"}) == ("x",)
    assert template.signature == "x=TEXT [path=TEXT…] [q=TEXT] [all=TEXT…]"


@pytest.mark.parametrize(
    ("uri", "missing"),
    [
        ("a:{x}/{y}{?z}", "x, y are missing"),
        ("a:{x}", "x is missing"),
        ("a:{?q}", "q is missing"),
    ],
)
def test_a_template_in_the_place_of_a_uri_says_what_is_missing(uri: str, missing: str) -> None:
    with pytest.raises(InvalidArguments, match=missing):
        refuse_template(uri)
    refuse_template("a:b")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["x=1"], {"x": "1"}),
        (["x=", "q=a=b"], {"x": "", "q": "a=b"}),
        (["x=1", "path=a", "path=b c"], {"x": "1", "path": ["a", "b c"]}),
        (["x:=7", 'path:={"a": 1}'], {"x": 7, "path": {"a": 1}}),
    ],
)
def test_values_from_a_shell(words: list[str], values: dict[str, Any]) -> None:
    assert template_values(read_template("a:{x}{/path*}{?q}"), words, "read") == values


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "needs x"),
        (["x=1", "x=2"], "given twice"),
        (["x=1", 'path:={"a": 1}', "path=b"], "given twice"),
        (["x=1", "pat=b"], "has no variable pat"),
        (["x"], "is not NAME=VALUE"),
    ],
)
def test_words_that_do_not_fit(words: list[str], reason: str) -> None:
    with pytest.raises(InvalidArguments, match=reason):
        template_values(read_template("a:{x}{/path*}{?q}"), words, "read")


@given(st.text(alphabet="ab/{}+?*,:1-%."), st.text())
def test_braces_never_leave(text: str, value: str) -> None:
    try:
        template = read_template(text)
        uri = template.expand({one.name: value for one in template.variables})
    except InvalidArguments:
        return
    assert not is_template(uri)

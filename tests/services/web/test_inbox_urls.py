"""URLs that servers want opened: where they lead, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web.shown_urls import escaped, take_apart


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://example.com/login?x=1#y", "example.com"),
        ("https://example.com", "example.com"),
        ("HTTPS://Example.com:8443/a", "Example.com"),
        ("https://example.com?next=https://good.org/", "example.com"),
        ("http://127.0.0.1:8000/callback", "127.0.0.1"),
        ("http://[::1]:8000/", "[::1]"),
    ],
)
def test_plain_addresses_may_be_opened(url: str, host: str) -> None:
    parts = take_apart(url)
    assert (parts.host, parts.may_open, parts.warnings) == (host, True, ())


@pytest.mark.parametrize(
    ("url", "host", "warning"),
    [
        ("https://good.org@evil.com/", "evil.com", "what stands before the @ is not the host"),
        ("https://gооd.org/", "gооd.org", "the host has letters of other scripts: xn--gd-fmca.org"),
        ("http://example.com/", "example.com", "not encrypted"),
    ],
)
def test_what_a_person_should_know_is_said(url: str, host: str, warning: str) -> None:
    parts = take_apart(url)
    assert (parts.host, parts.may_open, parts.warnings) == (host, True, (warning,))


@pytest.mark.parametrize(
    ("host", "warning"),
    [
        ("203.0.113.9", "the host is a number, not a name: 203.0.113.9"),
        ("3405803785", "the host is a number, not a name: 203.0.113.9"),
        ("0xcb.0.0161.9", "the host is a number, not a name: 203.0.113.9"),
        ("[2001:db8::1]", "the host is a number, not a name: 2001:db8::1"),
        ("[::ffff:203.0.113.9]", "the host is a number, not a name: 203.0.113.9"),
        ("2130706433", "the host is a number, not a name: 127.0.0.1"),
        ("accounts.google.com.evil.example", "whose host it is stands at its end: com.evil.example"),
        ("google.com.evil.example", "whose host it is stands at its end: com.evil.example"),
        (f"{'a' * 60}.example", f"whose host it is stands at its end: {'a' * 42}.example"),
        ("a.b.c.d.evil.example", "whose host it is stands at its end: d.evil.example"),
        ("good.org.", "the host ends with a dot"),
        ("good.org:8081", "the port 8081 is not that of a usual web server"),
        ("xn--gd-fmca.org", "the host has letters of other scripts: xn--gd-fmca.org"),
        ("www.xn--gd-fmca.org", "the host has letters of other scripts: www.xn--gd-fmca.org"),
        ("g\u0661.org", "the host has letters of other scripts: xn--g-bqc.org"),
    ],
)
def test_hosts_that_look_like_others_are_named(host: str, warning: str) -> None:
    assert take_apart(f"https://{host}/x").warnings == (warning,)


@pytest.mark.parametrize("host", ["www.good.org", "a.good.co.uk", "login.eu.good.com", "localhost:3000"])
def test_usual_hosts_are_not_warned_of(host: str) -> None:
    assert take_apart(f"https://{host}/x").warnings == ()


def test_a_name_that_begins_like_this_machine_is_not_this_machine() -> None:
    assert "not encrypted" in take_apart("http://127.evil.example/").warnings


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://example.com/",
        "https:example.com",
        "https://",
        "https:///path",
        "example.com",
        "vscode://x/y",
        "https://evil.com\\@good.org/",
        "https://good.org%2f@evil.com/",
        "https://a b.com/",
        "https://good.org/\nhttps://evil.com",
        "https://evil.com／good.org/",
        "https://[::1/",
        "--help",
        "https://example.com/" + "x" * 9_000,
    ],
)
def test_others_are_refused_with_a_reason(url: str) -> None:
    assert take_apart(url).refusal


@pytest.mark.parametrize(
    "url",
    [
        "https://good.org/\x1b[2J",
        "https://good.org/\u202egpj.exe",
        "https://good.org/\u200bx",
        "https://good.org/`id`",
        "https://good.org/ x",
        "https://good.org/\nrm -rf ~\n",
        "https://good.org/\\x",
        "mailto:a@good.org\nls",
        "https://good.org/\ud800",
    ],
)
def test_what_is_no_url_is_neither_opened_nor_copied_nor_made_one_by_cleaning(url: str) -> None:
    assert not take_apart(url).may_copy
    shown = take_apart(escaped(url))
    assert shown.refusal
    assert not shown.may_copy


def test_an_address_that_is_only_not_of_the_web_may_be_copied() -> None:
    assert take_apart("vscode://x/y").may_copy
    assert escaped("https://gооd.org/a?b=c#d") == "https://gооd.org/a?b=c#d"


@given(st.text() | st.text().map(lambda text: f"https://{text}"))
def test_no_text_raises_and_the_pieces_are_the_whole(url: str) -> None:
    parts = take_apart(url)
    assert parts.before + parts.host + parts.after == url

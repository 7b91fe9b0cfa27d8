"""Hosts as resolvers read them, and endpoints as they must be written."""

from __future__ import annotations

import pytest

from services.web.urls import endpoint_flaw, is_local, may_name


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "2130706433",
        ),
        *(
            "127。0。0。1",
            "１２７.0.0.1",
            "127．0．0．1",
            "::1",
            "[::1]",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
        ),
        "ⓛocalhost",
    ],
)
def test_this_machine_is_known_however_it_is_written(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["", "example.com", "127.example.com", "localhost.example", "10.0.0.1"])
def test_another_machine_is_none_of_ours(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize("url", ["https://127。0。0。1/token", "http://127.1/", "https://①27.0.0.1/"])
def test_a_server_elsewhere_cannot_name_this_machine(url: str) -> None:
    assert not may_name("https://mcp.example/mcp", url)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://a.example/x y",
            "https://a.example/\x1b[2J",
            "https://a.example/\u202e",
            "https://a.example/`id`",
        ),
        *(
            "https://a.example/\n",
            "https://a.example\\b",
            "https://a.example/#x",
            "https://a.example/#",
            "https://é/",
        ),
    ],
)
def test_endpoints_that_are_no_urls_have_a_flaw(url: str) -> None:
    assert endpoint_flaw(url)


def test_a_plain_endpoint_has_none() -> None:
    assert endpoint_flaw("https://[::1]:8/authorize;v=1?a=b%20c&d=('e')*") == ""

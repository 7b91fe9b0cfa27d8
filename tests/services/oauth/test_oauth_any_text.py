"""Whatever providers, browsers and people bring: read or refused, and never with an exception of Python's."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as any_

from services.oauth.attempt import Attempt, NotOurs
from services.oauth.challenge import Challenge
from services.oauth.scopes import tidy
from services.oauth.steps import shown_url
from services.web.origins import origin
from services.web.urls import covers, is_secure, issuers_match, joined

ATTEMPT = Attempt("http://127.0.0.1:1/callback", "https://login.example")
WORDS = any_.sampled_from(
    ["Bearer ", 'scope="a', '"', "=", ", ", "\\", "code=x", "&state=", "://", "?", "#", "[", "%zz", "\0", "é"]
)
TEXT = any_.lists(any_.one_of(WORDS, any_.text(max_size=8)), max_size=12).map("".join)


@given(TEXT)
def test_any_header_is_read(text: str) -> None:
    Challenge.of({"www-authenticate": text})


@given(TEXT)
def test_any_query_and_any_paste_is_read_or_refused(text: str) -> None:
    for read in (ATTEMPT.read, ATTEMPT.read_pasted):
        with suppress(NotOurs):
            outcome = read(text)
            assert "\n" not in outcome.failure


@given(any_.text(max_size=50), any_.text(max_size=50))
def test_no_text_is_an_answer_without_the_state(code: str, state: str) -> None:
    with pytest.raises(NotOurs):
        ATTEMPT.read(urlencode({"code": code, "state": state}, errors="replace"))


@given(TEXT)
def test_any_url_is_judged(text: str) -> None:
    is_secure(text)
    origin(text)
    joined("https://server.example/mcp", text)
    covers(text, "https://server.example/mcp")
    issuers_match(text, "https://login.example")
    assert "\n" not in shown_url(f"https://u:p@x/{text}")
    assert all(" " not in scope for scope in tidy([text]))

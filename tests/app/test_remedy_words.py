"""The remedies of errors, worded for the shell."""

from __future__ import annotations

import pytest

from app.remedy_words import in_shell, told_in_shell
from services.errors import NotReady
from services.remedies import Enable, LengthenStart, Reconnect, Remedy


@pytest.mark.parametrize(
    ("remedy", "words"),
    [
        (Enable("off"), "Enable it with: jackfield mcp enable off"),
        (Enable("my server"), "Enable it with: jackfield mcp enable 'my server'"),
        (Reconnect("off"), "To hear more: jackfield mcp check off"),
        (LengthenStart("slow"), "startup_timeout_sec in [mcp_servers.slow] lengthens it"),
    ],
)
def test_each_remedy_has_words_for_the_shell(remedy: Remedy, words: str) -> None:
    assert in_shell(remedy) == words


def test_the_shell_says_its_own_command_and_not_that_of_the_session() -> None:
    error = NotReady("off is disabled", hint="/mcp enable off")
    error.remedy = Enable("off")
    assert told_in_shell(error) == "off is disabled\nEnable it with: jackfield mcp enable off"


def test_an_error_without_a_remedy_is_told_by_its_hint() -> None:
    assert told_in_shell(NotReady("gone", hint="Try again.")) == "gone\nTry again."

"""The remedies of errors, worded for the shell and for the session."""

from __future__ import annotations

import pytest

from app.remedy_words import hint_of, in_shell, told_in_shell
from services.check.findings import error
from services.errors import JackfieldError, NotReady
from services.remedies import (
    AnswerInput,
    AskAgain,
    ConfigureModel,
    Enable,
    GiveModelKey,
    InstallModelPackages,
    LengthenStart,
    ListModels,
    ListServers,
    ListTools,
    LogIn,
    Reconnect,
    Remedy,
    ShortenConversation,
)
from widgets.remedies import advice, in_session


@pytest.mark.parametrize(
    ("remedy", "shell", "session"),
    [
        (LogIn("web"), "Run jackfield mcp login web.", "Run /mcp login web."),
        (
            LogIn("my web", ("a", "b c")),
            "Run jackfield mcp login 'my web' --scopes 'a,b c'.",
            'Run /mcp login "my web". It will ask for all of them.',
        ),
        (
            LogIn("web", unnamed=True),
            "Run jackfield mcp login web --scopes SCOPES.",
            "Run /mcp login web SCOPES.",
        ),
        (Enable("off"), "Enable it with: jackfield mcp enable off", "/mcp enable off"),
        (Enable("my server"), "Enable it with: jackfield mcp enable 'my server'", '/mcp enable "my server"'),
        (Reconnect("off"), "For details: jackfield mcp check off", "/mcp reconnect off"),
        (
            Reconnect("off", automatic=True),
            "For details: jackfield mcp check off",
            "Retrying automatically; /mcp reconnect off tries at once",
        ),
        *(
            (LengthenStart("slow"), words, words)
            for words in ["startup_timeout_sec in [mcp_servers.slow] lengthens it"]
        ),
        (ListTools("web"), "jackfield tools web lists its tools", "/tools web lists its tools"),
        (ListServers(), "jackfield mcp list lists the servers", "/mcp lists the servers"),
        (AnswerInput("web"), "", "then: /mcp reconnect web"),
        (ListModels(), "jackfield model list lists the models", "/model lists the models"),
        (
            GiveModelKey("fast", "OPENAI_API_KEY"),
            "Set OPENAI_API_KEY, or run jackfield model login fast.",
            "Set OPENAI_API_KEY, or run /model login fast.",
        ),
        (GiveModelKey(""), "Run jackfield model login.", "Run /model login."),
        (AskAgain(), "Ask again later.", "/retry asks again"),
        (
            ShortenConversation(),
            "Ask for less, or ask a model with a larger context window.",
            "/compact summarizes it, /undo removes the last turn, /clear starts over",
        ),
        *(
            (InstallModelPackages(), words, words)
            for words in ["Install it with: pip install 'jackfield[chat]'"]
        ),
        *(
            (ConfigureModel(), words, words)
            for words in ['Write [model] with provider = "openai" and name = "…" into config.toml.']
        ),
    ],
)
def test_each_remedy_has_words_for_both(remedy: Remedy, shell: str, session: str) -> None:
    assert in_shell(remedy) == shell
    assert in_session(remedy) == session


def test_a_server_that_was_given_has_no_table_and_no_login() -> None:
    assert in_shell(LogIn("x"), given=True) == "To log in, add it first: jackfield mcp add NAME --url URL"
    assert in_shell(LengthenStart("x"), given=True) == "--startup-timeout S lengthens it"


def test_the_shell_says_its_own_command_and_not_that_of_the_session() -> None:
    off = NotReady("off is disabled", remedy=Enable("off"))
    assert told_in_shell(off) == "off is disabled\nEnable it with: jackfield mcp enable off"


def test_an_error_without_a_remedy_is_told_by_its_hint() -> None:
    assert told_in_shell(NotReady("gone", hint="Try again.")) == "gone\nTry again."
    assert advice("Try again.", None) == "Try again."
    assert advice("Answer it once: x.", AnswerInput("web")) == "Answer it once: x, then: /mcp reconnect web"


def test_a_finding_says_what_is_known_and_what_to_do() -> None:
    late = error("timeout", "no answer", "Does it serve MCP?", remedy=LengthenStart("s"))
    assert hint_of(late) == "Does it serve MCP? startup_timeout_sec in [mcp_servers.s] lengthens it."
    npx = error("timeout", "no answer", "It may download on its first run.", remedy=LengthenStart("s"))
    assert hint_of(npx, given=True) == "It may download on its first run; --startup-timeout S lengthens it."
    assert hint_of(error("login-needed", "x", remedy=LogIn("web"))) == "Run jackfield mcp login web."
    assert hint_of(error("broken", "x", "Is it running?")) == "Is it running?"


@pytest.mark.parametrize(
    ("server", "message", "said"),
    [
        ("s", "exit status 3", "s: exit status 3"),
        ("git", "no digit came", "git: no digit came"),
        ("git", "git could not list its tools", "git could not list its tools"),
        ("a.b", "a.b.echo gave no result", "a.b.echo gave no result"),
    ],
)
def test_a_server_is_named_unless_its_name_stands_there_as_a_word(
    server: str, message: str, said: str
) -> None:
    error = JackfieldError(message)
    error.server = server
    assert told_in_shell(error) == said

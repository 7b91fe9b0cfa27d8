"""Questions of servers answered by the options of a command, and what becomes of those nobody answers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import click
import pytest

from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.prepared import GivenAnswers, PreparedAnswers, Unanswered
from app.command_line.terminal.questions import Questions
from services.demo.questions import EVERY_FIELD, FEW_FIELDS
from services.inbox.inbox import Inbox
from services.inbox.questions import Answer, FormQuestion, LinkQuestion, QuestionAsked
from tests.app.command_line.connect_stage import demo_over_http, run_here
from tests.app.command_line.terminal_stage import Hand, terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from services.inbox.questions import InboxEvent, Question
    from tests.app.command_line.connect_stage import Done

    Run = Callable[..., Done]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of a demo server."""
    with demo_over_http() as url:
        yield url


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """The command in this process, without a terminal."""
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))

    return lambda *words: run_here(words, capfdbinary)


def answer(*words: str, schema: dict[str, Any] = FEW_FIELDS, defaults: bool = False) -> Answer:
    prepared = PreparedAnswers(GivenAnswers(words, accept_defaults=defaults))
    return prepared.answer(FormQuestion(server="server", message="Who?", schema=schema))


# What the options answer.


def test_answers_are_typed_by_the_question() -> None:
    assert answer("name=Ada", "lucky=7") == Answer("accept", {"name": "Ada", "lucky": 7})
    assert answer("name=77", 'colour:="red"') == Answer("accept", {"name": "77", "colour": "red"})
    assert answer("name==x", "other=1") == Answer("accept", {"name": "=x"})


def test_defaults_are_taken_where_they_are_wanted() -> None:
    assert answer("name=Ada", defaults=True) == Answer("accept", {"colour": "green", "name": "Ada"})
    flag = {"type": "object", "properties": {"sure": {"type": "boolean", "default": False}}}
    assert answer(schema=flag, defaults=True) == Answer("accept", {"sure": False})
    assert answer(schema={}, defaults=True) == Answer("accept", {})


def test_several_choices() -> None:
    given = ("name=Ada", "colour=red", "tariff=local")
    for days in (("days=Mon", "days=Wed"), ('days=["Mon", "Wed"]',), ('days:=["Mon", "Wed"]',)):
        assert answer(*given, *days, schema=EVERY_FIELD).content == {
            "name": "Ada",
            "colour": "red",
            "tariff": "local",
            "days": ["Mon", "Wed"],
        }


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("lucky=7",), "no --answer for name"),
        (("other=7",), "no --answer for name, colour, lucky"),
        (("name=Ada", "lucky=many"), '"lucky" must be a whole number'),
        (("name=Ada", "colour=purple"), '"colour" must be one of red, green, blue'),
        (("name=Ada", "lucky=100"), '"lucky": '),
        (("name=A",), '"name": '),
        (("name=Ada", "name=Eve"), '"name" is given twice'),
        (("name=\udcff",), '"name": '),
        ((), "^$"),
    ],
)
def test_what_does_not_answer_a_question(words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(Unanswered, match=reason):
        answer(*words)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("days=Mon", "email=ada"), '"email": must be an e-mail address'),
        (("days=Sun",), '"days" must be one of Mon'),
        (("days=Mon", "days=Tue", "days=Wed", "days=Thu"), '"days": '),
    ],
)
def test_what_does_not_fit_every_kind_of_field(words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(Unanswered, match=reason):
        answer("name=Ada", "colour=red", *words, schema=EVERY_FIELD)


def test_a_required_field_without_a_default_is_not_made_up() -> None:
    sure = {"type": "object", "properties": {"sure": {"type": "boolean"}}, "required": ["sure"]}
    with pytest.raises(Unanswered, match="no --answer for sure"):
        answer(schema=sure, defaults=True)


def test_answers_may_be_nested_where_the_schema_is() -> None:
    anything: dict[str, Any] = {"type": "object", "properties": {"x": {}}}
    for text in ('["a"]', '{"a": 1}', "[1]", '{"a": [{"b": null}]}'):
        assert answer(f"x:={text}", schema=anything).content == {"x": json.loads(text)}


def test_only_declining_answers_an_address() -> None:
    question = LinkQuestion(server="server", message="Look", url="https://example.com/")
    with pytest.raises(Unanswered):
        PreparedAnswers(GivenAnswers(("name=Ada",), accept_defaults=True)).answer(question)
    assert PreparedAnswers(GivenAnswers(decline=True)).answer(question) == Answer("decline")


def test_options_that_contradict_each_other() -> None:
    context = click.Context(click.Command("call"))
    with pytest.raises(click.UsageError, match="goes with neither"):
        GivenAnswers.of(context, (), accept_defaults=True, decline=True)
    with pytest.raises(click.UsageError, match="not in FIELD=VALUE form"):
        GivenAnswers.of(context, ("name",), accept_defaults=False, decline=False)


# At a terminal.


async def settled(question: Question, given: GivenAnswers, *lines: str) -> Answer:
    """How a question ends where somebody types these lines."""

    def hear(event: InboxEvent) -> None:
        if isinstance(event, QuestionAsked):
            questions.asked(event.question)

    inbox = Inbox(hear)
    questions = Questions(inbox, WaitingLine(), Hand(*lines), given)
    questions.begin()
    try:
        async with asyncio.timeout(5):
            return await inbox.ask(question)
    finally:
        await questions.end()


async def test_a_person_is_asked_only_what_the_options_leave_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = terminal(monkeypatch)
    question = FormQuestion(server="server", message="Who?", schema=FEW_FIELDS)
    assert (await settled(question, GivenAnswers(("name=Ada",)))).content == {"name": "Ada"}
    assert "server asks: Who?" not in shown.getvalue()
    question = FormQuestion(server="server", message="Who?", schema=FEW_FIELDS)
    assert await settled(question, GivenAnswers(("lucky=7",)), "d") == Answer("decline")
    assert "the options do not answer it: no --answer for name." in shown.getvalue()
    assert "server asks: Who?" in shown.getvalue()
    link = LinkQuestion(server="server", message="Look", url="https://example.com/")
    assert await settled(link, GivenAnswers(accept_defaults=True), "c") == Answer("cancel")
    assert await settled(question, GivenAnswers(decline=True)) == Answer("decline")


# Commands.


def test_a_call_is_answered_without_a_terminal(run: Run, demo: str) -> None:
    done = run("call", demo, "ask", "form=short", "--answer", "name=Ada", "--answer", "lucky=7")
    assert done.status == 0
    word, _, content = done.out.partition("\n")
    assert (word, json.loads(content)) == ("accept", {"name": "Ada", "lucky": 7})
    assert 'asks "Please fill in your details"; accepted with name, lucky.' in done.err
    assert "Ada" not in done.err


def test_defaults_and_a_field_nobody_asks_for(run: Run, demo: str) -> None:
    words = ("--accept-defaults", "--answer", "name=Ada", "--answer", "age=9")
    done = run("call", demo, "ask", "form=short", *words)
    assert done.status == 0
    assert json.loads(done.out.partition("\n")[2]) == {"name": "Ada", "colour": "green"}
    assert "Warning: --answer age: no question has this field.\n" in done.err


def test_an_answer_that_does_not_fit_declines(run: Run, demo: str) -> None:
    done = run("call", demo, "ask", "form=short", "--answer", "name=Ada", "--answer", "lucky=many")
    assert (done.status, done.out) == (6, "decline\n")
    assert 'declined: "lucky" must be a whole number, not "many".' in done.err


def test_declining_is_no_failure(run: Run, demo: str) -> None:
    for tool in ("ask", "ask_url"):
        done = run("call", demo, tool, "--decline")
        assert (done.status, done.out) == (0, "decline\n")
        assert "declined by --decline" in done.err


def test_an_address_is_said_and_not_opened(run: Run, demo: str) -> None:
    done = run("call", demo, "ask_url", "--accept-defaults")
    assert (done.status, done.out) == (6, "decline\n")
    assert "It is about https://example.com/jackfield/demo?reason=ask_url\n" in done.err


@pytest.mark.parametrize("command", ["call", "read", "prompt", "ask"])
def test_every_command_that_asks_servers_takes_the_options(run: Run, command: str) -> None:
    told = run(command, "--help").out
    assert all(option in told for option in ("--answer FIELD=VALUE", "--accept-defaults", "--decline"))
    wrong = run(command, "server", "what", "--decline", "--accept-defaults")
    assert wrong.status == 2

"""What the history says of a question that was answered, or was taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.session.answered import told_of, told_unsent
from services.forms.voids import Void
from services.inbox.questions import (
    Answer,
    FormQuestion,
    LinkQuestion,
    Question,
    QuestionClosed,
    RootsAnswer,
    RootsQuestion,
)
from services.roots import Root

SCHEMA = {
    "properties": {
        "name": {"type": "string"},
        "api_token": {"type": "string"},
        "first": {"type": "string", "format": "password"},
        "second": {"type": "string", "title": "Password"},
        "age": {"type": "integer"},
    }
}
FORM = FormQuestion(server="shop", message="Your account?", schema=SCHEMA)
LINK = LinkQuestion(server="shop", message="Pay", url="https://pay.example/x?token=s3cretvalue")
ROOTS = RootsQuestion(server="shop", message="", roots=(Root(Path("/home/ann")),))


def told(question: Question, answer: Answer, reason: str = "") -> tuple[str, str]:
    found = told_of(QuestionClosed(question, answer.action, reason, answer))
    assert found is not None
    return found


def test_an_accepted_form_tells_its_fields_and_masks_secrets() -> None:
    given = {"name": "Ann", "api_token": "hunter2aa", "first": "a-b-c-d", "second": "e-f-g-h", "age": 7}
    text, detail = told(FORM, Answer("accept", given))
    assert text == "shop asked “Your account?”: accepted"
    assert detail.splitlines() == [
        "name: Ann",
        "api_token: *****",
        "first: *****",
        "second: *****",
        "age: 7",
    ]


def test_what_was_not_sent_is_told_without_what_is_empty_and_masked_too() -> None:
    typed = {"name": "Ann", "api_token": "hunter2aa", "first": "", "second": None, "age": Void.EMPTY}
    assert told_unsent(FORM, typed) == ("What you typed for shop was not sent", "name: Ann\napi_token: *****")
    assert told_unsent(FORM, {"first": "", "age": Void.NULL}) is None
    assert told_unsent(LINK, {"name": "Ann"}) is None


def test_a_token_is_masked_whatever_its_field_is_called() -> None:
    _, detail = told(FORM, Answer("accept", {"name": f"ghp_{'a1' * 18}"}))
    assert detail == "name: *****"


@pytest.mark.parametrize(("action", "word"), [("decline", "declined"), ("cancel", "cancelled")])
def test_a_no_is_told_too(action: Any, word: str) -> None:
    assert told(FORM, Answer(action)) == (f"shop asked “Your account?”: {word}", "")


def test_a_page_is_told_with_its_host() -> None:
    text, detail = told(LINK, Answer("accept"), "the server says that the page is finished")
    assert text == "shop asked “Pay” at pay.example: accepted: the server says that the page is finished"
    assert "s3cretvalue" not in detail
    assert detail.startswith("https://pay.example/x")


def test_many_fields_are_cut() -> None:
    _, detail = told(FORM, Answer("accept", {f"f{number}": number for number in range(500)}))
    assert detail.splitlines()[-1] == "… and 480 more"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (RootsAnswer("accept"), "shop was told of /home/ann."),
        (RootsAnswer("accept", lasting="session"), "shop was told of /home/ann for this session."),
        (Answer("decline"), "shop was told of no directory for this session."),
        (Answer("cancel"), "shop was told of no directory."),
    ],
)
def test_directories(answer: Answer, text: str) -> None:
    assert told(ROOTS, answer) == (text, "")


def test_a_question_that_was_taken_back_is_named() -> None:
    found = told_of(QuestionClosed(FORM, "withdrawn", "the server is gone"))
    assert found == ("shop withdrew its question: the server is gone", "Your account?")

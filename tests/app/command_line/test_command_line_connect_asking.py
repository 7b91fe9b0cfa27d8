"""Questions of servers in plain lines: what the person types, and what the server hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app.command_line.terminal.asking import ask
from services.demo.questions import EVERY_FIELD, FEW_FIELDS
from services.inbox.questions import Answer, FormQuestion, LinkQuestion, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

Capture = pytest.CaptureFixture[str]


class Fingers:
    """What a person types, line by line; then Ctrl+D."""

    def __init__(self, *lines: str) -> None:
        self._lines: Iterator[str] = iter(lines)

    async def answer(self) -> str | None:
        return next(self._lines, None)

    def forget(self) -> None:
        """Nothing is typed ahead."""


async def answered(question: Question, *lines: str) -> Answer:
    return await ask(question, Fingers(*lines))  # type: ignore[arg-type]


def form(schema: dict[str, Any] = FEW_FIELDS, message: str = "Who are you?") -> Question:
    return FormQuestion(server="server", message=message, schema=schema)


async def test_every_kind_of_field(capsys: Capture) -> None:
    typed = (
        "",
        "Ada",
        "",
        "a@b.at",
        "",
        "1815-12-10",
        "",
        "1.65",
        "-",
        "no",
        "GREEN",
        "3",
        "bantam",
        "1, Wed",
        "",
    )
    answer = await answered(form(EVERY_FIELD), *typed, "a")
    assert answer == Answer(
        "accept",
        {
            "name": "Ada",
            "email": "a@b.at",
            "born": "1815-12-10",
            "height": 1.65,
            "subscribe": False,
            "colour": "green",
            "tariff": "abroad",
            "plug": "bantam",
            "days": ["Mon", "Wed"],
            "extras": ["clock"],
        },
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert "server asks: Who are you?\n" in err
    assert (
        "  Days *  one to three of them · choose 1 to 3\n    1 Mon · 2 Tue · 3 Wed · 4 Thu · 5 Fri\n" in err
    )


async def test_what_does_not_fit_is_asked_again(capsys: Capture) -> None:
    answer = await answered(form(), "", "", "A", "Ada", "purple", "9", "red", "1e9", "5", "")
    assert answer == Answer("accept", {"name": "Ada", "colour": "red", "lucky": 5})
    err = capsys.readouterr().err
    for reason in ("required", "at least 2 characters", "must be one of the options", "at most 99"):
        assert f"    {reason}\n" in err


async def test_answers_can_be_edited_before_they_are_sent(capsys: Capture) -> None:
    answer = await answered(form(), "a", "Ada", "1", "5", "edit", "", "", "", "accept")
    assert answer == Answer("accept", {"name": "Ada", "colour": "red", "lucky": 5})
    assert "[Ada] > " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lines", "action"),
    [
        (("d",), "decline"),
        (("nonsense", "cancel"), "cancel"),
        ((), "cancel"),
        (("", "Ada"), "cancel"),
        (("", "Ada", "", "", "decline"), "decline"),
    ],
)
async def test_a_question_is_turned_down(lines: tuple[str, ...], action: Any) -> None:
    assert await answered(form(), *lines) == Answer(action)


async def test_a_form_without_fields_is_a_yes_or_a_no() -> None:
    nothing: dict[str, Any] = {"type": "object", "properties": {}}
    assert await answered(form(nothing), "") == Answer("accept", {})
    assert await answered(form(nothing), "d") == Answer("decline")


def page(url: str = "https://example.com/a?b=c") -> Question:
    return LinkQuestion(server="server", message="Look here", url=url)


async def test_a_url_is_opened_only_on_a_word(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    opened: list[str] = []

    async def note(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("services.web.browser.open_browser", note)
    assert await answered(page(), "", "d") == Answer("decline")
    assert opened == []
    assert await answered(page(), "o", "v") == Answer("accept")
    assert opened == ["https://example.com/a?b=c"]
    assert await answered(page(), "c") == Answer("cancel")
    assert (
        "  https://example.com/a?b=c\n  (o)pen, (v)isited, (d)ecline, (c)ancel > " in capsys.readouterr().err
    )


async def test_a_url_that_is_no_plain_address_cannot_be_opened(capsys: Capture) -> None:
    assert await answered(page("javascript:alert(1)"), "o", "v") == Answer("accept")
    err = capsys.readouterr().err
    assert "Only http and https addresses can be opened.\n  (v)isited, (d)ecline, (c)ancel > " in err


async def test_hostile_questions_are_printable(capsys: Capture) -> None:
    schema = {"type": "object", "properties": {"a\x1b[2J": {"type": "string", "title": "\x1b]0;x\x07T"}}}
    answer = await answered(form(schema, "hello\x1b[31m"), "", "x", "a")
    assert answer == Answer("accept", {"a\x1b[2J": "x"})
    assert "\x1b" not in capsys.readouterr().err

"""One question of a server in plain lines: a form field by field, or a URL to visit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from app.command_line.terminal.output import note, paint
from services.forms.choices import ChoiceField, ManyField, option_of
from services.forms.fields import BooleanField
from services.forms.form import WHOLE_FORM, fields_of
from services.forms.voids import Void
from services.inbox.questions import Answer, FormQuestion, LinkQuestion
from services.numbers import read_number, same_number
from services.text import one_line, printable
from services.web.shown_urls import take_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.command_line.terminal.typed import Typed
    from services.forms.choices import Option
    from services.forms.fields import Entry, Field, Scalar
    from services.forms.form import Form
    from services.inbox.questions import Question

__all__ = ("ask",)

_LEAVE_OUT: Final = "-"
"""What is typed to leave out a field that has a default."""

_ROOM: Final = 72
"""Characters of options that are shown on one line."""

_YES: Final = ("y", "yes", "true", "on")
_NO: Final = ("n", "no", "false", "off")


class _Ended(Exception):
    """There is nothing more to read: the person pressed Ctrl+D."""


async def ask(
    question: Question, typed: Typed, opened: Callable[[Question], None] = lambda _: None
) -> Answer:
    """Put one question to the person at the terminal; Ctrl+D anywhere is *cancel*.

    `opened` hears when the person has the page of a question opened.
    """
    head = paint(f"{one_line(question.server, 80)} asks:", "bold", sys.stderr)
    note(f"\n{head} {printable(question.message)}")
    try:
        match question:
            case FormQuestion():
                return await _fill(fields_of(question.schema, strict_elicitation=True), typed)
            case LinkQuestion():
                return await _visit(question.url, typed, lambda: opened(question))
            case _:  # a command asks for approval itself, not through the inbox
                return Answer("decline")
    except _Ended:
        note("")
        return Answer("cancel")


async def _fill(form: Form, typed: Typed) -> Answer:
    """Ask for each field until all answers fit and the person sends them."""
    for text in form.notes:
        note(_dim(f"  {text}"))
    if not form.fields:
        word = await _choose(("accept", "decline", "cancel"), typed)
        return _answer(word, {})
    word = await _choose(("answer", "decline", "cancel"), typed)
    entries: dict[str, Entry] = {field.name: field.initial for field in form.fields}
    while word in ("answer", "edit"):
        for field in form.fields:
            entries[field.name] = await _field(field, entries[field.name], typed)
        content, reasons = form.content(entries)
        for name, reason in reasons.items():
            note(
                paint(
                    f"  {reason if name == WHOLE_FORM else f'{one_line(name)}: {reason}'}", "red", sys.stderr
                )
            )
        words = ("edit", "decline", "cancel") if reasons else ("accept", "edit", "decline", "cancel")
        word = await _choose(words, typed)
        if word == "accept":
            return Answer("accept", content)
    return _answer(word, None)


def _answer(word: str, content: dict[str, object] | None) -> Answer:
    if word == "accept":
        return Answer("accept", content)
    return Answer("decline") if word == "decline" else Answer("cancel")


async def _visit(url: str, typed: Typed, opened: Callable[[], None]) -> Answer:
    """Show where a URL leads; it is opened only when the person says so."""
    parts = take_apart(url)
    note(f"  {parts.before}{paint(parts.host, 'bold', sys.stderr)}{parts.after}")
    for text in (parts.refusal, *parts.warnings):
        if text:
            note(paint(f"  {text[:1].upper()}{text[1:]}.", "yellow", sys.stderr))
    word = "open"
    choices = (*(("open",) if parts.may_open else ()), "visited", "decline", "cancel")
    while word == "open":
        word = await _choose(choices, typed, unasked=False)
        if word == "open":
            opened()
            await _open(url)
            choices = ("visited", "open", "decline", "cancel")
    return Answer("accept") if word == "visited" else _answer(word, None)


async def _open(url: str) -> None:
    from services.web import browser

    if not await browser.open_browser(url):
        note("  No browser could be opened here: open that address yourself.")


async def _choose(words: tuple[str, ...], typed: Typed, *, unasked: bool = True) -> str:
    """One of some words, by its first letter; Enter takes the first of them where `unasked` allows it."""
    shown = ", ".join(f"({word[0]}){word[1:]}" for word in words)
    first = f" {_dim(f'[{words[0]}]')}" if unasked else ""
    while True:
        typed.forget()
        said = (await _prompt(f"  {shown}{first} > ", typed)).strip().lower()
        if "\n" in said:
            note(paint("    One word, not several lines.", "red", sys.stderr))
            continue
        found = [word for word in words if said in (word[0], word)]
        found = found or ([words[0]] if unasked and not said else [])
        if found:
            return found[0]


# Fields.


async def _field(field: Field, before: Entry, typed: Typed) -> Entry:
    """What the person enters for one field, asked again until it fits; Enter keeps what was there."""
    typed.forget()
    _introduce(field)
    initial = _as_typed(field, before)
    leave = f", {_LEAVE_OUT} for none" if not field.required else ""
    kept = _dim(f"[{one_line(initial, 60)}{leave}]") + " " if initial else ""
    while True:
        said = await _prompt(f"    {kept}> ", typed)
        entry = before
        if said.strip() == _LEAVE_OUT and initial and not field.required:
            entry = None
        elif said:
            entry = _entry(field, said)
        if lines := said.count("\n"):
            note(_dim(f"    {lines + 1} lines"))
        reason = field.check(entry)
        if not reason:
            return entry
        typed.forget()
        note(paint(f"    {reason}", "red", sys.stderr))


def _introduce(field: Field) -> None:
    """The name of a field, what it is for, and its options with their numbers."""
    needed = " *" if field.required else ""
    hint = f"  {_dim(field.hint)}" if field.hint else ""
    note(f"  {paint(one_line(field.label, 60), 'bold', sys.stderr)}{needed}{hint}")
    if isinstance(field, ChoiceField | ManyField):
        options = [f"{number} {option.label}" for number, option in enumerate(field.options, 1)]
        together = " · ".join(options)
        for text in [together] if len(together) <= _ROOM else options:
            note(f"    {text}")


def _entry(field: Field, said: str) -> Entry:
    """What was typed as the entry the field takes; text that means nothing is left to its check."""
    text = said.strip()
    match field:
        case ChoiceField():
            return _picked(field.options, text)
        case ManyField():
            picked = [_picked(field.options, part.strip()) for part in text.split(",") if part.strip()]
            return tuple(one if one is not None else "" for one in picked)
        case BooleanField():
            low = text.lower()
            return True if low in _YES else False if low in _NO else text
        case _:
            return said


def _picked(options: Iterable[Option], text: str) -> Scalar:
    """The value of the option with that label, value or number; the text itself when there is none."""
    listed = tuple(options)
    for option in listed:
        if text.casefold() in (option.label.casefold(), str(option.value).casefold()):
            return option.value
    if (number := _number(text)) is not None:
        for option in listed:
            if same_number(option.value, number):
                return option.value
    if text.isdecimal() and 0 < int(text[:9]) <= len(listed):
        return listed[int(text[:9]) - 1].value
    return text


def _number(text: str) -> int | float | None:
    try:
        return read_number(text)
    except ValueError:
        return None


def _as_typed(field: Field, entry: Entry) -> str:
    """An entry as somebody would type it."""
    match field:
        case ChoiceField():
            option = option_of(field.options, entry)
            return option.label if option is not None else ""
        case ManyField():
            chosen = entry if isinstance(entry, tuple) else ()
            found = [option_of(field.options, one) for one in chosen]
            return ", ".join(option.label for option in found if option is not None)
        case BooleanField():
            return "" if entry is None else "y" if entry else "n"
        case _:
            return "" if entry is None or isinstance(entry, Void) else str(entry)


async def _prompt(text: str, typed: Typed) -> str:
    """What is typed or pasted. Whoever calls has forgotten before what was typed for nobody who asked."""
    sys.stderr.write(text)
    sys.stderr.flush()
    said = await typed.answer()
    if said is None:
        raise _Ended
    return said


def _dim(text: str) -> str:
    return paint(text, "dim", sys.stderr)

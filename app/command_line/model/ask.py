"""`jackfield ask`: one turn of a conversation with a model, its answer on standard output."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.command_line.configured import load_configuration
from app.command_line.connect.run import Desk, run
from app.command_line.model.approving import Approving
from app.command_line.model.servers import wish_of
from app.command_line.model.told import as_json as told_json
from app.command_line.model.told import as_line, print_event, usage_json
from app.command_line.terminal.documents import error_json
from app.command_line.terminal.output import (
    DECLINED,
    FAILED,
    OK,
    answer,
    fail,
    note,
    note_problems,
    paint,
    print_json,
    status_of,
    warn,
)
from app.usage_words import usage_line
from services.config.paths import home
from services.credentials.store import CredentialStore
from services.errors import ConfigurationError, JackfieldError
from services.model.allowances import Allowances
from services.model.answers import IMAGE_TYPES, Image
from services.model.choosing import choose, usable
from services.model.conversation import Conversation
from services.model.events import CallEnded, Cancelled, Ended, Failed, TextDelta
from services.model.kept_results import results_folder, tidy_results
from services.model.keys import ModelKeys
from services.model.place import Place
from services.results.kinds import kind_of
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.model.events import ModelEvent
    from services.settings import Configuration, ModelSettings

__all__ = ("ask_model", "keys_of", "of_models")

_LARGEST_IMAGE = 20 * 1024 * 1024


def ask_model(
    context: click.Context,
    words: tuple[str, ...],
    *,
    servers: tuple[str, ...],
    name: str | None,
    approve: Any,
    max_turns: int,
    images: tuple[str, ...],
    as_json: bool,
    stream_json: bool,
    **options: Any,
) -> int:
    """Ask, and print the answer or the events; the exit status."""
    if as_json and stream_json:
        raise click.UsageError("--json prints one document, --stream-json many lines: choose one.", context)
    configuration = load_configuration(context)
    try:
        model = usable(choose(configuration.models, name))
        content: list[str | Image] = [_text(words), *(_image(path) for path in images)]
    except JackfieldError as error:
        return _told(error, as_json=as_json, stream_json=stream_json)
    wish = wish_of(context, configuration, servers, **options)
    asked = [server.name for server in wish.servers] if wish.single else None
    note_problems(of_models(configuration, model), asked)

    async def work() -> int:
        desk = Desk(wish)
        approving = Approving(approve, desk.line, desk.typed)
        place = Place(desk.manager, approving, Allowances(home()), results_folder(home()), None)
        keys = keys_of(configuration)
        try:
            await asyncio.to_thread(keys.find, model)  # before any server is started for nothing
        except JackfieldError as error:
            return _told(error, as_json=as_json, stream_json=stream_json)
        conversation = Conversation(place, model, keys, max_requests=max_turns)
        desk.traces.append(conversation.trace)
        async with _preparing(conversation), desk:
            desk.line.show(f"{model.shown} answers")
            printer = _Printer(desk, as_json=as_json, stream_json=stream_json)
            try:
                async with conversation.ask(content) as turn:
                    async for event in turn:
                        printer.hear(event)
            finally:
                desk.line.hide()
            status = printer.end(model.name)
            declined = approving.declined or desk.declined
            return DECLINED if status == OK and declined else status

    return run(work)


@asynccontextmanager
async def _preparing(conversation: Conversation) -> AsyncIterator[None]:
    """Load what speaks to the model, and tidy up, while the servers start; what fails then fails the turn."""
    task = asyncio.create_task(conversation.prepare())
    tidying = asyncio.create_task(asyncio.to_thread(tidy_results, home()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, tidying, return_exceptions=True)
        await conversation.close()


def of_models(configuration: Configuration, *models: ModelSettings) -> Configuration:
    """The configuration without what is wrong with other models than these."""
    ours = {model.table.strip("[]") for model in models}
    problems = tuple(
        problem
        for problem in configuration.problems
        if problem.table in ours or problem.table.partition(".")[0] not in ("model", "models")
    )
    return replace(configuration, problems=problems)


def keys_of(configuration: Configuration) -> ModelKeys:
    """The keys of models, of the environment and the store."""
    store = CredentialStore(
        home(), configuration.credentials_store, tell=warn, refuses=configuration.login_trouble
    )
    return ModelKeys(store)


class _Printer:
    """Prints what happens, each thing where it belongs."""

    def __init__(self, desk: Desk, *, as_json: bool, stream_json: bool) -> None:
        self._desk = desk
        self._as_json = as_json
        self._stream_json = stream_json
        self._live = not (as_json or stream_json) and sys.stdout.isatty()
        self._part = 0
        self._calls: list[dict[str, Any]] = []
        self._last: ModelEvent = Cancelled()

    def hear(self, event: ModelEvent) -> None:
        """One more event."""
        self._last = event
        if self._stream_json:
            print_event(told_json(event))
        elif (line := as_line(event)) and not self._as_json:
            self._desk.line.say(line)
        if isinstance(event, CallEnded):
            self._calls.append(told_json(event))
        if self._live and isinstance(event, TextDelta):
            self._desk.line.hide()
            apart = "\n\n" if self._part and event.part != self._part else ""
            self._part = event.part
            sys.stdout.write(apart + event.text)
            sys.stdout.flush()

    def end(self, name: str) -> int:
        """Print what is printed at the end; the exit status."""
        if self._live and self._part:
            sys.stdout.write("\n")
        match self._last:
            case Ended(text=text, usage=usage):
                if self._as_json:
                    print_json(
                        {"answer": text, "model": name, "calls": self._calls, "usage": usage_json(usage)}
                    )
                elif not self._stream_json:
                    if not self._live:
                        answer(text)
                    note(paint(usage_line(usage), "dim", sys.stderr))
                return OK
            case Failed(error=error) if self._as_json:
                print_json({"error": error_json(error), "model": name, "calls": self._calls})
                return status_of(error)
            case Failed(error=error) if self._stream_json:
                return status_of(error)
            case Failed(error=error):
                fail(error)
            case _:
                if self._as_json:
                    print_json(
                        {"error": {"reason": "cancelled", "message": "the turn was ended", "hint": ""}}
                    )
                note(paint("The turn was ended.", "dim", sys.stderr))
                return FAILED


def _told(error: JackfieldError, *, as_json: bool, stream_json: bool) -> int:
    if as_json:
        print_json({"error": error_json(error)})
    elif stream_json:
        print_event({"type": "failed", "error": error_json(error)})
    else:
        fail(error)
    return status_of(error)


def _text(words: tuple[str, ...]) -> str:
    """The words as one text, with standard input in the place of `-`."""
    parts = [" ".join(word for word in words if word != "-")]
    if "-" in words:
        data = sys.stdin.buffer.read()
        parts.append(data.decode("utf-8", "replace"))
    text = "\n\n".join(part for part in parts if part.strip())
    if not text:
        raise ConfigurationError("there is nothing to ask", hint="TEXT is empty.")
    return text


def _image(path: str) -> Image:
    shown = one_line(path, 200)
    try:
        with Path(path).open("rb") as file:
            data = file.read(_LARGEST_IMAGE + 1)
    except OSError as error:
        reason = one_line(error.strerror or str(error))
        raise ConfigurationError(f"{shown} cannot be read: {reason}") from error
    kind = kind_of(data)
    if kind is None or kind.mime_type not in IMAGE_TYPES:
        raise ConfigurationError(
            f"{shown} is not a picture that a model accepts", hint="PNG, JPEG, GIF and WebP are."
        )
    if len(data) > _LARGEST_IMAGE:
        raise ConfigurationError(f"{shown} is larger than 20 MiB", hint="Make it smaller.")
    return Image(kind.mime_type, data)

"""`jackfield model`: which models there are, their keys, and whether they answer."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any

from app.command_line.configured import load_configuration
from app.command_line.connect.run import run
from app.command_line.model.ask import keys_of, of_models
from app.command_line.model.told import usage_json
from app.command_line.terminal.documents import error_json
from app.command_line.terminal.output import (
    OK,
    Cell,
    answer,
    note,
    note_problems,
    paint,
    print_json,
    status_of,
    table,
)
from app.remedy_words import told_in_shell
from app.usage_words import usage_line
from services.approval import Deny
from services.config.paths import home
from services.connection_manager import ConnectionManager
from services.errors import JackfieldError, ModelFailed
from services.model.allowances import Allowances
from services.model.choosing import choose, usable
from services.model.conversation import Conversation
from services.model.events import Cancelled, Ended, Failed
from services.model.keys import address_of, takes_kept, variable_of
from services.model.place import Place
from services.text import one_line

if TYPE_CHECKING:
    import click

    from services.approval import ApprovalRequest
    from services.model.events import ModelEvent
    from services.settings import Configuration, ModelSettings

__all__ = ("check_models", "forget_key", "keep_key", "show_models")


def show_models(context: click.Context, *, as_json: bool) -> int:
    """`jackfield model list`."""
    configuration = load_configuration(context, expand=False)
    keys = keys_of(configuration)
    rows = [_row(model, "" if model.invalid else keys.where(model)) for model in configuration.models]
    if as_json:
        print_json(rows)
    elif not rows:
        answer("No model is configured.")
        note('Write [model] with provider = "openai" and name = "…" into config.toml.')
    else:
        shown = [_cells(model, row) for model, row in zip(configuration.models, rows, strict=True)]
        answer(table(shown, ("Name", "Provider", "Model", "Address", "Key")))
    for model in configuration.models:
        if model.invalid and not as_json:
            note(f"{paint('Error:', 'red', sys.stderr)} {model.invalid} {model.hint}".rstrip())
    return OK


def keep_key(context: click.Context, name: str | None) -> int:
    """`jackfield model login`."""
    configuration, model = _chosen(context, name)
    takes_kept(model)
    key = _asked(model)
    where = keys_of(configuration).keep(model, key)
    answer(f"Stored the key for {model.provider} at {one_line(address_of(model), 120)} in {where}.")
    return OK


def forget_key(context: click.Context, name: str | None) -> int:
    """`jackfield model logout`."""
    configuration, model = _chosen(context, name)
    forgotten = keys_of(configuration).forget(model)
    answer(f"Deleted the key for {model.provider}." if forgotten else f"No key for {model.provider} is kept.")
    if (variable := variable_of(model)) and keys_of(configuration).where(model) == variable:
        note(f"{one_line(variable, 80)} still holds one.")
    return OK


def check_models(context: click.Context, names: tuple[str, ...], *, as_json: bool) -> int:
    """`jackfield model check`."""
    configuration = load_configuration(context)
    note_problems(of_models(configuration), ())
    models = [choose(configuration.models, name) for name in names] or list(configuration.models)
    if not models:
        choose(())

    async def work() -> int:
        found = await asyncio.gather(*(_check(model, configuration) for model in models))
        if as_json:
            print_json([told for told, _, _ in found])
        for told, line, _ in found:
            if not as_json:
                answer(f"{_mark('error' not in told)} {line}")
        return next((status for _, _, status in found if status != OK), OK)

    return run(work)


async def _check(model: ModelSettings, configuration: Configuration) -> tuple[dict[str, Any], str, int]:
    """What is known of a model, in a line, and the exit status it means."""
    began = time.monotonic()
    last, window = await _asked_once(model, configuration)
    seconds = time.monotonic() - began
    told: dict[str, Any] = {"name": model.shown, "provider": model.provider, "model": model.name}
    head = f"{model.shown}: {model.provider} {one_line(model.name, 80)}"
    if isinstance(last, Ended):
        told |= {"seconds": round(seconds, 3), "context_window": window, "usage": usage_json(last.usage)}
        size = f"{window:,} tokens of context" if window else "context_window is not known: set it"
        return told, f"{head} answered in {seconds:.1f} s · {usage_line(last.usage)} · {size}", OK
    error = last.error if isinstance(last, Failed) else ModelFailed("it was cancelled")
    return told | {"error": error_json(error)}, f"{head}: {told_in_shell(error)}", status_of(error)


async def _asked_once(model: ModelSettings, configuration: Configuration) -> tuple[ModelEvent, int | None]:
    last: ModelEvent = Cancelled()
    try:
        usable(model)
    except JackfieldError as error:
        return Failed(error), None
    async with ConnectionManager() as manager:
        place = Place(manager, _Nobody(), Allowances(), home() / "results")
        conversation = Conversation(place, model, keys_of(configuration), max_requests=1)
        try:
            async with conversation.ask("Answer with the one word: ready") as turn:
                async for event in turn:
                    last = event
            return last, conversation.window
        finally:
            await conversation.close()


class _Nobody:
    """There is nothing to approve: no server is connected."""

    async def approve(self, _request: ApprovalRequest) -> Deny:
        return Deny()


def _chosen(context: click.Context, name: str | None) -> tuple[Configuration, ModelSettings]:
    configuration = load_configuration(context, expand=False)
    return configuration, usable(choose(configuration.models, name))


def _asked(model: ModelSettings) -> str:
    """The key as the person gives it: hidden at a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    from app.command_line.terminal.hidden_line import HiddenLine

    async def work() -> int:
        prompt = f"The key for {model.provider} (it is not shown): "
        given.append(await HiddenLine().read(prompt) or "")
        note("")
        return OK

    given: list[str] = []
    run(work)
    return given[0] if given else ""


def _row(model: ModelSettings, key: str) -> dict[str, Any]:
    return {
        "name": model.shown,
        "provider": model.provider,
        "model": model.name,
        "base_url": "" if model.invalid else address_of(model),
        "key": key,
        "invalid": model.invalid,
    }


def _cells(model: ModelSettings, row: dict[str, Any]) -> tuple[str | Cell, ...]:
    if model.invalid:
        return (row["name"], model.provider, model.name, "", Cell("invalid", "red"))
    needed = variable_of(model)
    key = Cell(row["key"], "green") if row["key"] else Cell("missing", "yellow") if needed else "not needed"
    return (row["name"], row["provider"], row["model"], row["base_url"], key)


def _mark(good: bool) -> str:
    return paint("✓", "green") if good else paint("✗", "red")

"""Which model answers, and what models may do without asking: `/model`, `/approvals`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.errors import JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.actions.configuration import Configurations
    from app.session.actions.talk import Talk
    from app.session.context import SessionContext
    from services.model.keys import ModelKeys
    from services.settings import ModelSettings

__all__ = ("Models",)


class Models:
    """The models of the configuration, and what was allowed them."""

    def __init__(self, context: SessionContext, talk: Talk, configurations: Configurations) -> None:
        self._context = context
        self._talk = talk
        self._configurations = configurations

    def model(self, given: Mapping[str, str]) -> None:
        """`/model [NAME]`: list the models, or have another one answer."""
        name = given.get("model", "")
        if name:
            model = self._talk.choose(name)
            self._context.name_model(model.name)
            self._context.transcript.notice(f"{_called(model)} answers from now on.")
        else:
            self._context.run(self._list(), "models")

    async def _list(self) -> None:
        try:
            current = self._talk.model
            rows = await asyncio.to_thread(_rows, self._talk.models, self._talk.keys, current)
        except JackfieldError as error:
            self._context.transcript.failure(error)
            return
        self._context.transcript.text("models", rows)

    def approvals(self, given: Mapping[str, str]) -> None:
        """`/approvals [SERVER TOOL]`: what the model may do without asking, or one of them taken back."""
        from services.model.approvals import approvals

        server, tool = given.get("server", ""), given.get("tool", "")
        found = [
            each
            for each in approvals(self._talk.place)
            if (not server or each.server == server) and (not tool or each.tool == tool)
        ]
        if tool:
            self._context.run(self._take_back(server, tool), "approvals")
        elif not found:
            self._context.transcript.notice("Nothing is allowed without asking.")
        else:
            groups: dict[str, list[tuple[str, str]]] = {}
            for each in found:
                lasting = "always" if each.lasting == "always" else "for this session"
                groups.setdefault(each.server, []).append((one_line(each.tool, 80), lasting))
            self._context.transcript.listing("allowed without asking", groups)
            self._context.transcript.notice("/approvals SERVER TOOL takes one back.")

    async def _take_back(self, server: str, tool: str) -> None:
        from services.model.approvals import approvals, take_back

        place = self._talk.place
        those = [each for each in approvals(place) if each.server == server and each.tool == tool]
        name = f"{one_line(server, 80)}.{one_line(tool, 80)}"
        if not those:
            self._context.transcript.notice(f"{name} was not allowed.")
            return
        try:
            for each in those:
                await take_back(place, each)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not taken back")
            return
        await self._configurations.reload(own=[server])
        self._context.transcript.notice(f"The model asks again before it calls {name}.")


def _called(model: ModelSettings) -> str:
    return f"{one_line(model.shown, 80)} ({one_line(model.name, 80)}, {model.provider})"


def _rows(models: tuple[ModelSettings, ...], keys: ModelKeys, current: ModelSettings) -> list[str]:
    """One line for each model: which answers, its name, provider, and where its key is."""
    from services.model.keys import variable_of

    width = max(len(one_line(model.shown, 40)) for model in models)
    rows = []
    for model in models:
        sign = "›" if model == current else " "
        if model.invalid:
            rows.append(f"{sign} {one_line(model.shown, 40).ljust(width)}  cannot be used: {model.invalid}")
            continue
        where = keys.where(model)
        needs = variable_of(model)
        key = f"key {where if where == 'kept' else f'in {where}'}" if where else "no key" if needs else ""
        about = "  ".join(filter(None, (model.provider, one_line(model.name, 60), key)))
        rows.append(f"{sign} {one_line(model.shown, 40).ljust(width)}  {about}")
    return [*rows, "", "/model NAME has another one answer; jackfield model login NAME keeps a key."]

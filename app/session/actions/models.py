"""Which model answers, and what models may do without asking: `/model`, `/approvals`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from services.errors import JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.actions.configuration import Configurations
    from app.session.actions.model_tools import ModelTools
    from app.session.actions.talk import Talk
    from app.session.context import SessionContext
    from services.model.keys import ModelKeys
    from services.settings import ModelSettings

__all__ = ("Models",)


class Models:
    """The models of the configuration, and what was allowed them."""

    def __init__(
        self, context: SessionContext, talk: Talk, configurations: Configurations, model_tools: ModelTools
    ) -> None:
        self._context = context
        self._setting = talk.setting
        self._model_tools = model_tools
        self._configurations = configurations

    def model(self, given: Mapping[str, str]) -> None:
        """`/model [NAME]`: list the models, or have another one answer."""
        name = given.get("model", "")
        if name:
            model = self._setting.choose(name)
            self._context.name_model(model.name)
            self._model_tools.refresh()
            self._context.transcript.notice(f"{_called(model)} answers from now on.")
        else:
            self._context.run(self._list(), "models")

    def log_in(self, given: Mapping[str, str]) -> None:
        """`/model login [NAME]`: keep the key of a model."""
        from app.session.screens.paste import PasteScreen
        from services.model.keys import takes_kept

        model = self._named(given)
        takes_kept(model)

        def take(key: str | None) -> None:
            if key:
                self._context.run(self._keep(model, key), "models")

        about = (
            "Paste the key. It is not shown, and kept where logins are kept: in the keyring, or in a file."
        )
        self._context.open(PasteScreen(f"The key for {_called(model)}", about, "the key"), take)

    async def _keep(self, model: ModelSettings, key: str) -> None:
        try:
            where = await asyncio.to_thread(self._setting.keys.keep, model, key)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not kept")
            return
        self._context.transcript.notice(f"Stored the key for {_called(model)} in {where}.")

    def log_out(self, given: Mapping[str, str]) -> None:
        """`/model logout [NAME]`: forget the kept key of a model."""
        self._context.run(self._forget(self._named(given)), "models")

    async def _forget(self, model: ModelSettings) -> None:
        try:
            known = await asyncio.to_thread(self._setting.keys.forget, model)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not forgotten")
            return
        what = "Deleted the key" if known else "No key is kept"
        self._context.transcript.notice(f"{what} for {_called(model)}.")

    def _named(self, given: Mapping[str, str]) -> ModelSettings:
        from services.model.choosing import usable

        name = given.get("model", "")
        return usable(self._setting.named(name) if name else self._setting.model)

    async def _list(self) -> None:
        try:
            current = self._setting.model
            rows = await asyncio.to_thread(_rows, self._setting.models, self._setting.keys, current)
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
            for each in approvals(self._setting.place)
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
            self._context.transcript.notice("/approvals SERVER TOOL revokes one.")

    async def _take_back(self, server: str, tool: str) -> None:
        from services.model.approvals import approvals, take_back

        place = self._setting.place
        those = [each for each in approvals(place) if each.server == server and each.tool == tool]
        name = f"{one_line(server, 80)}.{one_line(tool, 80)}"
        if not those:
            self._context.transcript.notice(f"{name} was not allowed.")
            return
        try:
            for each in those:
                await take_back(place, each)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not revoked")
            return
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
    return [*rows, "", "/model NAME switches to another one; /model login NAME stores its key."]

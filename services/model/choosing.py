"""Which of the configured models is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import ModelFailed
from services.ranking import did_you_mean
from services.remedies import ConfigureModel, ListModels
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.settings import ModelSettings

__all__ = ("choose", "usable")


def choose(models: Sequence[ModelSettings], name: str | None = None) -> ModelSettings:
    """The model of that name, else `[model]`, else the first of `[models.NAME]`; raises ModelFailed.

    `model` names `[model]` where no other has that name.
    """
    if name is None:
        if not models:
            raise ModelFailed("no model is configured", reason="not_configured", remedy=ConfigureModel())
        return models[0]
    for model in models:
        if model.shown == name:
            return model
    near = did_you_mean(name, [model.shown for model in models])
    raise ModelFailed(
        f"there is no model named {one_line(name, 80)}",
        reason="not_configured",
        hint=near,
        remedy=None if near else ListModels() if models else ConfigureModel(),
    )


def usable(model: ModelSettings) -> ModelSettings:
    """The model, where its table can be used; raises ModelFailed."""
    if model.invalid:
        what = f"{model.table} cannot be used: {model.invalid}"
        raise ModelFailed(what, reason="not_configured", hint=model.hint)
    return model

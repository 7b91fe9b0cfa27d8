"""From `[model]` and `[models.NAME]` as they were read to the `ModelSettings` the program works with.

One bad table is one model that cannot be used: it never takes the others down.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from services.config.complaints import Complaint, Place
from services.config.models import MODEL
from services.config.tables import url_trouble
from services.model_providers import PROVIDERS
from services.settings import ModelSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("read_models", "without_models")

_NAME: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_PLAIN: Final = (
    *("provider", "name", "base_url", "api_key_env_var", "reasoning", "max_output_tokens"),
    *("context_window", "tool_output_token_limit", "system_prompt", "system_prompt_file"),
    "allow_key_over_http",
)


def without_models(top: Mapping[str, Any]) -> dict[str, Any]:
    """The top level of the file but for the models, which `read_models` checks."""
    return {key: value for key, value in top.items() if key not in ("model", "models")}


def read_models(top: Mapping[str, Any], source: str) -> tuple[tuple[ModelSettings, ...], list[Complaint]]:
    """Every model of the file, those that cannot be used included, and what is wrong with each."""
    found: list[ModelSettings] = []
    complaints: list[Complaint] = []
    for title, path, table in _tables(top, complaints):
        place = Place(path)
        wrong = list(_check(title, table, place))
        complaints += wrong
        error = next((each for each in wrong if each.severity == "error"), None)
        if error is not None:
            found.append(ModelSettings(title, source=source, invalid=error.message, hint=error.hint))
        else:
            found.append(_settings(title, table, source))
    return tuple(found), complaints


def _tables(
    top: Mapping[str, Any], complaints: list[Complaint]
) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    if "model" in top:
        if isinstance(top["model"], dict):
            yield "", ("model",), top["model"]
        else:
            complaints.append(Complaint("model must be a table", ("model",), "Write [model]."))
    named = top.get("models", {})
    if not isinstance(named, dict):
        complaints.append(Complaint("models must be a table of models", ("models",), "Write [models.NAME]."))
        return
    for title, table in named.items():
        path = ("models", title)
        if isinstance(table, dict):
            yield title, path, table
        else:
            message = f"{Place(path).key} must be a table"
            complaints.append(Complaint(message, path, "Write [models.NAME]."))


def _check(title: str, table: dict[str, Any], place: Place) -> Iterator[Complaint]:
    if title and not _NAME.fullmatch(title):
        yield place.complaint(
            f"{place.key} is not a valid model name",
            "Use letters, numbers, '-', '_', '.' and ':', at most 64.",
        )
    if "api_key" in table:
        at = place.within("api_key")
        hint = "Set api_key_env_var, or keep the key safe: jackfield model login"
        yield at.complaint(f"{at.key} is not supported: a key in plain text can be read by anybody", hint)
    plain = {key: value for key, value in table.items() if key != "api_key"}
    wrong = list(MODEL.check(plain, place))
    yield from wrong
    broken = {complaint.path for complaint in wrong}
    yield from (each for each in _together(table, place) if each.path not in broken)


def _together(table: dict[str, Any], place: Place) -> Iterator[Complaint]:
    """What the kinds of the keys do not say: what is missing, and what does not go together."""
    for key, example in (("provider", 'provider = "openai"'), ("name", 'name = "the model\'s name"')):
        if key not in table:
            at = place.within(key)
            yield at.complaint(f"{at.key} is missing", f"Write {example}.")
    url = table.get("base_url")
    at = place.within("base_url")
    if isinstance(url, str) and (trouble := url_trouble(url.strip())):
        yield at.complaint(f"{at.key} {trouble}", "Write the address that the provider gives, such as …/v1.")
    provider = table.get("provider")
    known = PROVIDERS.get(provider) if isinstance(provider, str) else None
    if known is not None and not known.base_url and url is None:
        yield at.complaint(f"{at.key} is missing", f"{known.name} has an address for each of its customers.")
    if "system_prompt" in table and "system_prompt_file" in table:
        at = place.within("system_prompt_file")
        yield at.complaint(f"{at.key} stands beside system_prompt", "Keep one of them.")


def _settings(title: str, table: dict[str, Any], source: str) -> ModelSettings:
    given = {key: table[key] for key in _PLAIN if key in table}
    if "base_url" in given:
        given["base_url"] = given["base_url"].strip().rstrip("/")
    return ModelSettings(
        title=title, omit_tools_from=tuple(table.get("omit_tools_from", ())), source=source, **given
    )

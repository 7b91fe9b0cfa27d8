"""The keys of models: where they are looked for, and to whom they never go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.credentials.store import CredentialStore
from services.errors import ModelFailed
from services.model.keys import ModelKeys, account_of, variable_of
from services.remedies import GiveModelKey
from services.settings import ModelSettings

if TYPE_CHECKING:
    from pathlib import Path

OPENAI = ModelSettings("", "openai", "m")
OTHER = ModelSettings("x", "openai", "m", base_url="https://elsewhere.example/v1")
ENVIRON = {"OPENAI_API_KEY": "sk-1"}


def test_the_usual_variable_counts_at_the_usual_address_alone(tmp_path: Path) -> None:
    keys = ModelKeys(CredentialStore(tmp_path, "file"), ENVIRON)
    assert keys.find(OPENAI) == "sk-1" and keys.where(OPENAI) == "OPENAI_API_KEY"
    assert variable_of(OTHER) == "" and keys.find(OTHER) is None


def test_a_kept_key_is_that_of_one_address(tmp_path: Path) -> None:
    keys = ModelKeys(CredentialStore(tmp_path, "file"), {})
    with pytest.raises(ModelFailed) as missing:
        keys.find(OPENAI)
    assert missing.value.remedy == GiveModelKey("", "OPENAI_API_KEY")
    keys.keep(OTHER, "sk-other")
    assert keys.find(OTHER) == "sk-other" and keys.where(OTHER) == "kept"
    with pytest.raises(ModelFailed):
        keys.find(OPENAI)
    assert account_of(OPENAI) != account_of(OTHER)
    assert keys.forget(OTHER) and not keys.forget(OTHER) and keys.find(OTHER) is None


def test_a_variable_that_is_named_must_be_set() -> None:
    named = ModelSettings("", "openai", "m", api_key_env_var="MINE")
    assert ModelKeys(None, {"MINE": " k "}).find(named) == "k"
    with pytest.raises(ModelFailed, match="MINE is not set"):
        ModelKeys(None, ENVIRON).find(named)


@pytest.mark.parametrize("key", ["a b", "ключ", "a\nb"])
def test_what_no_header_can_carry_is_no_key(key: str) -> None:
    with pytest.raises(ModelFailed) as wrong:
        ModelKeys(None, {"OPENAI_API_KEY": key}).find(OPENAI)
    assert key not in str(wrong.value)


def test_no_key_goes_over_plain_http_to_another_machine() -> None:
    plain = ModelSettings("", "openai", "m", base_url="http://far.example/v1", api_key_env_var="K")
    with pytest.raises(ModelFailed, match="plain http"):
        ModelKeys(None, {"K": "k"}).find(plain)
    allowed = ModelSettings(
        "", "openai", "m", base_url=plain.base_url, api_key_env_var="K", allow_key_over_http=True
    )
    assert ModelKeys(None, {"K": "k"}).find(allowed) == "k"
    local = ModelSettings("", "openai", "m", base_url="http://127.0.0.1:1/v1", api_key_env_var="K")
    assert ModelKeys(None, {"K": "k"}).find(local) == "k"


def test_programs_of_this_machine_need_no_key() -> None:
    assert ModelKeys(None, {}).find(ModelSettings("", "ollama", "qwen3")) is None

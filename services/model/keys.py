"""The keys of models: in an environment variable, or in the store of credentials.

A key goes to nobody but whom it is for: the usual variable of a provider counts only where the model is asked
at the provider's own address; for another `base_url` the variable is named, or the key kept for that address.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Final

from services.errors import ModelFailed
from services.model_providers import PROVIDERS
from services.remedies import GiveModelKey
from services.text import one_line
from services.web.urls import is_secure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.credentials.store import CredentialStore
    from services.settings import ModelSettings

__all__ = ("ModelKeys", "account_of", "address_of", "key_trouble", "takes_kept", "variable_of")

_KEY: Final = re.compile(r"[\x21-\x7e]+")
"""What a header can carry."""


def address_of(model: ModelSettings) -> str:
    """Where the model is asked."""
    return model.base_url or PROVIDERS[model.provider].base_url


def variable_of(model: ModelSettings) -> str:
    """The environment variable that is looked at for the key; empty where none is."""
    if model.api_key_env_var:
        return model.api_key_env_var
    provider = PROVIDERS[model.provider]
    own = not provider.base_url or address_of(model).rstrip("/") == provider.base_url.rstrip("/")
    return provider.key_variable if own else ""


def account_of(model: ModelSettings) -> str:
    """The name that a key is kept under: models of one provider at one address share it."""
    from hashlib import sha256

    where = sha256(address_of(model).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"model|{model.provider}|{where}"


def key_trouble(key: str) -> str:
    """Why a text can be no key; empty when it can."""
    if not key:
        return "the key is empty"
    return "" if _KEY.fullmatch(key) else "the key holds characters that no key has"


def takes_kept(model: ModelSettings) -> None:
    """Raise ModelFailed where the key of a model is in a variable that its table names."""
    if model.api_key_env_var:
        raise ModelFailed(
            f"the key of {model.shown} is in {one_line(model.api_key_env_var, 80)}",
            reason="not_configured",
            hint=f"Take api_key_env_var out of {model.table} to keep one instead.",
        )


class ModelKeys:
    """Finds, keeps and forgets keys. Blocking: in the session, use it in a thread."""

    def __init__(self, store: CredentialStore | None, environ: Mapping[str, str] = os.environ) -> None:
        self._store = store
        self._environ = environ

    def find(self, model: ModelSettings) -> str | None:
        """The key; None where there is none and none may be needed. Raises ModelFailed, CredentialsError."""
        variable = variable_of(model)
        key = self._environ.get(variable, "").strip() if variable else ""
        if model.api_key_env_var and not key:
            raise ModelFailed(
                f"{one_line(variable, 80)} is not set, which api_key_env_var in {model.table} names",
                reason="key",
                hint="Set it, or take api_key_env_var out: then a kept key counts.",
            )
        key = key or self._kept(model)
        if not key:
            if not variable:
                return None
            raise ModelFailed(
                f"there is no key for {model.provider}",
                reason="key",
                remedy=GiveModelKey(model.title, variable),
            )
        if trouble := key_trouble(key):
            raise ModelFailed(f"{trouble}: {one_line(variable or 'the kept one', 80)}", reason="key")
        if not model.allow_key_over_http and not is_secure(address_of(model)):
            raise ModelFailed(
                "the key would go over plain http, where others can read it",
                reason="key",
                hint=f"Use https, or say so in {model.table}: allow_key_over_http = true.",
            )
        return key

    def where(self, model: ModelSettings) -> str:
        """Where the key is, for showing: a variable, `kept`, or nothing. Asks no keyring."""
        variable = variable_of(model)
        if variable and self._environ.get(variable):
            return variable
        return "kept" if self._store is not None and self._store.holds(account_of(model)) else ""

    def keep(self, model: ModelSettings, key: str) -> str:
        """Keep a key; where it is kept. Raises ModelFailed, CredentialsError."""
        assert self._store is not None
        takes_kept(model)
        if trouble := key_trouble(key):
            raise ModelFailed(trouble, reason="key")
        self._store.put(account_of(model), json.dumps({"provider": model.provider, "api_key": key}))
        return self._store.where

    def forget(self, model: ModelSettings) -> bool:
        """Forget the kept key; False when there was none. Raises CredentialsError."""
        return self._store is not None and self._store.delete(account_of(model))

    def _kept(self, model: ModelSettings) -> str:
        text = self._store.get(account_of(model)) if self._store is not None else None
        try:
            kept = json.loads(text)["api_key"] if text is not None else ""
        except (ValueError, KeyError, TypeError):
            return ""
        return kept if isinstance(kept, str) else ""

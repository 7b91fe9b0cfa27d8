"""Which model a session talks with, where its key is, and where its calls are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from app.session.actions.configuration import Configurations
    from app.session.context import SessionContext
    from services.model.keys import ModelKeys
    from services.model.place import Place
    from services.settings import ModelSettings

__all__ = ("ModelSetting",)


class ModelSetting:
    """What the configuration and the person say about models."""

    def __init__(self, context: SessionContext, configurations: Configurations) -> None:
        self._context = context
        self._configurations = configurations
        self._place: Place | None = None
        self._named: str | None = None
        """The model that `/model` chose; None: the one that the configuration begins with."""

    @property
    def models(self) -> tuple[ModelSettings, ...]:
        """All models of the configuration."""
        return self._configurations.current.models

    @property
    def model(self) -> ModelSettings:
        """The model that is asked next. Raises ModelFailed when none is configured."""
        return self.named(self._named)

    def named(self, name: str | None) -> ModelSettings:
        """The model of that name, else the first. Raises ModelFailed."""
        from services.model.choosing import choose

        return choose(self.models, name)

    def choose(self, name: str) -> ModelSettings:
        """Have this model answer from the next text on. Raises ModelFailed."""
        from services.model.choosing import usable

        model = usable(self.named(name))
        self._named = name
        return model

    @property
    def keys(self) -> ModelKeys:
        """Where keys of models are."""
        from services.config.paths import home
        from services.credentials.store import CredentialStore
        from services.model.keys import ModelKeys

        mode = self._configurations.current.credentials_store
        return ModelKeys(CredentialStore(home(), mode, tell=self._context.warn_from_thread))

    @property
    def place(self) -> Place:
        """Where the model's calls are made. Raises NotReady while the configuration is being read."""
        if self._place is None:
            from services.config.paths import home
            from services.inbox.approving import InboxApprover
            from services.model.allowances import Allowances
            from services.model.kept_results import results_folder
            from services.model.place import Place

            manager = self._context.connected()
            approver, allowances = InboxApprover(manager.inbox), Allowances(home())
            folder, edit = results_folder(home()), self._configurations.edit
            self._place = Place(manager, approver, allowances, folder, self._config_file(), edit)
        return self._place

    def _config_file(self) -> Path | None:
        try:
            return self._configurations.source.path
        except ConfigurationError:
            return None  # a session on the demo or on one server: "always" is written nowhere

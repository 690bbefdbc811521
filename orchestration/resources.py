"""What assets are given: the settings, read once."""

from typing import Any

from dagster import ConfigurableResource
from pydantic import PrivateAttr

from settings import Settings, load_settings


class Workspace(ConfigurableResource):
    """This workspace's settings, for every asset. Tests hand in their own through `of`."""

    _settings: Settings | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, settings: Settings) -> "Workspace":
        workspace = cls()
        workspace._settings = settings
        return workspace

    @property
    def settings(self) -> Settings:
        if self._settings is None:
            self._settings = load_settings()
        return self._settings

    def setup_for_execution(self, context: Any) -> None:
        self.settings  # noqa: B018  a bad settings file stops the run here, with its sentence

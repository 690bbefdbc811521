"""dbt as processes, with nothing beside it, and loaded once for all commands of a run."""

import shutil
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_dbt import DbtCliInvocation, DbtCliResource
from dagster_dbt.core.dbt_cli_invocation import PARTIAL_PARSE_FILE_NAME
from packaging.version import Version

from orchestration.dbt.at_hand import AT_HAND, DbtServer, dbt_server


class LeanDbt(DbtCliResource):
    """What dagster-dbt does before each command for features that are not used here costs seconds of every night.

    Where `kept_in` names a folder for what dbt has parsed, commands are run by a process that has dbt loaded and the
    project parsed; else each is a dbt of its own.
    """

    kept_in: str = ""

    def on(self, target: str) -> "LeanDbt":
        """The same dbt for another target of profiles.yml."""
        return LeanDbt(
            project_dir=self.project_dir, dbt_executable=self.dbt_executable, target=target, kept_in=self.kept_in
        )

    @property
    def alone(self) -> "LeanDbt":
        """The same dbt as a process of its own for each command."""
        return self.model_copy(update={"kept_in": ""})

    def prepare(self) -> None:
        """Begin to load and parse, so that the first command need not wait for it."""
        self._server()

    def cli(self, args: Sequence[str], **given: Any) -> DbtCliInvocation:  # noqa: ANN401 - as the method it stands for
        """As dagster-dbt's."""
        self._lay_out_parse(given.get("target_path"))
        server = self._server()
        if server is None:
            return super().cli(args, **given)
        python, *more = server.command(self.dbt_executable)
        asking = self.model_copy(update={"dbt_executable": python, "global_config_flags": more})
        return super(LeanDbt, asking).cli(args, **given)

    def _server(self) -> DbtServer | None:
        if not self.kept_in or self.target not in AT_HAND:
            return None
        return dbt_server(self.project_dir, self.kept_in, str(self.target))

    def _lay_out_parse(self, target_path: Path | None) -> None:
        """Copy what has been parsed into `target_path`, under this process's umask.

        Dagster-dbt would copy whatever a plain dbt left in the repository, with its mode: open to others, in a home
        that is its owner's alone.
        """
        parsed = Path(self.kept_in) / PARTIAL_PARSE_FILE_NAME
        if self.kept_in and target_path is not None and parsed.exists():
            copy = target_path / PARTIAL_PARSE_FILE_NAME
            if not copy.exists():
                target_path.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(parsed, copy)

    @cached_property
    def _cli_version(self) -> Version:
        """As installed beside us. `dbt --version` would look for later ones on the internet."""
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ANN401 - as the method it stands for
        """None: it would parse dbt's own macros in this process, to fetch what `row_counts` gives for nothing."""
        return None

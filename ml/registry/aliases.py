"""Who scores: the aliases `champion` and `challenger` on a model's versions, and how they move."""

from dataclasses import dataclass
from datetime import datetime

from ml.evaluation.decision import CHALLENGER, CHAMPION
from ml.models.version import ModelVersion
from ml.registry.artifacts import require_files
from ml.registry.decisions import DecisionLog
from ml.registry.store import Store


class NoChampion(LookupError):
    """No model has been registered yet; the message says how to get one."""


@dataclass(frozen=True)
class Aliases:
    """The aliases on the versions of a model; each is moved in one transaction, as `decisions` says."""

    store: Store
    decisions: DecisionLog

    def champion(self) -> ModelVersion | None:
        """The version that scores, or None before the first training."""
        return self.store.aliased(CHAMPION)

    def challenger(self) -> ModelVersion | None:
        """The last trained version that is not the champion, or None."""
        return self.store.aliased(CHALLENGER)

    def make_challenger(self, version: ModelVersion) -> None:
        """Let `version` stand before the gate."""
        self.store.client.set_registered_model_alias(version.name, CHALLENGER, version.version)

    def finish_promotion(self) -> None:
        """Make the challenger champion where the gate has said so; after that there is no challenger."""
        challenger = self.challenger()
        if challenger is None or not self.decisions.promoted(challenger):
            return
        self.store.client.set_registered_model_alias(challenger.name, CHAMPION, challenger.version)
        self.store.client.delete_registered_model_alias(challenger.name, CHALLENGER)

    def rollback(self, rolled_back_at: datetime) -> tuple[ModelVersion, ModelVersion]:
        """Give the alias back to the model that the champion replaced; returns (restored, removed).

        `rolled_back_at` (naive UTC) goes on record. Raises NoChampion where there is no champion or it replaced
        nothing, FilesRemoved where that model is no more.
        """
        self.finish_promotion()  # else an interrupted promotion would be taken up again after this
        current = self.champion()
        if current is None:
            name = self.store.names.model_name
            raise NoChampion(f"MLflow knows no champion of '{name}': there is nothing to roll back.")
        earlier = self.decisions.predecessor(current)
        if earlier is None:
            raise NoChampion(f"Version {current.version} replaced no earlier champion: there is nothing to go back to.")
        require_files(self.store, earlier)
        self.decisions.record_rollback(current, rolled_back_at)
        self.store.client.set_registered_model_alias(current.name, CHAMPION, earlier.version)
        return earlier, current

    def in_use(self) -> set[str]:
        """The versions that score, are judged, judged by or can be gone back to.

        Champion, challenger, the one replaced last, and the references of champion and that one.
        """
        champion, challenger = self.champion(), self.challenger()
        earlier = self.decisions.predecessor(champion) if champion else None
        references = [self.decisions.reference(found) for found in (champion, earlier) if found]
        return {found.version for found in (champion, challenger, earlier, *references) if found}

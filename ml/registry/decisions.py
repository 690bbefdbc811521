"""The decision log: what the gate said of each version, kept in the version's tags."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from ml.evaluation.decision import CHALLENGER, Decision, distrust
from ml.models.version import ModelVersion
from ml.registry.run_log import ASKED_FOR, TRIGGER
from ml.registry.store import Store

PROMOTION_COLUMNS = (
    "model_version", "decided_at", "promoted", "reason", "replaced", "trusted", "rows", "positives",
    "held_out_from", "held_out_until", "figures", "rolled_back_at", "run_id", "trigger", "reference",
    "becomes_reference", "feature_set", "feature_sets",
)  # fmt: skip
DECISION, FINGERPRINT, ROLLED_BACK = "decision", "fingerprint", "rolled_back_at"
FEATURE_SET, FEATURE_SETS = "feature_set", "feature_sets"


@dataclass(frozen=True)
class DecisionLog:
    """The decisions on the versions of a model. Moments are naive UTC and kept to the second."""

    store: Store

    def begin(
        self,
        version: ModelVersion,
        fingerprint: str,
        trigger: str,
        feature_set: str,
        feature_sets: Mapping[str, float],
    ) -> None:
        """Begin the entry of a new version: what it was made from, what called for it, and the features it sees.

        `feature_sets`: the average precision that each set reached in the folds, of which `feature_set` was chosen.
        """
        self._tag(version, FINGERPRINT, fingerprint)
        self._tag(version, TRIGGER, trigger)
        self._tag(version, FEATURE_SET, feature_set)
        self._tag(version, FEATURE_SETS, json.dumps(dict(feature_sets)))

    def record(
        self, version: ModelVersion, decision: Decision, replaced: ModelVersion | None, decided_at: datetime
    ) -> None:
        """Keep what the gate said of `version`, and which champion it `replaced` if it was promoted."""
        earlier = replaced.version if replaced else None
        entry = {**decision.to_dict(), "replaced": earlier, "decided_at": _iso(decided_at)}
        self._tag(version, DECISION, json.dumps(entry))

    def record_rollback(self, version: ModelVersion, rolled_back_at: datetime) -> None:
        """Keep that `version` was champion until then."""
        self._tag(version, ROLLED_BACK, _iso(rolled_back_at))

    def promoted(self, version: ModelVersion) -> bool:
        """Whether the gate let `version` pass; False where it has not judged it."""
        return bool(self._entry(version).get("promoted"))

    def predecessor(self, version: ModelVersion) -> ModelVersion | None:
        """The champion before `version`, or None where there was none."""
        earlier = self._entry(version).get("replaced")
        return None if earlier is None else ModelVersion(version.name, str(earlier))

    def reference(self, version: ModelVersion) -> ModelVersion:
        """What challengers of the champion `version` are held against beside it: an earlier champion, or itself."""
        entry = self._entry(version)
        earlier = None if entry.get("becomes_reference") else entry.get("reference")
        return version if earlier is None else ModelVersion(version.name, str(earlier))

    def leaks(self, version: ModelVersion) -> dict[str, float]:
        """The columns of `version` that looked like the future at its gate, to their average precision alone."""
        return dict(self._entry(version).get("leaks", {}))

    def warnings(self, version: ModelVersion) -> list[str]:
        """What every reader of the answers of `version` must know."""
        entry = self._entry(version)
        return [distrust(version.version, entry["reason"])] if entry and not entry["trusted"] else []

    def promised_average_precision(self, version: ModelVersion) -> float:
        """What `version` reached on the held-out nights at its gate; NaN where the gate has not judged it."""
        own = self._entry(version).get("figures", {}).get(CHALLENGER, {})
        return float(own.get("average_precision", float("nan")))

    def known_version(self, fingerprint: str) -> tuple[ModelVersion, str] | None:
        """The newest version made from these very rows and settings that the gate has judged, and what became of it."""
        for found in self.store.entries():
            if found.tags.get(FINGERPRINT) == fingerprint and DECISION in found.tags:
                if ROLLED_BACK in found.tags:
                    return found.version, f"was rolled back at {found.tags[ROLLED_BACK]}"
                return found.version, json.loads(found.tags[DECISION])["reason"]
        return None

    def promotions(self) -> pd.DataFrame:
        """Every decision of the gate, oldest first: the audit trail that `ml.promotions` publishes."""
        rows = []
        for found in reversed(self.store.entries()):
            if DECISION in found.tags:
                entry = json.loads(found.tags[DECISION])
                figures = json.dumps(entry.pop("figures"))
                rows.append({"model_version": found.version.version, **entry, "figures": figures,
                             "rolled_back_at": found.tags.get(ROLLED_BACK), "run_id": found.run_id,
                             "trigger": found.tags.get(TRIGGER, ASKED_FOR), FEATURE_SET: found.tags.get(FEATURE_SET),
                             FEATURE_SETS: found.tags.get(FEATURE_SETS)})  # fmt: skip
        numbers = {"promoted": "bool", "trusted": "bool", "rows": "int64", "positives": "int64",
                   "becomes_reference": "boolean"}  # fmt: skip
        table = pd.DataFrame(rows, columns=list(PROMOTION_COLUMNS))
        return table.astype({name: numbers.get(name, "string") for name in table.columns})

    def last_trained_at(self) -> datetime | None:
        """When a model last learned, in the fleet's own time: None before the first training.

        That is the latest night whose outcome any trained model was judged on, refused ones too.
        """
        ends = pd.to_datetime(self.promotions()["held_out_until"], errors="coerce").dropna()
        return ends.max().to_pydatetime() if len(ends) else None

    def _entry(self, version: ModelVersion) -> dict[str, Any]:
        return dict(json.loads(self.store.entry(version).tags.get(DECISION, "{}")))

    def _tag(self, version: ModelVersion, name: str, value: str) -> None:
        self.store.client.set_model_version_tag(version.name, version.version, name, value)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")

"""What is odd fails the check of the asset that it is about, as hard as it is serious."""

from dagster import AssetCheckResult, AssetCheckSeverity, AssetKey

from delivery.findings import QualityFinding
from orchestration.assets.quality import ASKED, checks_of
from orchestration.definitions import build_defs
from settings import Settings


def finding(feed: str, severity: str) -> QualityFinding:
    return QualityFinding(feed, "a kind", severity, "", 1, None, "rows", "[x](http://y)", "cure")


def results(*found: QualityFinding) -> dict[str, AssetCheckResult]:
    checks = {"/".join(result.asset_key.path): result for result in checks_of(list(found)) if result.asset_key}
    assert set(checks) == {"/".join(key) for key, _ in ASKED.values()}
    return checks


def test_errors_and_warnings_fail_the_check_of_their_asset_and_notes_none() -> None:
    assert all(result.passed for result in results().values())
    checks = results(finding("failures", "note"), finding("failures", "error"), finding("features", "warning"),
                     finding("errors", "note"))  # fmt: skip
    failed = {name: result.severity for name, result in checks.items() if not result.passed}
    assert failed == {"raw/failures": AssetCheckSeverity.ERROR, "feature_mart": AssetCheckSeverity.WARN}
    assert "[x](" not in str(checks["raw/failures"].metadata["list"].value)


def test_the_checks_are_asked_where_landing_and_building_run(settings: Settings) -> None:
    defs = build_defs(settings)
    asked = {
        job: {key.asset_key for key in defs.resolve_job_def(job).asset_layer.asset_graph.asset_check_keys
              if key.name == "nothing_odd"}
        for job in ("build", "nightly", "score")
    }  # fmt: skip
    everything = {AssetKey(key) for key, _ in ASKED.values()}
    assert asked["build"] == asked["nightly"] == everything
    assert asked["score"] == set()

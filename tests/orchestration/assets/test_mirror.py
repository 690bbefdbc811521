"""The mirror as an asset: there where it is set, and a store that does not answer never fails the night."""

import pytest
from dagster import materialize

from orchestration.assets import mirror as asset_module
from orchestration.assets.mirror import mirror_assets, published_mirror
from orchestration.assets.monitoring import published
from orchestration.assets.report_index import report_index
from orchestration.jobs import AFTER_JUDGING
from settings import Settings
from warehouse.servers import ServerUnreachable


def mirroring(settings: Settings) -> Settings:
    publishing = settings.workspace.publishing.model_copy(update={"mirror": "s3://b/published"})
    return settings.model_copy(update={"workspace": settings.workspace.model_copy(update={"publishing": publishing})})


def test_it_is_part_of_what_publishes_where_it_is_set(settings: Settings) -> None:
    assert mirror_assets(settings) == []
    [made] = mirror_assets(mirroring(settings))
    assert AFTER_JUDGING.resolve([published, report_index]) == {published.key, report_index.key}
    assert AFTER_JUDGING.resolve([published, report_index, made]) == {published.key, report_index.key, made.key}


def test_a_store_that_does_not_answer_fails_a_check_and_no_run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(_: Settings) -> None:
        raise ServerUnreachable("The S3 store of NIGHTSHIFT_MIRROR does not answer.")

    monkeypatch.setattr(asset_module, "mirror_published", silent)
    done = materialize([published_mirror], resources={"workspace": mirroring(settings)})
    [check] = done.get_asset_check_evaluations()
    assert done.success
    assert not check.passed
    assert "NIGHTSHIFT_MIRROR does not answer" in str(check.metadata["summary"].value)

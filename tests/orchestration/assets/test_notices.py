"""While a notice is on its way, nobody waits for the warehouse."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, Definitions, ResourceDefinition, job, materialize, op

from delivery.notifications import outbox
from delivery.notifications.notices import Notice
from delivery.notifications.outbox import enter
from orchestration.assets.notices import promotion_notices_sent
from orchestration.definitions import build_defs
from orchestration.pools import WAREHOUSE
from orchestration.runs.failures import notify_step_failure
from settings import Settings
from steps.clock import utc_now
from tests.delivery.notifications.outbox_kit import at_home

pytestmark = pytest.mark.xdist_group("replay")
SENT = {"notices_sent", "promotion_notices_sent"}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    (tmp_path / "dagster").mkdir()
    overrides = {"concurrency": {"pools": {"default_limit": 1, "granularity": "op"}}}
    with DagsterInstance.local_temp(str(tmp_path / "dagster"), overrides=overrides) as made:
        yield made


def test_what_posts_is_in_no_pool_and_comes_after_what_reads(settings: Settings) -> None:
    defs: Definitions = build_defs(settings)
    graph = defs.resolve_asset_graph()
    pools = {key.path[-1]: graph.get(key).pools for key in graph.get_all_asset_keys() if key.path[0] == "ml"}
    for name in SENT:
        assert pools[name] == set(), name
        assert pools[name.removesuffix("_sent")] == {WAREHOUSE}
        assert AssetKey(["ml", name.removesuffix("_sent")]) in graph.get(AssetKey(["ml", name])).parent_keys
    for ending, name in (("train", "promotion_notices_sent"), ("nightly", "notices_sent"), ("score", "notices_sent")):
        assert AssetKey(["ml", name]) in defs.resolve_job_def(ending).asset_layer.selected_asset_keys


def test_no_slot_is_claimed_while_it_posts(
    settings: Settings, tmp_path: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = at_home(settings, tmp_path / "home", "http://127.0.0.1:1/hooks/secret")
    enter([Notice("promotion", "k1", "Title", "Text")], home, utc_now())
    claims: list[Any] = []

    def look(*_: object) -> int:
        claims.append(instance.event_log_storage.get_concurrency_run_ids())
        return 200

    monkeypatch.setattr(outbox, "post", look)
    done = materialize([promotion_notices_sent], instance=instance, resources={"workspace": home})
    assert done.success
    assert claims == [set()]


def test_nor_while_a_failure_is_told(
    settings: Settings, tmp_path: Path, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, seen = at_home(settings, tmp_path / "home", "http://127.0.0.1:1/hooks/secret"), []

    def look(*_: object) -> int:
        seen.append(instance.event_log_storage.get_concurrency_run_ids())
        return 200

    @op(pool=WAREHOUSE, required_resource_keys={"workspace"})
    def failing() -> None:
        seen.append(instance.event_log_storage.get_concurrency_run_ids())
        raise ValueError("torn")

    @job(resource_defs={"workspace": ResourceDefinition.hardcoded_resource(home)}, hooks={notify_step_failure})
    def nightly() -> None:
        failing()

    monkeypatch.setattr(outbox, "post", look)
    done = nightly.execute_in_process(instance=instance, raise_on_error=False)
    assert seen == [{done.run_id}, set()]

"""A backfill makes every night of every asset that was asked for, whatever stands between them in the graph."""

import logging
import sys
import time
from collections.abc import Collection, Iterator, Set
from datetime import UTC, datetime
from itertools import combinations

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRun,
    RunRequest,
)

from orchestration.dagster_private import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG
from orchestration.runs.instance import plain_instance
from settings import Settings
from tests.orchestration.dagster_kit import (
    BACKFILL_ID_TAG,
    AssetBackfillData,
    AssetGraphView,
    LoadableTargetOrigin,
    StepMaterializationData,
    TemporalContext,
    execute_asset_backfill_iteration_inner,
    in_process_test_workspace,
)
from tests.orchestration.dagster_kit import RemoteWorkspaceAssetGraph as Graph

pytestmark = pytest.mark.xdist_group("replay")
NIGHTS = ["2025-03-01", "2025-03-02"]
BACKFILL = "twonight"
NO_NIGHT: list[str | None] = [None]
Made = Set[tuple[str, str | None]]  # an asset and its night, None for an asset without partitions
EVERYTHING = AssetSelection.all()
NIGHTLY = EVERYTHING - AssetSelection.groups("train")
SELECTIONS = {
    "all": EVERYTHING, "nightly": NIGHTLY,
    "without drift": NIGHTLY - AssetSelection.assets(["ml", "drift"]),
    "the log and what is told": AssetSelection.assets(["ml", "prediction_log"], ["ml", "notices_sent"]),
}  # fmt: skip


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(scope="module")
def graph(settings: Settings) -> Iterator[Graph]:
    """The graph as the daemon has it."""
    target = LoadableTargetOrigin(executable_path=sys.executable, module_name="orchestration.definitions")
    with plain_instance() as made, in_process_test_workspace(made, target) as workspace:
        yield workspace.asset_graph


def asked(graph: Graph, instance: DagsterInstance, selected: Collection[AssetKey]) -> AssetBackfillData:
    """What Dagster makes of a selection and two nights, as its page asks for them."""
    return AssetBackfillData.from_asset_partitions(graph, NIGHTS, list(selected), instance, time.time(), False)


def made_by(graph: Graph, instance: DagsterInstance, data: AssetBackfillData) -> list[Made]:
    """What each round of the backfill's runs makes, where every run that is asked for makes what it is asked for."""
    rounds: list[Made] = []
    while len(rounds) < 20:
        view = AssetGraphView(temporal_context=TemporalContext(effective_dt=datetime.now(UTC), last_event_id=None),
                              instance=instance, asset_graph=graph)  # fmt: skip
        result = execute_asset_backfill_iteration_inner(BACKFILL, data, view, time.time(), logging.getLogger(), None)
        if not result.run_requests:
            return rounds
        made = set()
        for number, request in enumerate(result.run_requests):
            run_id = f"{len(rounds)}-{number}"
            instance.add_run(DagsterRun("backfill", run_id, tags={BACKFILL_ID_TAG: BACKFILL}))
            for key, night in _of(graph, request):
                materialization = StepMaterializationData(AssetMaterialization(key, partition=night))
                event = DagsterEvent(
                    DagsterEventType.ASSET_MATERIALIZATION.value, "backfill", event_specific_data=materialization
                )
                instance.report_dagster_event(event, run_id)
                made.add((key.to_user_string(), night))
        rounds.append(made)
        data = result.backfill_data.with_run_requests_submitted(result.run_requests, view)
    raise AssertionError("the backfill does not end")


def _of(graph: Graph, request: RunRequest) -> Iterator[tuple[AssetKey, str | None]]:
    first, last = (request.tags.get(tag) for tag in (ASSET_PARTITION_RANGE_START_TAG, ASSET_PARTITION_RANGE_END_TAG))
    nights: list[str | None] = [night for night in NIGHTS if first and last and first <= night <= last] or [
        request.partition_key
    ]
    for key in request.asset_selection or ():
        yield from ((key, night) for night in (nights if graph.get(key).is_partitioned else NO_NIGHT))


@pytest.mark.parametrize("name", SELECTIONS)
def test_a_backfill_makes_all_that_was_asked_for_in_the_order_of_the_graph(
    name: str, graph: Graph, instance: DagsterInstance
) -> None:
    selected = SELECTIONS[name].resolve(graph)
    rounds = made_by(graph, instance, asked(graph, instance, selected))
    wanted = {
        (key.to_user_string(), night)
        for key in selected
        for night in (NIGHTS if graph.get(key).is_partitioned else NO_NIGHT)
    }
    assert set[tuple[str, str | None]]().union(*rounds) == wanted
    place = {asset: number for number, made in enumerate(rounds) for asset, _ in made}
    for key in selected:
        for parent in graph.get(key).parent_keys & selected:
            assert place[parent.to_user_string()] <= place[key.to_user_string()], (parent, key)


def test_no_choice_of_nightly_assets_loses_one(graph: Graph, instance: DagsterInstance) -> None:
    """Dagster follows partitions from asset to asset; one that it reaches only past others would be left out."""
    nightly = sorted(key for key in graph.get_all_asset_keys() if graph.get(key).is_partitioned)
    assert len(nightly) == 7
    between = NIGHTLY.resolve(graph) - set(nightly)
    for size in range(1, len(nightly) + 1):
        for chosen in combinations(nightly, size):
            target = asked(graph, instance, between | set(chosen)).target_subset
            assert target.asset_keys >= between | set(chosen), chosen

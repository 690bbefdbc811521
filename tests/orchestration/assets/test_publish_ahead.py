"""In which runs a publication begins while pages are written, and what its step takes for done."""

from types import SimpleNamespace
from typing import Any

import pytest
from dagster import AssetKey

from orchestration.assets import publish_ahead
from orchestration.assets.lineage import CHAMPION_KEY, DRIFT_KEY, LEADERBOARD_KEY, PAGE_KEY, PUBLISHED_KEY
from orchestration.assets.publish_ahead import publish_meanwhile, published_meanwhile
from orchestration.definitions import build_defs
from settings import Settings


def run(*asked: str | list[str], run_id: str = "run") -> Any:
    layer = SimpleNamespace(selected_asset_keys={AssetKey(key) for key in asked})
    return SimpleNamespace(run_id=run_id, job_def=SimpleNamespace(asset_layer=layer))


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The publications that were made."""
    found: list[object] = []

    def publish(settings: object) -> list[str]:
        found.append(settings)
        return ["predictions"]

    monkeypatch.setattr(publish_ahead, "publish_tables", publish)
    return found


def test_a_night_s_publication_is_made_once_and_counts_in_its_own_run(made: list[object]) -> None:
    publish_meanwhile(run(DRIFT_KEY, PUBLISHED_KEY), "settings")  # type: ignore[arg-type]
    assert published_meanwhile(run(PUBLISHED_KEY, run_id="another")) is None
    assert published_meanwhile(run(PUBLISHED_KEY)) == ["predictions"]
    assert published_meanwhile(run(PUBLISHED_KEY)) is None
    assert made == ["settings"]


@pytest.mark.parametrize("asked", [(DRIFT_KEY,), (PUBLISHED_KEY, CHAMPION_KEY), (PUBLISHED_KEY, LEADERBOARD_KEY)])
def test_nothing_is_published_ahead_where_it_is_not_asked_for_or_more_tables_are_to_come(
    asked: tuple[Any, ...], made: list[object]
) -> None:
    publish_meanwhile(run(*asked), "settings")  # type: ignore[arg-type]
    assert published_meanwhile(run(*asked)) is None
    assert made == []


def test_a_publication_that_failed_is_made_by_its_step_which_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> list[str]:
        raise OSError("no room")

    monkeypatch.setattr(publish_ahead, "publish_tables", full)
    publish_meanwhile(run(PUBLISHED_KEY), "settings")  # type: ignore[arg-type]
    assert published_meanwhile(run(PUBLISHED_KEY)) is None


def test_whatever_a_night_publishes_is_made_before_its_pages(settings: Settings) -> None:
    graph = build_defs(settings).resolve_asset_graph()
    made_by_trainings = {AssetKey(CHAMPION_KEY), AssetKey(LEADERBOARD_KEY)}
    published = graph.get(AssetKey(PUBLISHED_KEY)).parent_keys - made_by_trainings
    assert published
    assert published <= graph.get_ancestor_asset_keys(AssetKey(PAGE_KEY))

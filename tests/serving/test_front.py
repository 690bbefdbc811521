"""A new night and a new champion are served without a restart, and one request is of one snapshot."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from delivery.publishing.snapshots import PUBLISHED_DATABASE, snapshots
from ml.models.model import Model
from serving.front import Front
from settings import ROOT, Settings
from tests.serving.conftest import Ask
from tests.serving.served_kit import NIGHTS, make_champion, publish_nights


def test_a_new_night_is_served_and_a_request_under_way_keeps_its_own(
    own_home: Settings, rows: pd.DataFrame, model: Model
) -> None:
    front = Front(own_home)
    assert front.refresh()
    assert not front.refresh()
    under_way = front.current
    publish_nights(own_home, rows, model, NIGHTS)
    assert front.refresh()
    assert front.current.last_night == NIGHTS[2]
    assert under_way.published is not None
    assert under_way.last_night == NIGHTS[1]
    assert under_way.published.rows("select max(as_of) as last from feature_mart")[0]["last"] == NIGHTS[1]


def test_what_nobody_reads_any_more_is_let_go(own_home: Settings, rows: pd.DataFrame, model: Model) -> None:
    front = Front(own_home)
    front.refresh()
    assert front.current.published is not None
    first = front.current.published.snapshot
    publish_nights(own_home, rows, model, NIGHTS)
    front.refresh()
    asked = [is_open_elsewhere(snapshot) for snapshot in (first, snapshots(own_home.paths.published)[-1])]
    assert asked == [False, True]


def is_open_elsewhere(snapshot: Path) -> bool:
    """As another process sees it: a lock is none to whoever holds it."""
    code = "import sys; from pathlib import Path; from delivery.publishing.snapshots import is_open; "
    asked = f"{code}sys.exit(is_open(Path(sys.argv[1])))"
    return subprocess.run([sys.executable, "-c", asked, str(snapshot)], cwd=ROOT, check=False).returncode == 1


def test_a_new_champion_is_served_beside_the_same_night(ask: Ask, own_home: Settings, model: Model) -> None:
    client = ask(settings=own_home)
    asked = {"machine": "m2"}
    before = client.post("/predict", json=asked).json()
    make_champion(own_home, replace(model, card=replace(model.card, threshold=1e-9)), "2")
    front = client.app.state.house.front  # type: ignore[attr-defined]
    published = front.current.published
    assert front.refresh()
    assert front.current.published is published
    after = client.post("/predict", json=asked).json()
    assert (before["model_version"], after["model_version"]) == ("1", "2")
    assert after["predictions"][0]["alert"]


def test_before_there_is_a_model_nights_are_shown_and_nothing_is_asked(ask: Ask, own_home: Settings) -> None:
    (own_home.paths.home / "mlflow.db").unlink()
    client = ask(settings=own_home)
    assert client.get("/pages/fleet").status_code == 200
    assert client.get("/pages/machine?id=m2").status_code == 200
    for answer in (
        client.post("/predict", json={"machine": "m2"}),
        client.get("/model"),
        client.get("/predict/sample"),
    ):
        assert (answer.status_code, "make train" in answer.json()["detail"]) == (503, True)


def test_what_cannot_be_read_leaves_what_was_served(ask: Ask, own_home: Settings, model: Model) -> None:
    client = ask(settings=own_home)
    front = client.app.state.house.front  # type: ignore[attr-defined]
    make_champion(own_home, model, "2")
    bundle = own_home.paths.mlflow_artifacts / "run2"
    shutil.move(bundle, own_home.paths.home / "aside")
    assert not front.refresh()
    assert client.post("/predict", json={"machine": "m2"}).json()["model_version"] == "1"
    health = client.get("/health")
    assert (health.status_code, "cannot be read" in health.json()["status"]) == (503, True)
    shutil.move(own_home.paths.home / "aside", bundle)
    assert front.refresh()
    assert client.post("/predict", json={"machine": "m2"}).json()["model_version"] == "2"


@pytest.mark.parametrize("part", ["mlflow.db", "any.cbm", "nightshift.json"])
@pytest.mark.parametrize("left", [0, 0.5])
def test_half_a_file_is_told_by_health_and_looked_at_again(
    ask: Ask, own_home: Settings, model: Model, part: str, left: float
) -> None:
    """Whatever a library makes of it: an error that nobody expects would end the look-out, and nobody would know."""
    client = ask(settings=own_home)
    front = client.app.state.house.front  # type: ignore[attr-defined]
    make_champion(own_home, model, "2")
    bundle = own_home.paths.mlflow_artifacts / "run2/artifacts/bundle"
    file = own_home.paths.home / part if part == "mlflow.db" else bundle / part
    whole = file.read_bytes()
    file.write_bytes(whole[: int(left * len(whole))])
    assert not front.refresh()
    health = client.get("/health")
    assert (health.status_code, "cannot be read" in health.json()["status"]) == (503, True)
    assert client.post("/predict", json={"machine": "m2"}).json()["model_version"] == "1"
    file.write_bytes(whole)
    assert front.refresh()
    assert client.post("/predict", json={"machine": "m2"}).json()["model_version"] == "2"


def test_a_copy_that_is_still_being_made_is_not_served_yet(
    ask: Ask, own_home: Settings, rows: pd.DataFrame, model: Model
) -> None:
    client = ask(settings=own_home)
    front = client.app.state.house.front  # type: ignore[attr-defined]
    publish_nights(own_home, rows, model, NIGHTS)
    last = snapshots(own_home.paths.published)[-1]
    shutil.move(last / PUBLISHED_DATABASE, own_home.paths.home)
    assert not front.refresh()
    assert {one["as_of"] for one in client.get("/predictions").json()["items"]} == {NIGHTS[1].isoformat()}
    assert "cannot be read" in client.get("/health").json()["status"]
    shutil.move(own_home.paths.home / PUBLISHED_DATABASE, last)
    assert front.refresh()


def test_the_snapshot_leads_nowhere_else(own_home: Settings) -> None:
    front = Front(own_home)
    front.refresh()
    assert front.current.published is not None
    con = front.current.published.con
    secret = own_home.paths.home / "mlflow.db"
    for statement in (
        f"select * from read_text('{secret}')",
        f"attach '{own_home.paths.home}/x.duckdb' as x",
        "set enable_external_access = true",
        f"copy (select 1) to '{own_home.paths.home}/x.csv'",
        "create table published.main.x as select 1",
        "drop view published.main.predictions",
    ):
        with pytest.raises(duckdb.Error):
            con.execute(statement)

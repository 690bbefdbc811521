"""A night of a million machines against a bare script: `python -m tests.benchmarks.scoring`.

Ours is the nightly step itself, in a process of its own: the champion from the registry, the night's rows from the
mart, calibrated probabilities of every component, reasons for a thousand machines and every alert, the prediction log
in a transaction, and its published Parquet copy. The peer reads the same features from Parquet, asks the same boosters
and writes Parquet. The champion is trained on a small fleet; the night is that fleet's last nights, each row taken for
many machines with numbers of their own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import catboost
import duckdb
import numpy as np
from scipy.special import expit, logit

from delivery.publishing.snapshots import publish
from ml.mart.nights import as_of_night, fleet_clock, last_nights
from ml.models.model import load_model, save_model
from ml.registry.registry import Registry, registry
from settings import ROOT, Settings, home_for, load_settings
from simulator import FleetSpec
from steps.publish import GROWING
from steps.score import score_nights
from tests.benchmarks.comparison import Comparison, table
from tests.benchmarks.dbt import dbt_command
from tests.benchmarks.measure import Contender, compared, python
from warehouse.connection import connect, open_warehouse
from warehouse.sql import literal

TOLD = 1000  # machines with reasons: what a crew can visit on a night
MADE_FROM = FleetSpec(machines=60, days=120, seed=7)
DONOR_NIGHTS = 30
LOG, SPENT = "ml.prediction_log", "seconds.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--step", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        return step(given.step)
    found, notes = measured(given.rounds, given.machines)
    print(table(found), *notes, sep="\n\n")
    return 0


def measured(rounds: int, machines: int = 1_000_000) -> tuple[list[Comparison], list[str]]:
    """The comparison, and what our seconds went into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        with home_for(home):
            prepare(folder, machines)
        contenders = line_up(folder)
        runs = compared(contenders, rounds, folder / "log", lambda: check_agreement(folder, machines))
        note = _note(home)
    work = f"score a night of {machines:,} machines"
    return [Comparison(work, "bare CatBoost, Parquet to Parquet", *runs.values(), goal=1.5)], [note]


def line_up(folder: Path) -> dict[str, Contender]:
    home = folder / "home"
    ours = [*python("tests.benchmarks.scoring"), "--step", str(home)]
    bare = python("tests.benchmarks.peers.bare_scoring", folder / "night.parquet", folder / "models", _bare(folder))
    return {"ours": Contender(ours, lambda: _forget(home)), "bare": Contender(bare)}


def step(home: Path) -> int:
    """One night as the nightly job scores it, and the log's published copy."""
    with home_for(home):
        settings = suited(load_settings())
        spent = dict.fromkeys(("predicting", "explaining", "finding"), 0.0)
        model = catboost.CatBoost
        model.predict = _clocked(model.predict, spent, "predicting")
        model.get_feature_importance = _clocked(model.get_feature_importance, spent, "explaining")
        Registry.champion = _clocked(Registry.champion, spent, "finding")  # type: ignore[method-assign]
        began = time.monotonic()
        with open_warehouse(settings, read_only=True) as con:
            [(as_of,)] = con.execute("select max(as_of) from feature_mart").fetchall()
        predictions, _ = score_nights(settings, [as_of])
        with open_warehouse(settings, read_only=True) as con:
            publish(con, settings.paths.published, {"prediction_log": LOG}, growing=GROWING)
        spent |= {"all": time.monotonic() - began, "told": float(predictions["reasons"].notna().sum())}
        (home / SPENT).write_text(json.dumps(spent))
    return 0


def suited(settings: Settings) -> Settings:
    """A crew that visits one machine in a thousand, and reasons for as many; one fold, to be ready sooner."""
    workspace = settings.workspace
    visits = MADE_FROM.machines * TOLD / 1_000_000
    changed = {
        "training": workspace.training.model_copy(update={"folds": 1}),
        "scoring": workspace.scoring.model_copy(update={"reasons_top_n": TOLD}),
        "economics": workspace.economics.model_copy(update={"inspections_per_day": visits}),
    }
    return settings.model_copy(update={"workspace": workspace.model_copy(update=changed)})


def prepare(folder: Path, machines: int) -> None:
    """In the home: a champion and the night's mart. Beside it: the night as Parquet and the champion's boosters."""
    # What lands and trains takes a second to load, and the night that is measured runs in a process of this module.
    from ingestion import land  # noqa: PLC0415
    from simulator import simulate, write_drops  # noqa: PLC0415
    from steps.train import train_challenger  # noqa: PLC0415

    settings = suited(load_settings())
    write_drops(simulate(MADE_FROM), settings.paths.drops)
    land(settings.paths.drops, settings.paths.warehouse, settings.fleet)
    subprocess.run(dbt_command("run", settings.paths.home, "--quiet"), cwd=ROOT, check=True)
    train_challenger(settings)
    model, _ = registry(settings).champion()
    save_model(model, folder / "models")
    with connect(settings.paths.warehouse) as con:
        night = last_nights(fleet_clock(con), settings.fleet.scoring_hour, 1)[0]
        as_of = as_of_night(night, settings.fleet.scoring_hour)
        con.execute(f"create table multiplied as {multiplied(con, machines)}", [as_of, DONOR_NIGHTS])
        con.execute("drop view feature_mart; alter table multiplied rename to feature_mart")
        names = ", ".join(["machine_id", "as_of", *model.card.features])
        night_file = literal(folder / "night.parquet")
        con.execute(f"copy (select {names} from feature_mart order by machine_id) to {night_file} (format parquet)")


def multiplied(con: duckdb.DuckDBPyConnection, machines: int) -> str:
    """A query for a night of `machines` machines; its values are the night and how many nights give rows.

    Every number that is measured is moved by up to 0.1 %, differently in each machine.
    """
    columns = con.execute("select column_name, column_type from (describe feature_mart)").fetchall()
    moved = [
        f"cast({name} * (1 + (hash(n, '{name}') % 2000 - 1000.0) / 1e6) as {kind}) as {name}"
        if kind in ("FLOAT", "DOUBLE")
        else name
        for name, kind in columns
        if name not in ("machine_id", "as_of")
    ]
    return f"""
        with night as (select ?::timestamp as as_of, ?::integer as nights),
        donors as (
            select feature_mart.*, row_number() over (order by feature_mart.as_of, machine_id) - 1 as place,
                count(*) over () as donors
            from feature_mart, night
            where feature_mart.as_of > night.as_of - to_days(nights)
                and extract(hour from feature_mart.as_of) = extract(hour from night.as_of)
        )
        select printf('M%07d', n) as machine_id, night.as_of, {", ".join(moved)}
        from range({machines}) as machines(n), night, donors
        where n % donors = place
        order by machine_id
    """


def check_agreement(folder: Path, machines: int) -> None:
    """Both have every machine, and our probability of each component is the peer's, calibrated."""
    card = load_model(folder / "models").card
    names = [name for name in card.learned if name != "any"]
    published = next((folder / "home" / "published").glob("snapshot_*/prediction_log/*.parquet"))
    select = ", ".join(f"ours.{name}_probability as ours_{name}, {name}" for name in names)
    with duckdb.connect() as con:
        found = con.execute(
            f"select {select} from {literal(published)} as ours join {literal(_bare(folder))} using (machine_id, as_of)"
        ).fetchnumpy()
    for name in names:
        chances = np.clip(np.ma.filled(found[name], np.nan), 1e-15, 1 - 1e-15)
        fit = card.calibrators[name]
        far = np.abs(np.ma.filled(found[f"ours_{name}"], np.nan) - expit(fit.slope * logit(chances) + fit.offset))
        if len(far) != machines or np.nanmax(far) > 1e-9 or np.isnan(far).mean() > 0.01:
            raise SystemExit(f"ours and the peer differ in {name}: {len(far)} of {machines} rows, by {far.max()}")


def _note(home: Path) -> str:
    spent: dict[str, float] = json.loads((home / SPENT).read_text())
    return (
        f"Of the last round's {spent['all']:.1f} s of ours, imports apart, {spent['predicting']:.1f} s "
        f"({spent['predicting'] / spent['all']:.0%}) are CatBoost's own prediction, {spent['explaining']:.1f} s its "
        f"SHAP values for {spent['told']:,.0f} machines; {spent['finding']:.1f} s went into finding "
        "and loading the champion."
    )


def _clocked(function: Any, spent: dict[str, float], name: str) -> Any:
    def clocked(*given: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return function(*given, **named)
        finally:
            spent[name] += time.monotonic() - began

    return clocked


def _bare(folder: Path) -> Path:
    return folder / "bare.parquet"


def _forget(home: Path) -> None:
    """The night as if it had never been scored."""
    for old in (home / "published").glob("**/*.parquet"):
        old.unlink()
    with connect(home / "warehouse.duckdb") as con:
        con.execute(f"truncate {LOG}")
        con.execute("checkpoint")


if __name__ == "__main__":
    sys.exit(main())
